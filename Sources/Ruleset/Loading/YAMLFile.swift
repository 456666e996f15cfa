internal import Yams

/// A rule file as YAML nodes, with what is wrong with it as text.
struct YAMLFile {
    let path: String
    let root: Node?

    /// Deeper files are refused before the YAML library, which recurses, sees them.
    private static let depthMax = 64

    /// - Throws: One diagnostic: a file that is no YAML cannot be looked at further.
    init(_ file: RuleFile) throws(Diagnostic) {
        path = file.path
        if let nul = file.content.firstIndex(of: 0) {
            throw Diagnostic(
                code: "not-text", at: Self.position(of: nul, in: file), "the file holds a NUL character; remove it")
        }
        guard let text = String(validating: file.content, as: UTF8.self) else {
            let valid = Self.validPrefix(file.content)
            throw Diagnostic(
                code: "not-text", at: Self.position(of: valid, in: file),
                "the file is not valid UTF-8; save it with that encoding")
        }
        if let deep = Self.tooDeep(file.content) {
            throw Diagnostic(
                code: "too-deep", at: Self.position(of: deep, in: file),
                "the file is nested more than \(Self.depthMax) deep")
        }
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw Self.diagnostic(error, path: file.path)
        }
    }

    private static func diagnostic(_ error: any Error, path: String) -> Diagnostic {
        func at(_ mark: Mark) -> SourcePosition { SourcePosition(file: path, line: mark.line, column: mark.column) }
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            return Diagnostic(code: "not-yaml", at: at(mark), "this is not YAML: \(problem)")
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            return Diagnostic(
                code: "duplicate-key", at: at(context.mark),
                "`\(duplicates.sorted().joined(separator: "`, `"))` stands here more than once")
        default:
            return Diagnostic(
                code: "not-yaml", at: SourcePosition(file: path, line: 1, column: 1), "this is not YAML: \(error)")
        }
    }

    /// - Returns: Where brackets or indentation go deeper than any rule needs; a bound from above, for text is not told apart.
    private static func tooDeep(_ content: [UInt8]) -> Int? {
        var brackets = 0
        var indentation = 0
        var isLineStart = true
        for (index, byte) in content.enumerated() {
            switch byte {
            case 0x0a:
                brackets = max(0, brackets)
                indentation = 0
                isLineStart = true
            case 0x20, UInt8(ascii: "-"), UInt8(ascii: "?"):
                if isLineStart { indentation += 1 }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                isLineStart = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets -= 1
                isLineStart = false
            default:
                isLineStart = false
            }
            if brackets > depthMax || (isLineStart && indentation > depthMax * 4) { return index }
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
