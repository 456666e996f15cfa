import BespokeAdmin
import Messages
import Testing

@Suite struct SimulatedUnitsTests {
    private func experiment(_ condition: String = "", unit: String = "visitor", status: String = "running")
        -> RuleNameMessage
    {
        RuleNameMessage(
            kind: "experiment", name: "button", condition: condition,
            experiment: ExperimentFactsMessage(status: status, unit: unit))
    }

    @Test func `Units are made up where nothing has to be known of them`() async throws {
        var units = SimulatedUnits(experiment: experiment(), base: DecideRequestMessage(), isStored: false)
        let first = try await units.next(2, FakeDaemon(stored: ["a"]))
        #expect(first.map(\.visitorID) == ["simulated-0", "simulated-1"])
        #expect(first.map(\.accountID) == ["simulated-0", "simulated-1"])
        #expect(try await units.next(1, FakeDaemon()).map(\.visitorID) == ["simulated-2"])
        #expect(units.count == 3)
    }

    @Test func `Where there is a condition the stored ones are drawn, each once`() async throws {
        let daemon = FakeDaemon(stored: ["a", "b", "c"])
        var units = SimulatedUnits(experiment: experiment("x"), base: DecideRequestMessage(), isStored: false)
        #expect(try await units.next(2, daemon).map(\.visitorID) == ["a", "b"])
        #expect(try await units.next(2, daemon).map(\.visitorID) == ["c"])
        #expect(try await units.next(2, daemon).isEmpty)
        #expect(
            units.nobody(experiment("x")).contains(
                "none of 3 units takes part (stored visitors): its `when` holds for none"))
    }

    @Test func `Whoever describes the units has them made up`() async throws {
        var base = DecideRequestMessage()
        base.placements = ["hero"]
        var units = SimulatedUnits(experiment: experiment("x"), base: base, isStored: false)
        let first = try await units.next(1, FakeDaemon(stored: ["a"]))
        #expect(first.first?.visitorID == "simulated-0" && first.first?.placements == ["hero"])
    }

    @Test func `Accounts are drawn for an experiment over accounts`() async throws {
        var units = SimulatedUnits(
            experiment: experiment(unit: "account"), base: DecideRequestMessage(), isStored: true)
        let first = try await units.next(1, FakeDaemon(stored: ["a"]))
        #expect(first.first?.accountID == "a" && first.first?.visitorID == "")
    }

    @Test func `Why nobody takes part is said`() {
        let none = SimulatedUnits(experiment: experiment("x"), base: DecideRequestMessage(), isStored: false)
        #expect(none.nobody(experiment("x")).contains("no visitor is stored"))
        let made = SimulatedUnits(experiment: experiment(), base: DecideRequestMessage(), isStored: false)
        #expect(made.nobody(experiment()).contains("a block, a holdout"))
        #expect(made.nobody(experiment(status: "over")).contains("it is over"))
    }

    @Test(arguments: [("0.02", "relative(0.02)"), ("2%", "relative(0.02)"), ("0.5abs", "absolute(0.5)")])
    func `Margins are shares, per cent or absolute`(text: String, margin: String) throws {
        #expect("\(try #require(MarginText.parse(text)))" == margin)
    }

    @Test(arguments: ["", "x", "-1", "nan", "%", "abs", "infabs"])
    func `Other margins are none`(text: String) { #expect(MarginText.parse(text) == nil) }
}
