import Decisioning
import Engine
import Experimentation
import Model
import Profiles
import Ruleset
import Testing

/// Units that were exposed to arms, in memory only.
private struct Counted {
    static let yaml = """
        attributes:
          visitor: {plan: {type: string, purpose: telling}}
        events:
          signup: {points: 1}
          order: {points: 1}
        placements:
          hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
        experiments:
          button: {unit: visitor, metrics: [signup, order], arms: {red: {weight: 1}, blue: {weight: 1}}}
          mute: {unit: visitor, arms: {on: {weight: 1}, off: {weight: 1}}}
        policies: {exposure_basis: contract, consent: {telling: {covers: [], default: granted}}}
        """

    let ruleSet: RuleSet
    let rules: BehaviourRules
    let book: NameBook
    let visitors = RecordTable()

    init(requestsReopen: Bool = false) throws {
        let result = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(Self.yaml.utf8))])
        ruleSet = try #require(result.ruleSet, "\(result.diagnostics)")
        var book = NameBook()
        rules = BehaviourRules(ruleSet, DecisionTable(ruleSet), &book, requestsReopen: requestsReopen)
        // An arm of a rule set before.
        _ = book.number(.arm, "button/green")
        _ = book.number(.source, "banner")
        self.book = book
    }

    /// - Parameter plan: Of whom it ends with this.
    func counts(isServed: Bool = true, plan: @escaping @Sendable (String) -> String = { _ in "free" })
        -> ExperimentCounts
    {
        let (book, gate) = (book, rules.gate)
        return ExperimentCounts(
            ExperimentRecords(
                visitors: visitors, accounts: RecordTable(), gate: { isServed ? gate : nil }, book: { book },
                attribute: { name, _, id in name == "plan" ? .string(plan(id)) : nil }, lanes: 3))
    }

    var button: CountedExperiment { CountedExperiment(ruleSet.experiments[0], in: ruleSet) }

    /// - Parameter orders: How many, and what they were worth together; nil for none.
    func add(
        _ id: String, to arm: String, orders: (count: UInt32, value: Double)? = nil, at seconds: Int64 = 100,
        propensity: Float = 0.5, denies: Bool = false
    ) throws {
        var behaviour = Behaviour()
        behaviour.version = 1
        let experiment = try #require(book.known(.experiment, "button"))
        behaviour.trials = [
            Behaviour.Trial(
                experiment: experiment, arm: try #require(book.known(.arm, "button/\(arm)")),
                since: Timestamp(microseconds: seconds * 1_000_000), propensity: propensity)
        ]
        if let orders {
            behaviour.outcomes = [
                Behaviour.Outcome(
                    experiment: experiment, metric: try #require(book.known(.event, "order")), count: orders.count,
                    countBefore: 0, value: orders.value)
            ]
        }
        if denies {
            behaviour.consents = [
                Behaviour.Consent(
                    purpose: try #require(rules.purposes["telling"]),
                    source: try #require(book.known(.source, "banner")),
                    isGranted: false, time: Timestamp(microseconds: 1))
            ]
        }
        let bytes = behaviour.encoded()
        Array(id.utf8).withUnsafeBufferPointer { id in bytes.withUnsafeBytes { visitors.put(id, $0) } }
    }
}

@Suite struct ExperimentCountsTests {
    private func question(
        _ metric: String = "order", _ measure: ExperimentQuestion.Measure = .binary, by: String = ""
    ) -> ExperimentQuestion {
        var question = ExperimentQuestion()
        (question.metric, question.measure, question.by) = (metric, measure, by)
        return question
    }

    @Test(arguments: [(ExperimentQuestion.Measure.binary, 1.0), (.count, 3), (.value, 40)])
    func `Each arm's units are counted, and what they did`(_ measure: ExperimentQuestion.Measure, _ sum: Double)
        async throws
    {
        let counted = try Counted()
        try counted.add("ann", to: "red", orders: (3, 40))
        try counted.add("bob", to: "red")
        try counted.add("eve", to: "blue")
        let result = try await counted.counts().count(question("order", measure), counted.button, counted.ruleSet)
        let arms = try #require(result.groups.first).arms
        // Nobody ever saw the green one, so it is not told.
        #expect(arms.map(\.arm.name) == ["red", "blue"])
        #expect(arms.map(\.count.summary.units) == [2, 1])
        #expect(arms.map(\.count.summary.sum) == [sum, 0])
        #expect(try await counted.counts().units(of: counted.button) == [2, 1])
    }

    @Test func `Without a metric the first is meant`() async throws {
        let counted = try Counted()
        let result = try await counted.counts().count(ExperimentQuestion(), counted.button, counted.ruleSet)
        #expect(result.metric == "signup" && result.groups.count == 1)
    }

