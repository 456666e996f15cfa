/// Diagnostics as a person reads them: place, problem, the line with a caret, what was meant.
package struct DiagnosticText: Sendable {
    private let lines: DiagnosticLines
    private let isColoured: Bool
    private let isDetailed: Bool

    /// - Parameters:
    ///   - files: Of the rule set, so that lines can be shown.
    ///   - isDetailed: Whether the whole word is marked and the page that explains the code is named.
    package init(files: [RuleFile], isColoured: Bool, isDetailed: Bool = false) {
        lines = DiagnosticLines(files)
        self.isColoured = isColoured
        self.isDetailed = isDetailed
    }

    /// - Returns: The diagnostic in a few lines, the last one ended.
    package func render(_ diagnostic: Diagnostic) -> String {
        let position = diagnostic.position
        let word = diagnostic.severity == .error ? "error" : "warning"
        let colour = diagnostic.severity == .error ? "31" : "33"
        // What concerns the folder as a whole has no place.
        var text =
            position.file.isEmpty ? "" : painted("\(position.file):\(position.line):\(position.column): ", "1")
        text += painted("\(word)[\(diagnostic.code)]", "1;" + colour) + ": \(diagnostic.message)\n"
        if let line = lines.line(position) {
            // A long line is cut around the place.
            // Control characters of a file must not reach the terminal.
            let scalars = line.unicodeScalars.map {
                $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f ? "\u{fffd}" : $0
            }
            let start = max(0, position.column - 80)
            let shown = String(String.UnicodeScalarView(scalars.dropFirst(start).prefix(120)))
            let number = "\(position.line)"
            let margin = String(repeating: " ", count: number.count)
            let gap = scalars.dropFirst(start).prefix(position.column - 1 - start).map { $0 == "\t" ? "\t" : " " }
                .joined()
            let length = isDetailed ? min(lines.wordLength(at: position), max(1, start + 121 - position.column)) : 1
            let carets = String(repeating: "^", count: length)
            text += "  \(number) | \(shown)\n  \(margin) | \(gap)\(painted(carets, "1;" + colour))\n"
        }
        if let suggestion = diagnostic.suggestion { text += "  help: \(Self.help(suggestion, of: diagnostic.code))\n" }
        if isDetailed, DiagnosticCode.named(diagnostic.code) != nil {
            text += "  see `bespokectl rules reference \(diagnostic.code)`\n"
        }
        return text
    }

    /// - Returns: One line, such as `2 errors and 1 warning in 2 files`, ended; empty when there is nothing to say.
    package static func summary(_ diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        let counts = [(errors, "error"), (diagnostics.count - errors, "warning")].filter { $0.0 > 0 }
        guard !counts.isEmpty else { return "" }
        let files = Set(diagnostics.map(\.position.file)).count
        return counts.map(counted).joined(separator: " and ") + " in \(counted(files, "file"))\n"
    }

    private static func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    /// What begins with one of these tells what to do; anything else is what was probably meant.
    private static let advice = ["for example ", "keep ", "leave ", "name ", "put ", "save ", "take ", "write "]

    static func help(_ suggestion: String, of code: String) -> String {
        if advice.contains(where: suggestion.hasPrefix) { return suggestion }
        if code == "missing-key" { return "add \(quoted(suggestion))" }
        return "did you mean \(quoted(suggestion))?"
    }

    static func quoted(_ suggestion: String) -> String {
        suggestion.contains("`") || suggestion.contains(" ") ? suggestion : "`\(suggestion)`"
    }

    private func painted(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}

/// The lines of rule files.
struct DiagnosticLines: Sendable {
    private let lines: [String: [Substring]]

    init(_ files: [RuleFile]) {
        lines = Dictionary(
            files.map {
                let content = $0.asRead.content
                return ($0.path, SourceText.lines(content).map { String(decoding: content[$0], as: UTF8.self)[...] })
            }
        ) { first, _ in first }
    }

    func line(_ position: SourcePosition) -> Substring? {
        lines[position.file]?.dropFirst(position.line - 1).first
    }

    /// - Returns: Scalars of the name, number or quoted text that begins at the place; at least 1.
    func wordLength(at position: SourcePosition) -> Int {
        guard let rest = line(position)?.unicodeScalars.dropFirst(position.column - 1), let first = rest.first else {
            return 1
        }
        if first == "\"" || first == "'" {
            guard let end = rest.dropFirst().firstIndex(of: first) else { return 1 }
            return rest.distance(from: rest.startIndex, to: end) + 1
        }
        let length = rest.prefix {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "_.-".unicodeScalars.contains($0)
        }
        .count
        return max(1, length)
    }
}
