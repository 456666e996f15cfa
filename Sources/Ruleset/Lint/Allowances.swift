internal import Model

/// Comments that allow what a check found: `# bespoke:allow CODE reason`.
///
/// Behind something, such a comment is for its own line; on lines of its own, for the next line that says something.
struct Allowances {
    private struct Allowance {
        let position: SourcePosition
        /// The line that it is for.
        let line: Int
        let code: String
        let hasReason: Bool
    }

    private static let word = "bespoke:allow"
    private var allowances: [Allowance] = []

    init(_ files: [RuleFile]) {
        for file in files { read(file) }
    }

    private mutating func read(_ file: RuleFile) {
        let text = String(decoding: file.content, as: UTF8.self)
        guard text.contains(Self.word) else { return }
        // Allowances on lines of their own, which wait for the line that they are for.
        var waiting: [(position: SourcePosition, words: [Substring])] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let found = Self.comment(line).map { column, words in
                (SourcePosition(file: file.path, line: index + 1, column: column), words)
            }
            let start = line.first { !$0.isWhitespace }
            if start == "#" || start == nil {
                if let found { waiting.append(found) }
                continue
            }
            for (position, words) in waiting + (found.map { [$0] } ?? []) { add(position, words, line: index + 1) }
            waiting = []
        }
        for (position, words) in waiting { add(position, words, line: position.line) }
    }

    private mutating func add(_ position: SourcePosition, _ words: [Substring], line: Int) {
        allowances.append(
            Allowance(
                position: position, line: line, code: words.first.map(String.init) ?? "", hasReason: words.count > 1))
    }

    /// - Returns: The column of the comment, and the words behind `bespoke:allow`.
    private static func comment(_ line: Substring) -> (column: Int, words: [Substring])? {
        var previous: Character = " "
        for index in line.indices {
            defer { previous = line[index] }
            guard line[index] == "#", previous == " " || previous == "\t" else { continue }
            let words = line[line.index(after: index)...].split(whereSeparator: \.isWhitespace)
            guard words.first == Substring(word) else { continue }
            return (line[..<index].unicodeScalars.count + 1, Array(words.dropFirst()))
        }
        return nil
    }

    /// - Returns: What is not allowed, and what is wrong with the allowances themselves.
    func apply(to diagnostics: [Diagnostic]) -> [Diagnostic] {
        guard !allowances.isEmpty else { return diagnostics }
        var result = allowances.compactMap(problem)
        var places: [String: [Int]] = [:]
        for (index, allowance) in allowances.enumerated() where problem(allowance) == nil {
            places["\(allowance.position.file):\(allowance.line):\(allowance.code)", default: []].append(index)
        }
        var used: Set<Int> = []
        for diagnostic in diagnostics {
            let place = diagnostic.position
            guard let found = places["\(place.file):\(place.line):\(diagnostic.code)"] else {
                result.append(diagnostic)
                continue
            }
            used.formUnion(found)
        }
        for index in places.values.joined() where !used.contains(index) {
            result.append(
                Diagnostic(
                    .warning, code: "allow-unused", at: allowances[index].position,
                    "nothing on the line is `\(allowances[index].code)`; remove the allowance"))
        }
        return result
    }

    private func problem(_ allowance: Allowance) -> Diagnostic? {
        let known = DiagnosticCode.all.filter(\.isAllowable).map(\.name)
        guard known.contains(allowance.code) else {
            let message: String
            if allowance.code.isEmpty {
                message = "the allowance names no code"
            } else if DiagnosticCode.named(allowance.code) != nil {
                message = "`\(allowance.code)` keeps a rule set from loading, so it cannot be allowed"
            } else {
                message = "there is no code `\(allowance.code)`"
            }
            return Diagnostic(
                .warning, code: "allow-unknown-code", at: allowance.position, message,
                suggestion: Spelling.nearest(to: allowance.code, among: known))
        }
        guard allowance.hasReason else {
            return Diagnostic(
                .warning, code: "allow-without-reason", at: allowance.position,
                "say why `\(allowance.code)` is right here; without a reason nothing is allowed",
                suggestion: "`# bespoke:allow \(allowance.code) because …`")
        }
        return nil
    }
}
