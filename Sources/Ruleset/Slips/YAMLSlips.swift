internal import Model

/// What somebody probably wrote where the YAML library gave up, in words: what is wrong, where it began, and how to mend it.
struct YAMLSlips {
    struct Finding {
        let place: YAMLScan.Place
        let message: String
        let suggestion: String?
    }

    private typealias Line = [Unicode.Scalar]
    /// Larger files get the library's own words: these would take too much memory.
    private static let bytesMax = 4 * 1_024 * 1_024

    private let scan: YAMLScan
    private let place: YAMLScan.Place
    private let problem: String

    /// - Parameters:
    ///   - content: A file that is no YAML.
    ///   - line: Where the library gave up, from 1.
    ///   - column: In Unicode scalars, from 1.
    ///   - problem: In the library's words.
    static func explain(_ content: [UInt8], line: Int, column: Int, problem: String) -> Finding? {
        guard content.count <= bytesMax else { return nil }
        let lines = SourceText.lines(content).map { Array(String(decoding: content[$0], as: UTF8.self).unicodeScalars) }
        let place = YAMLScan.Place(line: max(0, min(line - 1, lines.count - 1)), column: max(0, column - 1))
        let slips = YAMLSlips(scan: YAMLScan(lines, limit: place), place: place, problem: problem)
        if let mark = slips.conflict() ?? slips.fence() { return mark }
        return slips.quote() ?? slips.tab() ?? slips.document() ?? slips.item() ?? slips.first()
            ?? slips.alias() ?? slips.colon() ?? slips.brackets() ?? slips.innerColon() ?? slips.indentation()
    }

    private var lines: [Line] { scan.lines }
    private var line: Line { lines[place.line] }

    // MARK: Marks of other tools

    private func conflict() -> Finding? {
        let marks = ["<<<<<<< ", ">>>>>>> "].map { Array($0.unicodeScalars) }
        guard let number = lines.firstIndex(where: { line in marks.contains { line.starts(with: $0) } }) else {
            return nil
        }
        return Finding(
            place: .init(line: number, column: 0),
            message: "a merge that was not finished left this here",
            suggestion: "keep one of the two versions, and take the lines with `<<<<<<<`, `=======` and `>>>>>>>` out")
    }

    /// What chats and pages put around an example.
    private func fence() -> Finding? {
        guard let number = lines.firstIndex(where: { Self.text($0).hasPrefix("```") }) else { return nil }
        return Finding(
            place: .init(line: number, column: YAMLScan.indentation(lines[number])),
            message: "three backticks are what Markdown puts around an example",
            suggestion: "take the lines with ``` out")
    }

    private func document() -> Finding? {
        guard problem.contains("another document") else { return nil }
        return Finding(
            place: place, message: "a second document begins here; a rule file is one document",
            suggestion: "take the `---` out, or put what follows into a file of its own")
    }

    // MARK: Quotes

    private func quote() -> Finding? {
        if let open = scan.quotes.first(where: { $0.close == nil }) {
            return unclosed(open, "is never closed")
        }
        for quote in scan.quotes where quote.close.map({ $0.line > quote.open.line && $0.line <= place.line }) == true {
            guard let close = quote.close else { continue }
            let swallowed = lines[(quote.open.line + 1)...close.line].contains { Self.hasKey($0) }
            if swallowed {
                return unclosed(quote, "is not closed on its line: the text goes on to line \(close.line + 1)")
            }
        }
        guard let broken = scan.quotes.first(where: { $0.rest?.line == place.line }), let close = broken.close,
            let rest = broken.rest
        else { return nil }
        // A quote within a text that began before it is no quote of YAML.
        if let start = Self.valueStart(lines[broken.open.line]), start.column < broken.open.column,
            !"[{".unicodeScalars.contains(lines[broken.open.line][start.column])
        {
            return innerColon()
        }
        let value = Self.value(lines[broken.open.line], from: broken.open.column)
        if broken.mark == "'", rest.column == close.column + 1, Character(lines[rest.line][rest.column]).isLetter {
            let inner =
                value.dropFirst().hasSuffix("'") ? String(value.dropFirst().dropLast()) : String(value.dropFirst())
            return Finding(
                place: close, message: "the text ends at this apostrophe, because it began with one",
                suggestion: "`\(Self.quoted(inner))`")
        }
        return Finding(
            place: broken.open, message: "a text that begins with a quote ends with that quote, and here more follows",
            suggestion: "put the whole between other quotes: `\(Self.quoted(value))`")
    }

    private func unclosed(_ quote: YAMLScan.Quote, _ words: String) -> Finding {
        let value = Self.value(lines[quote.open.line], from: quote.open.column)
        return Finding(
            place: quote.open, message: "the quote that opens here \(words)", suggestion: "`\(value)\(quote.mark)`")
    }

    // MARK: Lines

