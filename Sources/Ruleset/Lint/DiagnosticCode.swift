/// A kind of mistake, as docs/lint.md explains it.
package struct DiagnosticCode: Sendable {
    /// Stable, such as `unknown-key`.
    package let name: String
    package let severity: Diagnostic.Severity
    /// What it says, in one line.
    package let meaning: String
    /// Why it matters.
    package let why: String
    /// Rules that have it; nil where no text of a rule file shows it.
    package let wrong: String?
    /// The same, mended.
    package let mended: String?
    /// How to mend it.
    package let remedy: String
    /// Whether `# bespoke:allow` may name it: the rule set loads in spite of it.
    package let isAllowable: Bool

    /// Every code that loading and lint report, sorted by name.
    package static let all: [DiagnosticCode] =
        (files + forms + references + offer + profiles + conditions + conflicts + declarations + allowances + silent
        + intent)
        .sorted { $0.name < $1.name }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// - Returns: Nil when there is no such code.
    package static func named(_ name: String) -> DiagnosticCode? { byName[name] }

    /// One that keeps a rule set from loading.
    static func refused(
        _ name: String, _ meaning: String, why: String, wrong: String? = nil, mended: String? = nil, remedy: String
    ) -> DiagnosticCode {
        DiagnosticCode(
            name: name, severity: .error, meaning: meaning, why: why, wrong: wrong, mended: mended, remedy: remedy,
            isAllowable: false)
    }

    /// One that lets a rule set load.
    static func doubtful(
        _ name: String, _ meaning: String, severity: Diagnostic.Severity = .warning, why: String,
        wrong: String? = nil, mended: String? = nil, remedy: String, isAllowable: Bool = true
    ) -> DiagnosticCode {
        DiagnosticCode(
            name: name, severity: severity, meaning: meaning, why: why, wrong: wrong, mended: mended, remedy: remedy,
            isAllowable: isAllowable)
    }
}
