internal import Model
internal import Yams

/// What YAML takes out of a text without a word: what follows ` #`, and a `!` at its start.
extension Loader {
    /// Found in one pass over the bytes, so that the lines of sound files are not looked at again.
    static func suspectLines(_ files: [RuleFile]) -> [String: Set<Int>] {
        var found: [String: Set<Int>] = [:]
        for file in files where isYAML(file.path) {
            var line = 1
            var previous: UInt8 = 0x0a
            var isBlank = true
            for (index, byte) in file.content.enumerated() {
                let next = index + 1 < file.content.count ? file.content[index + 1] : 0x0a
                let isSuspect =
                    switch byte {
                    case UInt8(ascii: "#"): previous <= 0x20 && !isBlank && isWordByte(next)
                    case UInt8(ascii: "!"):
                        (previous <= 0x20 || previous == 0x5b || previous == 0x2c)
                            && (isWordByte(next) || next == UInt8(ascii: "("))
                    case UInt8(ascii: "&"): previous <= 0x20 && isWordByte(next)
                    default: false
                    }
                if isSuspect { found[file.path, default: []].insert(line) }
                if byte == 0x0a {
                    line += 1
                    isBlank = true
                } else if byte > 0x20 {
                    isBlank = false
                }
                previous = byte
            }
        }
        return found
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte & 0xdf) || byte >= 0x80
    }

    /// `when: !visitor.flag`: for YAML that is nothing, with the tag `!visitor.flag`.
    mutating func isTag(_ node: Node, _ file: String) -> Bool {
        guard !suspectLines.isEmpty, let mark = node.mark, suspectLines[file]?.contains(mark.line) == true else {
            return false
        }
        let written = line(mark.line, file).unicodeScalars.dropFirst(mark.column - 1)
        if written.first == "&" { return isAnchor(node, String(String.UnicodeScalarView(written)), file) }
        guard written.first == "!" else { return false }
        let word = String(String.UnicodeScalarView(written.prefix { $0 != "\r" }))
        let text = word.prefix { $0 != "," && $0 != "}" && $0 != "]" }
        report(
            "yaml-tag", node, file, "a `!` at the start is for YAML the name of a type, and the rest is lost",
            suggestion: "the text between quotes: `\"\(text)\"`")
        return true
    }

    /// `&more for you`: for YAML a name for what follows, by which `*more` repeats it.
    private mutating func isAnchor(_ node: Node, _ written: String, _ file: String) -> Bool {
        let name = written.dropFirst().prefix { $0 != " " }
        let content = files.first { $0.path == file }?.content ?? []
        guard !String(decoding: content, as: UTF8.self).contains("*\(name)") else { return false }
        let text = TextEdges.trimmed(String(written.prefix { !",}]".contains($0) && !$0.isNewline }))
        report(
            "yaml-tag", node, file, "a `&` at the start is for YAML the name of what follows, and no part of the text",
            suggestion: "the text between quotes: `\"\(text)\"`")
        return true
    }

    /// `We are #1 in Europe` ends before the `#`.
    mutating func doubtComment(_ scalar: Node.Scalar, _ node: Node, _ file: String) {
        guard !suspectLines.isEmpty, scalar.style == .plain || scalar.style == .any, let mark = node.mark,
            suspectLines[file]?.contains(mark.line) == true
        else { return }
        let text = scalar.string.unicodeScalars
        let written = line(mark.line, file).unicodeScalars.dropFirst(mark.column - 1)
        guard !text.isEmpty, written.starts(with: text) else { return }
        let rest = written.dropFirst(text.count)
        let comment = rest.drop { $0 == " " || $0 == "\t" }
        let followed = comment.dropFirst().first
        guard comment.startIndex > rest.startIndex, comment.first == "#", let followed else { return }
        // `priority: 5 #high` is a comment; a sentence that goes on, or a number behind the #, is none.
        guard ("0"..."9").contains(followed) || text.contains(" ") && followed.properties.isAlphabetic else { return }
        let whole = TextEdges.trimmed(String(String.UnicodeScalarView(written.prefix { $0 != "\r" })))
        report(
            "cut-text", node, file, "the text ends before the #: what follows is a comment for YAML",
            suggestion: "`\(YAMLSlips.quoted(whole))`, or a space behind the #", severity: .warning)
    }

    /// Half a condition that was cut is wrong for that reason, which was said as a warning.
    ///
    /// - Returns: Whether it was.
    mutating func refusesCutText(_ node: Node, _ file: String) -> Bool {
        guard let last = diagnostics.last, last.code == "cut-text", last.position == Self.position(node, file) else {
            return false
        }
        diagnostics.removeLast()
        report(last.code, last.position, last.message, suggestion: last.suggestion)
        return true
    }
}