    private func tab() -> Finding? {
        for number in [place.line, place.line + 1] where number < lines.count {
            let spaces = YAMLScan.indentation(lines[number])
            if spaces < lines[number].count, Letters.isInvisible(lines[number][spaces]) {
                return Finding(
                    place: .init(line: number, column: spaces),
                    message: "an invisible character or a special space (\(Letters.number(lines[number][spaces]))) "
                        + "indents this line; in YAML only plain spaces do",
                    suggestion: "a plain space instead of each")
            }
            let margin = lines[number].prefix { $0 == " " || $0 == "\t" }
            guard let column = margin.firstIndex(of: "\t"), margin.count < lines[number].count else { continue }
            return Finding(
                place: .init(line: number, column: column),
                message: "a tab indents this line; in YAML only spaces do", suggestion: "two spaces instead of each tab"
            )
        }
        return nil
    }

    /// A text that begins with a character that YAML keeps for itself.
    private func first() -> Finding? {
        guard let start = Self.valueStart(line), start.column < line.count else { return nil }
        let first = line[start.column]
        let value = Self.value(line, from: start.column)
        let isInsertion = value.hasPrefix("{{")
        let isAlias = (first == "*" || first == "&") && !problem.contains("undefined alias")
        guard place.column >= start.column,
            "@`%".unicodeScalars.contains(first) || isAlias || "[{".unicodeScalars.contains(first)
        else { return nil }
        if first == "[" || first == "{" {
            // Something follows behind the bracket that closes it.
            guard scan.open.isEmpty, isInsertion || problem.contains("expected key") else { return nil }
        }
        return Finding(
            place: .init(line: place.line, column: start.column),
            message: isInsertion
                ? "a text with an insertion at its start stands between quotes"
                : "a text that begins with `\(first)` stands between quotes: YAML keeps that character for itself",
            suggestion: "`\(Self.quoted(value))`")
    }

    /// The same within brackets: `[*.acme.example, b]`, `{h: %off}`.
    private func item() -> Finding? {
        guard !scan.open.isEmpty,
            problem.contains("alphabetic or numeric") || problem.contains("cannot start any token")
        else { return nil }
        // Behind a `*` the library gives up one character later.
        let columns = [place.column, place.column - 1].filter { line.indices.contains($0) }
        guard let column = columns.first(where: { "@`%*&".unicodeScalars.contains(line[$0]) }) else { return nil }
        let before = line[..<column].last { $0 != " " && $0 != "\t" }
        guard before.map({ "[{,:".unicodeScalars.contains($0) }) ?? true else { return nil }
        let end = line[column...].firstIndex { ",]}".unicodeScalars.contains($0) } ?? line.count
        return Finding(
            place: .init(line: place.line, column: column),
            message:
                "a text that begins with `\(line[column])` stands between quotes: YAML keeps that character for itself",
            suggestion: "`\(Self.quoted(Self.value(Line(line[..<end]), from: column)))`")
    }

    private func alias() -> Finding? {
        guard problem.contains("undefined alias") else { return nil }
        let value = Self.value(line, from: place.column)
        let name = value.dropFirst().prefix { $0 != " " && $0 != "," && $0 != "}" && $0 != "]" }
        return Finding(
            place: place, message: "`*\(name)` repeats what was named `&\(name)` before, and nothing was",
            suggestion: "write out what is meant, or put a text that begins with `*` between quotes")
    }

    /// `priority:100`, `priority = 100`, `// note`, on the line or one of those above.
    private func colon() -> Finding? {
        var number = place.line
        var looked = 0
        while number >= 0, looked < 4 {
            defer { number -= 1 }
            let text = Self.text(lines[number])
            guard !text.isEmpty else { continue }
            looked += 1
            let column = YAMLScan.indentation(lines[number])
            if text.hasPrefix("//") || text.hasPrefix("/*") {
                return Finding(
                    place: .init(line: number, column: column), message: "in YAML a comment begins with `#`",
                    suggestion: "`# \(text.drop { $0 == "/" || $0 == "*" || $0 == " " })`")
            }
            if let slip = KeySlips.joined(text) {
                return Finding(
                    place: .init(line: number, column: column), message: slip.message, suggestion: slip.suggestion)
            }
        }
        return nil
    }

    // MARK: Brackets

    private func brackets() -> Finding? {
        guard problem.contains("',' or") else { return nil }
        if let comment = scan.innerComments.last, let opened = scan.open.last {
            let value = Self.lastValue(Line(lines[comment.line][..<comment.column]))
            var view = String.UnicodeScalarView()
            view.append(contentsOf: lines[comment.line][comment.column...])
            let rest = String(view).prefix { $0 != "}" && $0 != "]" && $0 != "," }
            return Finding(
                place: comment,
                message:
                    "behind ` #` everything is a comment, so the `\(opened.mark)` of line \(opened.place.line + 1) is not closed",
                suggestion: "a text with a `#` between quotes: `\(Self.quoted(value + " " + rest))`")
        }
        guard let opened = scan.open.last else { return nil }
        let closing: Unicode.Scalar = opened.mark == "[" ? "]" : "}"
        let here = place.column < line.count ? line[place.column] : " "
        if here == "]" || here == "}" {
            return Finding(
                place: place,
                message:
                    "`\(here)` stands where `\(closing)` is needed: the `\(opened.mark)` of line \(opened.place.line + 1), "
                    + "column \(opened.place.column + 1) is still open",
                suggestion: "`\(closing)` before it")
        }
        guard opened.place.line == place.line else {
            return Finding(
                place: opened.place, message: "the `\(opened.mark)` that opens here is never closed",
                suggestion: "`\(closing)` where it ends")
        }
        return Finding(place: place, message: "a comma is missing before this", suggestion: nil)
    }

