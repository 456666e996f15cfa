internal import Foundation
internal import Ruleset

/// Where the repository's own rule sets are, and rule files written in tests.
enum Fixtures {
    static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let examples = packageRoot.appending(path: "../shared/examples/rules").standardized.path
    static let configured = packageRoot.appending(path: "config/rules").path

    static func file(_ path: String, _ text: String) -> RuleFile { RuleFile(path: path, content: Array(text.utf8)) }

    /// One file named `rules.yaml`.
    static func load(_ text: String) -> LoadResult { RuleSetLoader.load([file("rules.yaml", text)]) }

    static func errors(_ result: LoadResult) -> [Diagnostic] { result.diagnostics.filter { $0.severity == .error } }

    /// What broken snippets stand beside.
    static let base = """
        attributes:
          visitor:
            seniority: {type: string, values: [manager, director]}
            title: {type: string}
            income: {type: double}
          account:
            employees: {type: int, unit: people}
            industry: {type: string}
        events:
          demo_signup: {points: 10}
        lists:
          rivals: {values: [rival.example]}
        segments:
          known: has(account.industry)
        icps:
          mary:
            segment: known
            criteria: [{when: account.employees > 10, points: 5, category: able}]
            tiers: {a: 50}
        placements:
          search_ad: {kind: ad, fields: {headline: {max_length: 10}}}
          hero: {kind: page, fields: {headline: {max_length: 10}, link: {type: url}}}
        policies:
          consent: {personalisation: {covers: [visitor]}}
        layers:
          landing: {unit: visitor}

        """
}
