internal import Conditions
internal import Glibc
package import Model
package import Ruleset

/// Runs the tests that a rule set carries through the table that would serve it.
package enum RuleTestRunner {
    /// Runs all tests.
    ///
    /// - Parameters:
    ///   - ruleSet: Its `tests` are run.
    ///   - table: Compiled from that rule set.
    ///   - now: The time for tests that name none; this machine's clock if nil.
    /// - Returns: What was not met, in file order; empty when all tests passed.
    package static func run(_ ruleSet: RuleSet, table: DecisionTable, now: Timestamp? = nil) -> [RuleTestFailure] {
        let workspace = DecisionWorkspace()
        let now = now ?? clock()
        return ruleSet.tests.flatMap { run($0, table, in: workspace, now: now) }
    }

    private static func run(
        _ test: RuleTest, _ table: DecisionTable, in workspace: DecisionWorkspace, now: Timestamp
    ) -> [RuleTestFailure] {
        // Holds the texts of the test until its decision has been read.
        let storage = TableStorage()
        return withExtendedLifetime((storage, workspace)) {
            workspace.begin(table, now: test.now ?? now)
            give(test, table, to: workspace, storage)
            let reader = DecisionReader(workspace.decide().pointee)
            return test.expectations.compactMap { expectation in
                let actual = reader.word(at: expectation.path)
                guard actual != expectation.value else { return nil }
                return RuleTestFailure(
                    test: test.name, path: expectation.path.joined(separator: "."), expected: expectation.value,
                    actual: actual, position: expectation.position)
            }
        }
    }

    /// Decides the case of a test and explains it; what `body` gets is valid during the call. The verdicts are of
    /// conditions that the explanation does not show.
    static func explain(
        _ test: RuleTest, _ ruleSet: RuleSet, table: DecisionTable, now: Timestamp?,
        _ body: (Decision, Explanation, _ unexplained: [(position: SourcePosition, verdict: Verdict)]) -> Void
    ) {
        let workspace = DecisionWorkspace()
        let storage = TableStorage()
        withExtendedLifetime((storage, workspace)) {
            workspace.begin(table, now: test.now ?? now ?? clock())
            give(test, table, to: workspace, storage)
            let (decision, explanation) = workspace.explain(ruleSet, searchesNearestMisses: false)
            body(decision, explanation, workspace.unexplained(ruleSet))
        }
    }

    private static func clock() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    private static func give(
        _ test: RuleTest, _ table: DecisionTable, to workspace: DecisionWorkspace, _ storage: TableStorage
    ) {
        var page = PageContext(url: test.url.map { storage.text($0) })
        for (key, value) in test.values {
            if let attribute = table.attribute(key.entity, storage.text(key.name).bytes) {
                workspace.set(attribute, storage.scalar(value))
            } else if key.entity == .request, case .string(let text) = value {
                page.set(key.name, storage.text(text))
            }
        }
        workspace.setPage(page)
        for event in test.events {
            guard let index = table.event(storage.text(event.name).bytes) else { continue }
            workspace.setEvent(index, count: event.count, last: event.last, score: nil)
        }
        for event in test.accountEvents {
            guard let index = table.event(storage.text(event.name).bytes) else { continue }
            workspace.setAccountEvent(index, count: event.count, last: event.last)
        }
        for expectation in test.expectations where expectation.path.first == "routes" && expectation.path.count == 2 {
            if let route = table.route(storage.text(expectation.path[1]).bytes) { workspace.ask(route) }
        }
        for purpose in test.consent ?? [] {
            if let index = table.purpose(storage.text(purpose).bytes) { workspace.setConsent(index, granted: true) }
        }
        for purpose in test.denied {
            if let index = table.purpose(storage.text(purpose).bytes) { workspace.setConsent(index, granted: false) }
        }
    }
}

extension PageContext {
    fileprivate mutating func set(_ name: String, _ text: BorrowedText) {
        switch name {
        case "url": url = text
        case "referrer": referrer = text
        case "ip": ip = text
        case "country": country = text
        case "language": language = text
        case "device": device = text
        default: break
        }
    }
}