    // MARK: Colons and indentation

    /// `title: New: for you`.
    private func innerColon() -> Finding? {
        guard problem.contains("mapping values"), let start = Self.valueStart(line), start.column < place.column,
            start.key != nil
        else { return nil }
        let value = Self.value(line, from: start.column)
        // Names of columns hold spaces and capitals, keys of rules do not.
        if let key = start.key, key.contains(where: { $0 == " " || $0.isUppercase }), !key.hasPrefix("\""),
            let colon = value.firstRange(of: ": ")
        {
            return Finding(
                place: .init(line: place.line, column: YAMLScan.indentation(line)),
                message: "a name with a colon and a space in it stands between quotes",
                suggestion: "`\(Self.quoted("\(key): \(value[..<colon.lowerBound])")): \(value[colon.upperBound...])`")
        }
        return Finding(
            place: .init(line: place.line, column: start.column),
            message: "a text with a colon and a space in it stands between quotes",
            suggestion: "`\(Self.quoted(value))`")
    }

    private func indentation() -> Finding? {
        let own = YAMLScan.indentation(line)
        guard
            problem.contains("mapping values") || problem.contains("expected key") || problem.contains("expected '-'"),
            let above = lines[..<place.line].lastIndex(where: { !Self.text($0).isEmpty })
        else { return nil }
        let start = YAMLScan.Place(line: place.line, column: own)
        if own > YAMLScan.indentation(lines[above]), let key = Self.valueStart(lines[above])?.key {
            return Finding(
                place: start,
                message: "this line is indented further than `\(key)` above it, which has a value already",
                suggestion: "\(YAMLScan.indentation(lines[above])) spaces before it, as the line above has")
        }
        var steps: [Int] = []
        for line in lines[..<place.line] where !Self.text(line).isEmpty {
            let step = YAMLScan.indentation(line)
            steps.removeAll { $0 > step }
            if steps.last != step { steps.append(step) }
        }
        guard !steps.contains(own) else { return nil }
        let spaces = steps.map(String.init).joined(separator: " or ")
        return Finding(
            place: start,
            message: "this line is indented by \(own) space\(own == 1 ? "" : "s"), and none above it is",
            suggestion: "\(spaces) spaces before it, as the lines have that it belongs to")
    }

    // MARK: Parts of a line

    /// Without edges and comment.
    private static func text(_ line: Line) -> String {
        value(line, from: line.firstIndex { $0 != " " && $0 != "\t" } ?? line.count)
    }

    /// From a column to the end, without a comment.
    private static func value(_ line: Line, from column: Int) -> String {
        guard column < line.count else { return "" }
        var end = line.count
        var index = column + 1
        while index < line.count {
            if line[index] == "#", line[index - 1] == " " {
                end = index
                break
            }
            index += 1
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: line[column..<end])
        var text = String(view)
        if text.first == "#" { return "" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// Where the value of a line begins: behind `key: `, or behind dashes.
    private static func valueStart(_ line: Line) -> (column: Int, key: String?)? {
        var column = YAMLScan.indentation(line)
        while column + 1 < line.count, line[column] == "-", line[column + 1] == " " { column += 2 }
        guard column < line.count else { return nil }
        var end = column
        while end < line.count, line[end] != ":" || (end + 1 < line.count && line[end + 1] != " ") { end += 1 }
        guard end < line.count else { return (column, nil) }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: line[column..<end])
        let start = line[(end + 1)...].firstIndex { $0 != " " } ?? line.count
        return (start, String(view))
    }

    /// What stands behind the last `: `, `, `, `[` or `{` of a line.
    private static func lastValue(_ line: Line) -> String {
        let start = line.indices.last { index in
            "[{".unicodeScalars.contains(line[index])
                || (index + 1 < line.count && ":,".unicodeScalars.contains(line[index]) && line[index + 1] == " ")
        }
        return text(Line(line[(start.map { $0 + 1 } ?? 0)...]))
    }

    private static func hasKey(_ line: Line) -> Bool {
        let text = text(line)
        if text.hasPrefix("- ") { return true }
        let key = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
        guard !key.isEmpty else { return false }
        let rest = text[key.endIndex...]
        return rest == ":" || rest.hasPrefix(": ")
    }

    /// Between quotes of the kind that the text does not hold.
    static func quoted(_ text: String) -> String {
        if !text.contains("\"") && !text.contains("\\") { return "\"\(text)\"" }
        return "'\(text.replacing("'", with: "''"))'"
    }
}
