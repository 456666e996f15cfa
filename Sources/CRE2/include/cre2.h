// A C face for RE2, as far as matching needs it.
#ifndef BESPOKE_CRE2_H
#define BESPOKE_CRE2_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bespoke_re2 bespoke_re2;

// Compiles a pattern within a memory budget. Never NULL but for want of memory; see bespoke_re2_error.
bespoke_re2 *bespoke_re2_new(const char *pattern, size_t length, size_t memory_max);
void bespoke_re2_free(bespoke_re2 *expression);
// What is wrong with the pattern, or NULL. Lives as long as the expression.
const char *bespoke_re2_error(const bespoke_re2 *expression);
// Whether the pattern matches anywhere in the text: 1 or 0. Safe from several threads.
int bespoke_re2_matches(const bespoke_re2 *expression, const char *text, size_t length);

#ifdef __cplusplus
}
#endif
#endif
