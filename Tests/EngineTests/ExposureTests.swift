import Engine
import Model
import Synchronization
import Testing

@Suite("What is decided and shown at once")
struct ExposureTests {
    /// Keeps exposures in memory, or refuses them.
    private final class Kept: Sendable {
        let exposures = Mutex<[Exposure]>([])
        let refusal: BehaviourError?

        init(refusing refusal: BehaviourError? = nil) {
            self.refusal = refusal
        }

        var log: ExposureLog {
            ExposureLog { [self] _, shown, done throws(DecideError) in
                let shown = try shown()
                if let refusal { throw .notRecorded(refusal) }
                exposures.withLock { $0 += shown }
                done(nil)
                return nil
            }
        }
    }

    private func record(
        _ asked: Asked, _ engine: TestEngine, in kept: Kept, isAccepted: Bool = true
    ) throws -> Decided? {
        try asked.question { question in
            var decided: Decided?
            _ = try engine.engine.decideAndRecord(
                question, clock: { TestEngine.now }, in: kept.log,
                accept: { answer in
                    decided = Decided(answer)
                    return isAccepted
                },
                done: { _ in })
            return decided
        }
    }

    private let vip = Asked(visitorID: "ann", visitor: [(Array("vip".utf8), Scalar(true))], recordsExposure: true)

    @Test func `What shows something is kept, under the decision's id`() throws {
        let (engine, kept) = (try TestEngine(LoopEngineTests.rules), Kept())
        let decided = try record(vip, engine, in: kept)
        let exposures = kept.exposures.withLock { $0 }
        #expect(exposures.count == 1)
        let hero = try #require(exposures.first)
        #expect((hero.placement, hero.campaign, hero.variant) == ("hero", "office", "fast"))
        #expect((hero.visitorID, hero.decisionID, hero.time) == ("ann", decided?.identifier, TestEngine.now))
    }

    @Test func `An answer that cannot be sent shows nothing`() throws {
        let (engine, kept) = (try TestEngine(LoopEngineTests.rules), Kept())
        #expect(try record(vip, engine, in: kept, isAccepted: false) != nil)
        #expect(kept.exposures.withLock { $0.isEmpty })
    }

    @Test func `What needs a consent that is lacking is not kept, and the decision says so`() throws {
        let rules = LoopEngineTests.rules.replacing("covers: []", with: "covers: [events]")
        let (engine, kept) = (try TestEngine(rules), Kept())
        #expect(try record(vip, engine, in: kept)?.exposuresNotAgreed == 1)
        #expect(kept.exposures.withLock { $0.isEmpty })
        var agreed = vip
        agreed.granted = ["ads"]
        #expect(try record(agreed, engine, in: kept)?.exposuresNotAgreed == 0)
        #expect(kept.exposures.withLock { $0.count } == 1)
    }

    @Test func `Nobody, and the day after tomorrow, are refused`() throws {
        let (engine, kept) = (try TestEngine(LoopEngineTests.rules), Kept())
        var nobody = vip
        nobody.visitorID = ""
        #expect(throws: DecideError.self) { try record(nobody, engine, in: kept) }
        var later = vip
        later.now = Timestamp(microseconds: TestEngine.now.microseconds + 300_000_000)
        #expect(try record(later, engine, in: kept) != nil)
        later.now = Timestamp(microseconds: TestEngine.now.microseconds + 300_000_001)
        #expect(throws: DecideError.self) { try record(later, engine, in: kept) }
        #expect(throws: DecideError.self) { try record(vip, engine, in: Kept(refusing: .journal("full"))) }
    }
}

@Suite struct DecisionTapTests {
    @Test func `The sink gets a record of each placement, and of each arm that changes none`() throws {
        let engine = try TestEngine(LoopEngineTests.rules, isTapped: true)
        let asked = Asked(visitorID: "ann", visitor: [(Array("vip".utf8), Scalar(true))])
        let identifier = try asked.question { question in
            let answer = try engine.engine.decide(question, defaultNow: TestEngine.now)
            engine.engine.noteAnswered(answer)
            engine.engine.noteAnswered(answer)
            return String(answer.identifier)
        }
        let records = try #require(engine.state.tap?.take().records)
        #expect(records.map(\.id).prefix(3) == ["\(identifier)/hero", "\(identifier)/strip", "\(identifier)/button"])
        #expect(records.count == 6 && records.prefix(3) == records.suffix(3))
        #expect(records.map(\.reason).prefix(3) == ["campaign", "default", ""])
        #expect(records[0].campaign == "office" && records[0].variant == "fast" && records[0].visitorID == "ann")
        #expect(records[2].experiment == "button" && records[2].propensity == 0.5)
        #expect(["red", "blue"].contains(records[2].arm))
        #expect(records.allSatisfy { $0.time == TestEngine.now && $0.decisionID == identifier })
        #expect(engine.state.tap?.take().records.isEmpty == true)
    }

    @Test func `A preview does not reach the sink`() throws {
        let engine = try TestEngine(LoopEngineTests.rules, isTapped: true)
        var asked = Asked(visitorID: "ann")
        asked.preview = ("", ["button": "blue"], [:])
        try asked.question { engine.engine.noteAnswered(try engine.engine.decide($0, defaultNow: TestEngine.now)) }
        #expect(engine.state.tap?.take().records.isEmpty == true)
    }
}

@Suite struct DecisionExplainerTests {
    @Test func `An explanation comes with the decision that it explains`() async throws {
        let engine = try TestEngine(LoopEngineTests.rules)
        let asked = Asked(visitorID: "ann", visitor: [(Array("vip".utf8), Scalar(true))], placements: ["hero"])
        let decided = try engine.decide(asked)
        let explainer = DecisionExplainer(loops: engine.loops, known: engine.known, previews: .open)
        let question = Held(asked)
        let explained = try #require(
            try await explainer.explain(question.question, defaultNow: TestEngine.now, searchesNearestMisses: false))
        explained.withDecision { decision, identifier in
            #expect(String(identifier) == decided.identifier)
            #expect(decision.pointee.placements.map { String($0.variant) } == ["fast"])
        }
        #expect(!explained.explanation.placements.isEmpty)
    }

    @Test func `Loops that have ended explain nothing`() async throws {
        let engine = try TestEngine(LoopEngineTests.rules)
        let explainer = DecisionExplainer(loops: LoopRegistry([{ $0(nil) }]), known: engine.known, previews: .open)
        let question = Held(Asked())
        #expect(
            try await explainer.explain(question.question, defaultNow: TestEngine.now, searchesNearestMisses: false)
                == nil)
    }
}

@Suite struct LoopRegistryTests {
    @Test func `Each loop answers in its place, one that has ended not at all`() async throws {
        let states = try (0..<3).map { _ in try TestEngine(LoopEngineTests.rules) }
        let registry = LoopRegistry([
            states[0].loop, { $0(nil) }, states[2].loop,
        ])
        #expect(registry.count == 3)
        states[2].state.snapshot = nil
        #expect(await registry.onEach { $0.snapshot != nil } == [true, false])
        #expect(await registry.onOne { $0.snapshot != nil } == true)
    }
}
