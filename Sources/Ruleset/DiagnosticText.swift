/// Diagnostics as a person reads them: place, problem, the line with a caret, what was meant.
package struct DiagnosticText: Sendable {
    private let lines: [String: [Substring]]
    private let isColoured: Bool

    /// - Parameter files: Of the rule set, so that lines can be shown.
    package init(files: [RuleFile], isColoured: Bool) {
        lines = Dictionary(
            files.map {
                (
                    $0.path,
                    String(decoding: $0.content, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                )
            }
        ) { first, _ in first }
        self.isColoured = isColoured
    }

    /// - Returns: The diagnostic in a few lines, the last one ended.
    package func render(_ diagnostic: Diagnostic) -> String {
        let position = diagnostic.position
        let word = diagnostic.severity == .error ? "error" : "warning"
        let colour = diagnostic.severity == .error ? "31" : "33"
        var text = painted("\(position.file):\(position.line):\(position.column): ", "1")
        text += painted("\(word)[\(diagnostic.code)]", "1;" + colour) + ": \(diagnostic.message)\n"
        if let line = lines[position.file]?.dropFirst(position.line - 1).first {
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
            text += "  \(number) | \(shown)\n  \(margin) | \(gap)\(painted("^", "1;" + colour))\n"
        }
        if let suggestion = diagnostic.suggestion { text += "  help: did you mean \(Self.quoted(suggestion))?\n" }
        return text
    }

    private static func quoted(_ suggestion: String) -> String {
        suggestion.contains("`") || suggestion.contains(" ") ? suggestion : "`\(suggestion)`"
    }

    private func painted(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
