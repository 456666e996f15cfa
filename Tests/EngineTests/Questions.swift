import Decisioning
import Engine
import Model
import Profiles
import Ruleset
import Telemetry
import Testing

/// An engine on a loop that is none, with a rule set from YAML: what a daemon has without any socket.
final class TestEngine {
    let state: LoopState
    let engine: LoopEngine
    let known: KnownState
    let table: DecisionTable
    let visitors = RecordTable()

    static let now = Timestamp(microseconds: 1_700_000_000_000_000)

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(
        _ yaml: String, previews: PreviewAccess = .open, isTapped: Bool = false, requestsReopen: Bool = false
    ) throws {
        let result = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(yaml.utf8))])
        guard let ruleSet = result.ruleSet else {
            throw Failure(description: result.diagnostics.map(\.message).joined(separator: "\n"))
        }
        table = DecisionTable(ruleSet)
        state = LoopState(latency: LatencyRecorder(methods: ["Decide"]), tap: isTapped ? DecisionTap() : nil)
        var book = NameBook()
        for name in table.purposeNames { _ = book.number(.purpose, name) }
        state.snapshot = Snapshot(
            table: table, ruleSet: ruleSet, visitorAttributes: [], accountAttributes: [],
            behaviour: BehaviourMap(table, ruleSet, book), goals: [], revisionHash: 7)
        known = KnownState(
            profiles: ProfileReader(visitors: ProfileTable(entity: .visitor), accounts: ProfileTable(entity: .account)),
            visitors: visitors, accounts: RecordTable(), aliases: AliasTable(), objections: ObjectionTable(),
            requestsReopen: requestsReopen)
        engine = LoopEngine(state: state, known: known, previews: previews)
    }

    /// What is to run on the loop runs at once.
    var loop: LoopRegistry.Loop {
        // The test's thread is the loop.
        nonisolated(unsafe) let state = state
        return { body in body(state) }
    }

    var loops: LoopRegistry { LoopRegistry([loop]) }

    func decide(_ asked: Asked, now: Timestamp = TestEngine.now) throws -> Decided {
        try asked.question { Decided(try engine.decide($0, defaultNow: now)) }
    }
}

/// What a test asks; owned, turned into a question for as long as it is answered.
struct Asked {
    var bytes: [UInt8] = [1, 2, 3]
    var visitorID = ""
    var accountID = ""
    var now: Timestamp?
    var page: (ip: String, country: String, device: String)?
    var visitor: [(name: [UInt8], value: Scalar)] = []
    var granted: [String] = []
    var denied: [String] = []
    var placements: [String] = []
    var recordsExposure = false
    var preview: (token: String, arms: [String: String], variants: [String: String])?

    /// - Parameter body: Gets a question whose memory lives during the call.
    func question<Result>(_ body: (Question) throws -> Result) rethrows -> Result {
        let held = Held(self)
        return try withExtendedLifetime(held) { try body(held.question) }
    }
}

/// A question with its memory.
final class Held {
    private let memory = Memory()
    private(set) var question: Question

    init(_ asked: Asked) {
        question = Question(bytes: UnsafeRawBufferPointer(memory.list(asked.bytes)))
        question.visitorID = memory.text(asked.visitorID)
        question.accountID = memory.text(asked.accountID)
        question.now = asked.now
        if let page = asked.page {
            question.page = PageContext(
                ip: memory.text(page.ip), country: memory.text(page.country), device: memory.text(page.device))
        }
        question.visitor = memory.list(
            asked.visitor.map { name, value in
                let bytes = memory.list(name)
                return NamedValue(name: BorrowedText(start: bytes.baseAddress, count: bytes.count), value: value)
            })
        question.granted = memory.list(asked.granted.map(memory.text))
        question.denied = memory.list(asked.denied.map(memory.text))
        question.placements = memory.list(asked.placements.map(memory.text))
        question.recordsExposure = asked.recordsExposure
        question.preview = asked.preview.map { preview in
            var wishes = PreviewWishes()
            wishes.token = memory.text(preview.token)
            (wishes.arms, wishes.variants) = (pairs(preview.arms), pairs(preview.variants))
            return wishes
        }
    }

    private func pairs(_ texts: [String: String]) -> UnsafeBufferPointer<TextPair> {
        memory.list(texts.map { TextPair(name: memory.text($0.key), text: memory.text($0.value)) })
    }
}

/// An answer's facts, owned.
struct Decided: Equatable {
    var identifier: String
    var placements: [String]
    var reasons: [DecisionReason]
    var exposuresNotAgreed: UInt32

    init(_ answer: Answer) {
        let decision = answer.decision.pointee
        identifier = String(answer.identifier)
        placements = decision.placements.map {
            "\(String($0.placement)): \(String($0.campaign))/\(String($0.variant)) \(String($0.arm))"
        }
        reasons = decision.placements.map(\.reason)
        exposuresNotAgreed = decision.exposuresNotAgreed
    }
}

/// Frees what a question borrows.
final class Memory {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit { for block in blocks { block.deallocate() } }

    func text(_ text: String) -> BorrowedText {
        let bytes = list(Array(text.utf8))
        return BorrowedText(start: bytes.baseAddress, count: bytes.count)
    }

    func list<Item: BitwiseCopyable>(_ items: [Item]) -> UnsafeBufferPointer<Item> {
        guard !items.isEmpty else { return UnsafeBufferPointer(start: nil, count: 0) }
        let room = UnsafeMutableBufferPointer<Item>.allocate(capacity: items.count)
        _ = room.initialize(from: items)
        blocks.append(UnsafeMutableRawPointer(room.baseAddress!))
        return UnsafeBufferPointer(room)
    }
}
