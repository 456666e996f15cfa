internal import Yams

/// A rule file as YAML nodes, with what is wrong with it as text.
struct YAMLFile {
    let path: String
    let root: Node?

    /// Deeper files are refused before the YAML library, which recurses, sees them.
    private static let depthMax = 64
    /// More aliases than this, with keys that are no words, are refused: the YAML library hashes what such a key stands for,
    /// and that doubles with each alias.
    private static let aliasesWithKeysMax = 32
    /// Each anchor may hold an alias of the one before, as deep as a file may be nested; releasing what that stands for recurses.
    private static let anchorsMax = 100

    /// - Throws: One diagnostic: a file that is no YAML cannot be looked at further.
    init(_ original: RuleFile, resolver: Resolver = .basic) throws(Diagnostic) {
        let file = original.asRead
        path = file.path
        if let foreign = Self.foreign(file) { throw foreign }
        if let wide = Self.wide(file) { throw wide }
        if let nul = file.content.firstIndex(of: 0) {
            throw Diagnostic(
                code: "not-text", at: Self.position(of: nul, in: file), "the file holds a NUL character; remove it")
        }
        guard let text = String(validating: file.content, as: UTF8.self) else {
            throw Self.notUTF8(file)
        }
        if let deep = Self.tooDeep(file.content) {
            throw Diagnostic(
                code: "too-deep", at: Self.position(of: deep, in: file),
                "the file is nested more than \(Self.depthMax) deep")
        }
        if let alias = Self.hostileAlias(file.content) {
            throw Diagnostic(
                code: "too-large", at: Self.position(of: alias, in: file),
                "there are more than \(Self.aliasesWithKeysMax) aliases in a file in which keys are lists or aliases; write the keys as words"
            )
        }
        if let anchor = Self.anchorBeyondMax(file.content) {
            throw Diagnostic(
                code: "too-large", at: Self.position(of: anchor, in: file),
                "there are more than \(Self.anchorsMax) anchors (`&name`) in the file; write out what they stand for")
        }
        do {
            root = try Yams.compose(yaml: text, resolver)
        } catch {
            throw Self.diagnostic(error, file)
        }
    }

    /// What other programs save, whatever the file is called.
    private static func foreign(_ file: RuleFile) -> Diagnostic? {
        let starts: [(bytes: [UInt8], words: String)] = [
            ([0x89, 0x50, 0x4e, 0x47], "an image (PNG)"), ([0xff, 0xd8, 0xff], "an image (JPEG)"),
            ([0x50, 0x4b, 0x03, 0x04], "an archive (zip), or a document of an office program"),
            (Array("%PDF".utf8), "a PDF"), (Array("{\\rtf".utf8), "a document of a word processor (RTF)"),
            (Array("<!DOCTYPE".utf8), "a page (HTML)"), (Array("<html".utf8), "a page (HTML)"),
            (Array("<?xml".utf8), "XML"), ([0x1f, 0x8b], "a compressed file (gzip)"),
        ]
        guard let found = starts.first(where: { file.content.starts(with: $0.bytes) }) else { return nil }
        return Diagnostic(
            code: "not-text", at: SourcePosition(file: file.path, line: 1, column: 1),
            "the file is \(found.words), not a text of rules",
            suggestion: "save it as plain text with the encoding UTF-8, or take it out of the folder")
    }