    @Test func `Arms of former rules are told when somebody saw them`() async throws {
        let counted = try Counted()
        try counted.add("ann", to: "green", orders: (1, 1))
        let result = try await counted.counts().count(question(), counted.button, counted.ruleSet)
        let green = try #require(result.groups.first?.arms.last)
        #expect(green.arm.name == "green" && green.arm.isGone && green.count.summary.units == 1)
        #expect(counted.counts().withFormerArms(counted.button).arms.map(\.name) == ["red", "blue", "green"])
    }

    @Test func `Where shares changed, units from before all arms had some are not compared`() async throws {
        let counted = try Counted()
        try counted.add("ann", to: "red", at: 100, propensity: 0.9)
        try counted.add("bob", to: "red", at: 300, propensity: 0.5)
        try counted.add("eve", to: "blue", at: 200, propensity: 0.5)
        let result = try await counted.counts().count(question(), counted.button, counted.ruleSet)
        #expect(result.unitsBefore == 1 && result.countedSince == Timestamp(microseconds: 200_000_000))
        #expect(result.groups.first?.arms.map(\.count.summary.units) == [1, 1])
    }

    @Test func `Units are told apart by what they agree to having told`() async throws {
        let counted = try Counted()
        for (id, denies) in [("a1", false), ("b2", false), ("c2", false), ("d2", true)] {
            try counted.add(id, to: "red", denies: denies)
        }
        let counts = counted.counts { $0.hasSuffix("1") ? "free" : "paid" }
        let result = try await counts.count(question(by: "plan"), counted.button, counted.ruleSet)
        #expect(result.groups.map(\.name) == ["free", "paid", ""])
        #expect(result.groups.map(\.isNotAgreed) == [false, false, true])
        #expect(result.groups.map { $0.arms[0].count.summary.units } == [1, 2, 1])
    }

    @Test func `What cannot be counted is named`() async throws {
        let counted = try Counted()
        for number in 0..<51 { try counted.add("visitor-\(number)", to: "red") }
        func refusal(
            _ question: ExperimentQuestion, _ counts: ExperimentCounts, _ experiment: CountedExperiment
        ) async -> String {
            do throws(ExperimentError) {
                _ = try await counts.count(question, experiment, counted.ruleSet)
                return ""
            } catch {
                return "\(error)"
            }
        }
        let all = counted.counts { $0 }
        #expect(await refusal(question(by: "plan"), all, counted.button) == #"tooManyGroups(by: "plan", max: 50)"#)
        #expect(await refusal(question("sales"), all, counted.button).hasPrefix(#"unknown("metric", "sales""#))
        #expect(await refusal(question(by: "plans"), all, counted.button).contains("visitor"))
        #expect(await refusal(question(), counted.counts(isServed: false), counted.button) == "notReady")
        let mute = CountedExperiment(counted.ruleSet.experiments[1], in: counted.ruleSet)
        #expect(await refusal(ExperimentQuestion(), all, mute) == #"measuresNothing(experiment: "mute")"#)
    }
}

@Suite struct ConsentGateTests {
    // Until 0026 a request opened what was denied; now only with the setting.
    @Test(arguments: [false, true])
    func `A request closes what it names, and opens what the stored choice does not deny`(_ reopens: Bool) throws {
        let counted = try Counted(requestsReopen: reopens)
        let needs = counted.rules.gate.needs(of: .visitor, attribute: "plan")
        #expect(needs.count == 1)
        let telling = try #require(counted.rules.purposes["telling"])
        let gate = counted.rules.gate
        let denied = Behaviour.Consent(
            purpose: telling, source: EventLogEntry.none, isGranted: false, time: Timestamp(microseconds: 1))
        #expect(gate.isAgreed(needs, stored: nil))
        #expect(!gate.isAgreed(needs, asked: [:], stored: [denied]))
        #expect(gate.isAgreed(needs, asked: [telling: true], stored: [denied]) == reopens)
        var granted = denied
        granted.isGranted = true
        #expect(gate.isAgreed(needs, asked: [:], stored: [granted]))
        #expect(!gate.isAgreed(needs, asked: [telling: false], stored: [granted]))
        #expect(gate.isAgreed(needs, asked: [telling: true], stored: []))
        // The same of a record as it is kept.
        try counted.add("v", to: "red", denies: true)
        let isOpen = Array("v".utf8).withUnsafeBufferPointer { id in
            let view = counted.visitors.find(id).flatMap { BehaviourView($0.payload) }
            return gate.isAgreed(needs, asked: [telling: true], stored: view)
        }
        #expect(isOpen == reopens)
        let asked = try counted.rules.asked(granted: ["telling"], denied: ["telling"])
        #expect(asked == [telling: false] && !gate.isAgreed(needs, asked: asked, stored: nil))
        #expect(throws: BehaviourError.self) { try counted.rules.asked(granted: ["selling"], denied: []) }
    }
}
