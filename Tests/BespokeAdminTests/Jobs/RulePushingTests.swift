import BespokeAdmin
import Decisioning
import Messages
import Model
import Ruleset
import TestSupport
import Testing

@Suite struct RulePushingTests {
    private let plain = Style(isColoured: false)

    private func file(_ points: Int) -> RuleFileMessage {
        RuleFileMessage(path: "a.yaml", content: Array("events:\n  demo: {points: \(points)}\n".utf8))
    }

    /// Serves `c` after `b` after `a`.
    private var daemon: FakeDaemon {
        let files = ["a": file(1), "b": file(2), "c": file(3)]
        return FakeDaemon([
            "GetRules": { messages in
                let asked = (messages.first as? GetRulesRequest)?.revision ?? ""
                let revision = asked.isEmpty ? "c" : asked
                guard let file = files[revision] else { throw FakeDaemon.Refusal(codeName: "NOT_FOUND") }
                return GetRulesResponse(revision: revision, files: [file])
            },
            "ListRevisions": { _ in
                ListRevisionsResponse(revisions: [
                    RevisionMessage(revision: "c", author: "cleo", reason: "third"),
                    RevisionMessage(revision: "b", author: "bob", reason: "second"),
                    RevisionMessage(revision: "a", author: "ada", reason: "first"),
                ])
            },
        ])
    }

    @Test func `A push is answered`() async throws {
        let daemon = FakeDaemon([
            "PushRules": { messages in
                let request = messages.first as? PushRulesRequest
                return PushRulesResponse(accepted: true, revision: request?.author ?? "")
            }
        ])
        let response = try await RulePushing.push(PushRulesRequest(author: "ada"), daemon) { _ in }
        #expect(response.revision == "ada")
    }

    @Test func `A push whose answer was lost is told by what is served`() async throws {
        let sent = file(1)
        let files = [RuleFile(path: sent.path, content: sent.content)]
        let digest = try #require(RuleCheck(files).ruleSet?.revision.digest)
        let daemon = FakeDaemon([
            "GetRules": { _ in GetRulesResponse(revision: digest, files: [sent]) },
            "ListRevisions": { _ in ListRevisionsResponse(revisions: [RevisionMessage(revision: digest)]) },
        ])
        let between = try await RulesBetween(base: "before", folder: files, daemon)
        let answer = try #require(between.answer(asPushed: files))
        #expect(answer.accepted && answer.revision == digest && answer.allocations.isEmpty)
        #expect(between.answer(asPushed: [RuleFile(path: sent.path, content: file(2).content)]) == nil)
    }

    @Test(arguments: [("UNAVAILABLE", true), ("CANCELLED", true), ("ABORTED", false)])
    func `Whether a push took effect is not known when its answer is lost`(code: String, isUnknown: Bool) async {
        let daemon = FakeDaemon(["PushRules": { _ in throw FakeDaemon.Refusal(codeName: code, isUnreachable: true) }])
        do {
            _ = try await RulePushing.push(PushRulesRequest(), daemon) { _ in }
            Issue.record("it was refused")
        } catch let failure as Failure {
            #expect(isUnknown && failure.kind == .unreachable)
            #expect(failure.message?.contains("`bespokectl rules history` says") == true)
        } catch {
            #expect(!isUnknown)
        }
    }

    @Test func `What came between is told by who pushed it and what changed`() async throws {
        let between = try await RulesBetween(base: "a", folder: [], daemon)
        #expect(between.isBaseKnown)
        #expect(between.pushes.map(\.author) == ["cleo", "bob"])
        let text = between.text(plain)
        #expect(text.hasPrefix("The folder was made from revision a; since then others have pushed:\n"))
        for part in ["cleo", "second", "What they changed:", "demo"] { #expect(text.contains(part), "\(part)") }
        #expect(!text.contains("ada"))
        let json = between.json.line()
        #expect(json.contains(#""accepted": false"#) && json.contains(#""madeFrom": "a""#) && json.contains("points"))
    }

    @Test func `A base that the daemon never had is said, and the folder compared`() async throws {
        let folder = [RuleFile(path: "a.yaml", content: file(3).content)]
        let between = try await RulesBetween(base: "z", folder: folder, daemon)
        #expect(!between.isBaseKnown && between.pushes.isEmpty)
        #expect(between.text(plain).contains("has never served or has forgotten"))
        #expect(between.text(plain).hasSuffix("The rules say the same.\n"))
        let begun = try await RulesBetween(base: FolderRevision.noRevision, folder: folder, daemon)
        #expect(begun.text(plain).hasPrefix("The folder was begun anew, and revision c is served.\n"))
    }

    @Test func `Lines are made safe for a terminal one by one`() {
        #expect(RulePushing.printable("a\u{1b}[2J\nb\n") == "a?[2J\nb\n")
    }

    @Test func `A folder keeps by daemon what it was made from, and the arms`() throws {
        let folder = TemporaryFolder()
        var state = try RuleFolderState(folder.path, daemon: "unix:/a")
        #expect(state.revision == nil)
        let digest = String(repeating: "a", count: 32)
        try state.set(digest)
        #expect(try RuleFolderState(folder.path, daemon: "unix:/a").revision == digest)
        #expect(try RuleFolderState(folder.path, daemon: "unix:/b").revision == nil)

        #expect(try state.keepArms([]) == nil)
        #expect(try state.keepArms([1])?.contains("commit it with the rules") == true)
        #expect(try state.keepArms([1]) == nil)
        #expect(try state.keepArms([])?.hasPrefix("removed") == true)

        try Files.replaceWhole(folder.path + "/" + FolderRevision.fileName, Array("nonsense\n".utf8))
        let failure = #expect(throws: Failure.self) { try RuleFolderState(folder.path, daemon: "unix:/a") }
        #expect(failure?.message?.contains("\(FolderRevision.fileName):1: ") == true)
    }

    @Test func `A new folder was made from nothing, whatever the daemon`() throws {
        let folder = TemporaryFolder()
        try RuleFolderState.begin(folder.path)
        #expect(try RuleFolderState(folder.path, daemon: "unix:/any").revision == FolderRevision.noRevision)
    }
}
