import Engine
import Model
import Testing

@Suite struct EndedExperimentTests {
    @Test func `An experiment that has ended is counted as it was`() {
        var ended = EndedExperiment(name: "button")
        (ended.unit, ended.metrics, ended.isSteered) = (.account, ["order"], true)
        ended.arms = [.init(name: "red", weight: 0.25), .init(name: "blue", weight: 0.75)]
        ended.endedAt = TestEngine.now
        let counted = CountedExperiment(ended)
        #expect((counted.name, counted.unit, counted.metrics) == ("button", .account, ["order"]))
        #expect(counted.isSteered && counted.endedAt == TestEngine.now)
        #expect(counted.arms.map(\.name) == ["red", "blue"] && counted.arms.map(\.weight) == [0.25, 0.75])
        #expect(counted.arms.allSatisfy { !$0.isGone })
    }
}
