#include "cre2.h"

#include <new>
#include <re2/re2.h>

struct bespoke_re2 {
    re2::RE2 expression;
    bespoke_re2(re2::StringPiece pattern, const re2::RE2::Options &options) : expression(pattern, options) {}
};

bespoke_re2 *bespoke_re2_new(const char *pattern, size_t length, size_t memory_max) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<int64_t>(memory_max));
    return new (std::nothrow) bespoke_re2(re2::StringPiece(pattern, length), options);
}

void bespoke_re2_free(bespoke_re2 *expression) { delete expression; }

const char *bespoke_re2_error(const bespoke_re2 *expression) {
    return expression->expression.ok() ? nullptr : expression->expression.error().c_str();
}

int bespoke_re2_matches(const bespoke_re2 *expression, const char *text, size_t length) {
    return re2::RE2::PartialMatch(re2::StringPiece(text, length), expression->expression) ? 1 : 0;
}
