internal import CEL
internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// What loads, but is doubtful or contradicts itself.
///
/// Each check reports what is certain only. docs/lint.md explains every code.
package enum RuleSetLint {
    /// - Parameters:
    ///   - files: Of the rule set, for exact columns and for `# bespoke:allow CODE reason`.
    ///   - today: `YYYY-MM-DD`; reviews due before it are overdue.
    /// - Returns: Sorted by file, line and column. What an allowance names is left out; a bad or unused allowance is
    ///   reported.
    package static func check(_ set: RuleSet, files: [RuleFile], today: String) -> [Diagnostic] {
        review(set, [], files, today)
    }

    /// The same, together with what loading found: allowances silence its warnings too.
    ///
    /// - Returns: What loading found and nothing else when the rule set has errors.
    package static func check(_ result: LoadResult, files: [RuleFile], today: String) -> [Diagnostic] {
        guard let set = result.ruleSet else { return result.diagnostics }
        return review(set, result.diagnostics, files, today)
    }

    /// The date in UTC, as `check` takes it.
    package static func today() -> String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1_900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
    }

    /// One mistake, one message: what only follows from another is left out.
    private static func withoutFollowing(_ found: [Diagnostic]) -> [Diagnostic] {
        let reversed = Set(
            found.filter { $0.code == "between-reversed" }.map { "\($0.position.file):\($0.position.line)" })
        // Whoever asks for a role that there is not asks for something that is never so: that is said.
        let answers = Set(
            found.filter { $0.code == "no-such-answer" }.map { "\($0.position.file):\($0.position.line)" })
        func isNeverSo(_ diagnostic: Diagnostic) -> Bool {
            answers.contains("\(diagnostic.position.file):\(diagnostic.position.line)")
                && (!diagnostic.message.contains(": ")
                    || ["role", "stage", "persona", "grade"].contains {
                        diagnostic.message.contains("values of `\($0)`")
                            || diagnostic.message.contains("an earlier \($0) ")
                    })
        }
        let impossible = found.filter { $0.code == "contradiction" || $0.code == "constant-condition" }
        return found.filter { diagnostic in
            let line = "\(diagnostic.position.file):\(diagnostic.position.line)"
            if diagnostic.code == "contradiction" { return !reversed.contains(line) && !isNeverSo(diagnostic) }
            guard diagnostic.code == "unreachable", diagnostic.message.hasSuffix("its condition can never be true")
            else {
                return true
            }
            let campaign = diagnostic.message.prefix { $0 != ":" }.split(separator: " ").dropFirst().first ?? ""
            return !impossible.contains { $0.message.contains("campaign \(campaign)") }
        }
    }

    private static func review(
        _ set: RuleSet, _ loaded: [Diagnostic], _ given: [RuleFile], _ today: String
    ) -> [Diagnostic] {
        let files = given.map(\.asRead)
        var lint = Lint(set: set, files: files, today: today)
        lint.run()
        let allowances = Allowances(files)
        return allowances.apply(to: withoutFollowing(loaded + lint.diagnostics)).sorted {
            ($0.position, $0.code, $0.message) < ($1.position, $1.code, $1.message)
        }
    }
}

/// One run of all checks.
struct Lint {
    let set: RuleSet
    let today: String
    let analysis: ConditionAnalysis
    let uses: RuleUses
    private(set) var diagnostics: [Diagnostic] = []
    private var lines: SourceLines
    /// Of the rule set's files.
    let paths: [String]

    init(set: RuleSet, files: [RuleFile], today: String) {
        self.set = set
        self.today = today
        analysis = ConditionAnalysis(set)
        uses = RuleUses(set)
        lines = SourceLines(files)
        paths = files.map(\.path)
    }

    mutating func run() {
        checkUses()
        checkProfiles()
        checkTemplates()
        checkConditions()
        checkCampaigns()
        checkContents()
        checkConflicts()
        checkSilent()
        checkIntent()
    }

    mutating func report(_ code: String, _ position: SourcePosition, _ message: String, suggestion: String? = nil) {
        guard let severity = DiagnosticCode.named(code)?.severity else {
            preconditionFailure("every code stands in the table")
        }
        diagnostics.append(Diagnostic(severity, code: code, at: position, message, suggestion: suggestion))
    }

    /// Where a part of a condition stands.
    mutating func position(_ condition: Condition, _ offset: Int) -> SourcePosition {
        lines.position(of: offset, in: condition)
    }
}

/// Finds the places of parts of conditions.
struct SourceLines {
    private let files: [String: [UInt8]]
    private var split: [String: [Range<Int>]] = [:]

    init(_ files: [RuleFile]) {
        self.files = Dictionary(files.map { ($0.path, $0.content) }) { first, _ in first }
    }

    /// - Parameter offset: UTF-8 bytes into the source of the condition.
    mutating func position(of offset: Int, in condition: Condition) -> SourcePosition {
        let start = condition.position
        let source = condition.expression.source
        let before = String(decoding: source.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count
        if split[start.file] == nil { split[start.file] = SourceText.lines(files[start.file] ?? []) }
        let (lines, content) = (split[start.file] ?? [], files[start.file] ?? [])
        let place = ScalarPlace.find(before, in: source, at: (start.line, start.column)) { number in
            guard lines.indices.contains(number - 1) else { return nil }
            return Array(String(decoding: content[lines[number - 1]], as: UTF8.self).unicodeScalars)
        }
        return place.map { SourcePosition(file: start.file, line: $0.line, column: $0.column) } ?? start
    }
}
