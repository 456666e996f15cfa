import Engine
import Model
import Testing

@Suite struct RecordChecksTests {
    private let checks = RecordChecks(now: TestEngine.now, retentionSeconds: 86_400)

    private func problem(_ body: () throws(BehaviourError) -> Void) -> String {
        do throws(BehaviourError) {
            try body()
            return ""
        } catch {
            guard case .invalid(let field, let problem) = error else { return "\(error)" }
            return "\(field) \(problem)"
        }
    }

    private var exposure: Exposure {
        Exposure(visitorID: "ann", decisionID: "d", time: TestEngine.now, placement: "hero", propensity: 1)
    }

    @Test(arguments: [
        (300_000_000, ""), (300_000_001, "in the future"), (-86_400_000_000, ""), (-86_400_000_001, "retained"),
    ])
    func `Both sides of what may be recorded`(_ microseconds: Int64, _ words: String) throws {
        let time = Timestamp(microseconds: TestEngine.now.microseconds + microseconds)
        let found = problem { () throws(BehaviourError) in _ = try checks.time(time, "events[0]") }
        #expect(words.isEmpty ? found.isEmpty : found.hasPrefix("events[0].time") && found.contains(words))
        #expect(try checks.time(nil, "events[0]") == TestEngine.now)
    }

    @Test func `An exposure names whom, what and which decision`() {
        func found(_ change: (inout Exposure) -> Void) -> String {
            var changed = exposure
            change(&changed)
            return problem { () throws(BehaviourError) in try RecordChecks.check(changed, "e") }
        }
        #expect(found { _ in }.isEmpty)
        #expect(found { $0.visitorID = "" }.hasPrefix("e names neither visitor_id"))
        #expect(found { $0.visitorID = "a\u{7}" } == "e.visitor_id holds a control character")
        #expect(found { $0.accountID = String(repeating: "a", count: 257) }.hasPrefix("e.account_id is 257 bytes"))
        #expect(found { $0.accountID = String(repeating: "a", count: 256) }.isEmpty)
        #expect(found { $0.decisionID = "" } == "e.decision_id is empty")
        #expect(found { $0.decisionID = "preview-0" }.hasPrefix("e.decision_id is that of a preview"))
        #expect(found { $0.placement = "" }.hasPrefix("e names neither a placement"))
        #expect(found { ($0.placement, $0.experiment) = ("", "button") }.isEmpty)
        for propensity in [-0.01, 1.01, .nan] {
            #expect(found { $0.propensity = propensity } == "e.propensity is not between 0 and 1")
        }
    }

    @Test func `An event has an id and a value that is a number`() {
        func found(_ id: String, _ value: Double) -> String {
            problem { () throws(BehaviourError) in
                try RecordChecks.check(
                    eventID: id, visitorID: "ann", accountID: "", decisionID: "", value: value, "e")
            }
        }
        #expect(found("1", -1e15).isEmpty && found("", 0) == "e.id is empty")
        for value in [1.1e15, .infinity, .nan] { #expect(found("1", value).hasPrefix("e.value is not a number")) }
    }

    @Test func `A consent is somebody's, and short`() {
        func found(_ id: String, _ source: String, _ text: String) -> String {
            problem { () throws(BehaviourError) in
                try RecordChecks.check(consentOf: id, source: source, textVersion: text)
            }
        }
        let long = String(repeating: "x", count: 65)
        #expect(found("ann", String(long.dropLast()), "").isEmpty && found("", "", "") == "visitor_id is empty")
        #expect(found("ann", long, "").hasPrefix("source is longer"))
        #expect(found("ann", "", long).hasPrefix("text_version is longer"))
    }

    @Test func `A thousand at once are taken, not one more`() {
        #expect(problem { () throws(BehaviourError) in try RecordChecks.check(itemCount: 1_000) }.isEmpty)
        let more = problem { () throws(BehaviourError) in try RecordChecks.check(itemCount: 1_001) }
        #expect(more == "tooMany(count: 1001)")
    }
}
