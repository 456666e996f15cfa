import Reports
import Testing

@Suite struct ExperimentSimulationTests {
    private func simulation() -> ExperimentSimulation {
        ExperimentSimulation(
            "button", arms: [.init(name: "red", weight: 1), .init(name: "blue", weight: 1)], rivals: ["colour"])
    }

    @Test func `Arms, rivals and those who do not take part are counted`() throws {
        var simulation = simulation()
        simulation.add([
            [.init(experiment: "button", arm: "red")], [.init(experiment: "button", arm: "blue")],
            [.init(experiment: "button", arm: "red"), .init(experiment: "colour", arm: "x")],
            [.init(experiment: "colour", arm: "x")], [.init(experiment: "button", arm: "unknown")], [],
        ])
        let report = try simulation.report()
        #expect(report.arms.map(\.units) == [2, 1])
        #expect(report.arms.map(\.expected) == [0.5, 0.5])
        #expect((report.drawn, report.shared, report.checks, report.alarms) == (6, 1, 1, 0))
    }

    @Test func `A batch whose shares cannot come from the weights is an alarm`() throws {
        var simulation = simulation()
        simulation.add(
            [[ExperimentSimulation.Assignment]](repeating: [.init(experiment: "button", arm: "red")], count: 1_000))
        let report = try simulation.report()
        #expect(report.alarms == 1)
        #expect(report.pValue < 0.001)
    }
}
