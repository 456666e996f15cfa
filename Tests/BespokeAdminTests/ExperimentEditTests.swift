import BespokeAdmin
import Model
import Ruleset
import Testing

@Suite struct ExperimentEditTests {
    private static let head = """
        attributes:
          visitor:
            age: { type: int }
        events:
          order: { points: 1 }
        placements:
          hero: { kind: page, fields: { headline: { max_length: 40 } }, default: { headline: Hello } }
        experiments:

        """
    private static let body = """
              unit: visitor
              placement: hero
              arms: # two of them
                red: { weight: 1, fields: { headline: Red } }
                blue: { weight: 1, fields: { headline: Blue } }
              metrics: [order]
        """
    private let now = Timestamp(microseconds: 1_780_000_000_500_000)
    private let nowText = "2026-05-28T20:26:40Z"

    private func files(_ experiment: String) -> [RuleFile] {
        [RuleFile(path: "x.yaml", content: Array((Self.head + experiment).utf8))]
    }

    private func text(_ files: [RuleFile]) -> String { String(decoding: files[0].content, as: UTF8.self) }

    private var running: [RuleFile] { files("  # ours\n  button:\n\(Self.body)\n  # behind\n") }

    @Test func `Stopping writes an end that has come, and nothing else`() throws {
        let edited = try ExperimentEdit.stop("button", in: running, at: now)
        #expect(text(edited) == text(running).replacing("  button:\n", with: "  button:\n      ends: \(nowText)\n"))
    }

    @Test func `What was stopped starts again as it was`() throws {
        let stopped = try ExperimentEdit.stop("button", in: running, at: now)
        #expect(try ExperimentEdit.start("button", in: stopped, at: now) == running)
    }

    @Test func `An end that is to come is brought forward`() throws {
        let later = files("  button:\n      ends: 2030-01-01T00:00:00Z # then\n\(Self.body)\n")
        let edited = text(try ExperimentEdit.stop("button", in: later, at: now))
        #expect(edited.contains("      ends: \(nowText)\n"))
        #expect(!edited.contains("2030"))
    }

    @Test func `What begins later begins now`() throws {
        let later = files("  button:\n      starts: 2030-01-01T00:00:00Z\n\(Self.body)\n")
        let edited = text(try ExperimentEdit.start("button", in: later, at: now))
        #expect(edited.contains("      starts: \(nowText)\n"))
        let problem = #expect(throws: EditProblem.self) { try ExperimentEdit.stop("button", in: later, at: now) }
        #expect(problem?.description.contains("has not begun yet") == true)
    }

    @Test func `One line of braces is not edited, and the words say what to write`() {
        let flow = files(
            "  button: {unit: visitor, placement: hero, metrics: [order], arms: {red: {weight: 1}, blue: {weight: 1}}}\n"
        )
        let problem = #expect(throws: EditProblem.self) { try ExperimentEdit.stop("button", in: flow, at: now) }
        #expect(
            problem?.description.contains("write `ends: \(nowText)` by hand") == true, "\(problem?.description ?? "")")
    }

    @Test func `What cannot be done is said`() {
        func words(_ body: () throws -> [RuleFile]) -> String {
            do {
                _ = try body()
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(words { try ExperimentEdit.stop("buton", in: running, at: now) }.contains("did you mean `button`?"))
        #expect(words { try ExperimentEdit.start("button", in: running, at: now) }.contains("runs already"))
        let over = files("  button:\n      ends: 2020-01-01T00:00:00Z\n\(Self.body)\n")
        #expect(words { try ExperimentEdit.stop("button", in: over, at: now) }.contains("has ended already"))
        #expect(words { try ExperimentEdit.stop("button", in: files("  button: [\n"), at: now) }.contains("x.yaml:"))
    }
}