    /// UTF-16 and UTF-32, which editors call Unicode.
    private static func wide(_ file: RuleFile) -> Diagnostic? {
        let start = file.content.prefix(4)
        let hasMark = start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff])
        let nuls = file.content.prefix(64).count { $0 == 0 }
        guard hasMark || (nuls > 1 && nuls * 2 >= file.content.prefix(64).count - 1) else { return nil }
        return Diagnostic(
            code: "not-text", at: SourcePosition(file: file.path, line: 1, column: 1),
            "the file is in UTF-16, which some editors call Unicode; rules are in UTF-8",
            suggestion: "save it with the encoding UTF-8")
    }

    private static func notUTF8(_ file: RuleFile) -> Diagnostic {
        let valid = validPrefix(file.content)
        // What Windows-1252 and Latin-1 have in common.
        let byte = valid < file.content.count ? file.content[valid] : 0
        let letter = byte >= 0xa0 ? "; the byte there is `\(Unicode.Scalar(byte))` in Windows-1252" : ""
        return Diagnostic(
            code: "not-text", at: position(of: valid, in: file), "the file is not valid UTF-8\(letter)",
            suggestion: "save it with the encoding UTF-8")
    }

    static func diagnostic(_ error: any Error, _ file: RuleFile) -> Diagnostic {
        let path = file.path
        func at(_ mark: Mark) -> SourcePosition { SourcePosition(file: path, line: mark.line, column: mark.column) }
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            if let slip = YAMLSlips.explain(file.content, line: mark.line, column: mark.column, problem: problem) {
                let place = SourcePosition(file: path, line: slip.place.line + 1, column: slip.place.column + 1)
                return Diagnostic(
                    code: "not-yaml", at: place, "this is not YAML: \(slip.message)", suggestion: slip.suggestion)
            }
            return Diagnostic(code: "not-yaml", at: at(mark), "this is not YAML: \(problem)")
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            return Diagnostic(
                code: "duplicate-key", at: at(context.mark),
                "`\(duplicates.sorted().joined(separator: "`, `"))` stands here more than once"
                    + again(duplicates.sorted().first ?? "", context.mark, file.content),
                suggestion: "keep one of them, and put what both hold below it")
        default:
            return Diagnostic(
                code: "not-yaml", at: SourcePosition(file: path, line: 1, column: 1), "this is not YAML: \(error)")
        }
    }

    /// Where a key stands for the second time, for keys that have lines of their own.
    private static func again(_ key: String, _ mark: Mark, _ content: [UInt8]) -> String {
        let lines = SourceText.lines(content)
        let written = Array("\(key):".utf8)
        var found = 0
        for number in lines.indices.dropFirst(mark.line - 1) {
            let line = content[lines[number]]
            let margin = line.prefix { $0 == 0x20 }.count
            if margin < mark.column - 1, margin < line.count { break }
            guard margin == mark.column - 1, line.dropFirst(margin).starts(with: written) else { continue }
            found += 1
            if found == 2 { return ", again on line \(number + 1)" }
        }
        return ""
    }

    /// - Returns: Where brackets or indentation go deeper than any rule needs. Brackets in texts count too, so this is only the
    ///   early refusal with a good message; what it misses, the YAML parser refuses at 1,000 levels.
    private static func tooDeep(_ content: [UInt8]) -> Int? {
        var brackets = 0
        var indentation = 0
        var isLineStart = true
        for (index, byte) in content.enumerated() {
            switch byte {
            case 0x0a:
                indentation = 0
                isLineStart = true
            case 0x20, UInt8(ascii: "-"), UInt8(ascii: "?"):
                if isLineStart { indentation += 1 }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                isLineStart = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = max(0, brackets - 1)
                isLineStart = false
            default:
                isLineStart = false
            }
            if brackets > depthMax || (isLineStart && indentation > depthMax * 4) { return index }
        }
        return nil
    }

    /// - Returns: Where there are too many aliases for keys that are no words; both are counted from above.
    private static func hostileAlias(_ content: [UInt8]) -> Int? {
        var aliases = 0
        var hasKey = false
        var tooMany: Int?
        var previous: UInt8 = 0x0a
        var isAlias = false
        for (index, byte) in content.enumerated() {
            let next = index + 1 < content.count ? content[index + 1] : 0x0a
            let isSpace = byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
            if byte == UInt8(ascii: "*"), next > 0x20 {
                aliases += 1
                isAlias = true
                if aliases > aliasesWithKeysMax, tooMany == nil { tooMany = index }
            }
            switch byte {
            case UInt8(ascii: "?") where next <= 0x20:
                if [0x0a, 0x5b, 0x7b, 0x2c, 0x2d, 0x3a, 0x3f].contains(previous) { hasKey = true }
            case UInt8(ascii: ":"):
                if isAlias || previous == UInt8(ascii: "]") || previous == UInt8(ascii: "}") { hasKey = true }
            case 0x0a, 0x2c, 0x5d, 0x7d: isAlias = false
            default: break
            }
            if byte == 0x0a || !isSpace { previous = byte }
            if hasKey, let tooMany { return tooMany }
        }
        return nil
    }

    /// - Returns: Where the first anchor beyond the limit stands. A text that holds ` &word` counts too: nobody writes a hundred.
    private static func anchorBeyondMax(_ content: [UInt8]) -> Int? {
        var count = 0
        var previous: UInt8 = 0x0a
        for (index, byte) in content.enumerated() {
            defer { previous = byte }
            guard byte == UInt8(ascii: "&"),
                previous <= 0x20 || previous == 0x2c || previous == 0x5b || previous == 0x7b,
                index + 1 < content.count, content[index + 1] > 0x20, content[index + 1] != byte
            else { continue }
            count += 1
            if count > anchorsMax { return index }
        }
        return nil
    }

    private static func validPrefix(_ content: [UInt8]) -> Int {
        var low = 0
        var decoder = UTF8()
        var iterator = content.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): low += UTF8.width(scalar)
            case .emptyInput, .error: return min(low, content.count)
            }
        }
    }

    private static func position(of index: Int, in file: RuleFile) -> SourcePosition {
        let before = file.content[..<index]
        let line = before.count { $0 == 0x0a } + 1
        let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        let column = file.content[start..<index].count { $0 & 0xc0 != 0x80 } + 1
        return SourcePosition(file: file.path, line: line, column: column)
    }
}
