import Engine
import GRPCDoor
import Messages
import Model
import Ruleset
import Testing
import Wire

@Suite struct PushedRulesTests {
    private var pushed: PushedRules {
        var pushed = PushedRules(
            revision: "r2", files: [RuleFile(path: "a.yaml", content: [1, 2])], pushedAt: Timestamp(microseconds: 5),
            author: "ada", reason: "why")
        (pushed.restoredPush, pushed.reverts, pushed.peer) = (3, "r1", "uid 7")
        var ended = EndedExperiment(name: "button")
        (ended.title, ended.unit, ended.metrics, ended.isSteered) = ("Button", .account, ["order"], true)
        ended.arms = [.init(name: "red", weight: 0.25)]
        (ended.endedAt, ended.revision, ended.allocation) = (Timestamp(microseconds: 4), "r0", "0 red")
        pushed.ended = [ended]
        return pushed
    }

    @Test func `A push comes back from the disk as it was stored`() throws {
        let bytes = try pushed.stored()
        #expect(try bytes.withUnsafeBytes { bytes throws(WireError) in try PushedRules(stored: bytes) } == pushed)
        #expect(throws: WireError.self) {
            try [UInt8]([0xff]).withUnsafeBytes { bytes throws(WireError) in try PushedRules(stored: bytes) }
        }
    }

    @Test func `The stored form is the answer of GetRules, as it always was`() throws {
        var message = GetRulesResponse(
            revision: "r2", files: [RuleFileMessage(path: "a.yaml", content: [1, 2])],
            pushedAt: Timestamp(microseconds: 5), author: "ada", reason: "why")
        (message.restoredPush, message.reverts, message.peer) = (3, "r1", "uid 7")
        var ended = EndedExperimentMessage(name: "button")
        (ended.title, ended.unit, ended.metrics, ended.steered) = ("Button", "account", ["order"], true)
        ended.arms = [EndedArmMessage(name: "red", weight: 0.25)]
        (ended.endedAt, ended.revision, ended.allocation) = (Timestamp(microseconds: 4), "r0", "0 red")
        message.ended = [ended]
        #expect(try message.encoded() == pushed.stored())
        #expect(GetRulesResponse(pushed) == message)
    }

    @Test func `The history names a push by its number`() {
        let entry = RevisionMessage(8, pushed)
        #expect((entry.number, entry.revision, entry.author, entry.reason) == (8, "r2", "ada", "why"))
        #expect((entry.restoredPush, entry.reverts, entry.peer) == (3, "r1", "uid 7"))
    }
}
