import BespokeAdmin
import Importing
import Messages
import Model
import Ruleset
import TestSupport
import Testing
import Wire

@Suite struct EventImportJobTests {
    private static let mapping = """
        kind: event
        visitor: Email
        columns: {Paid at: {attribute: time, date: iso}, Total: value}
        constants: {name: order}
        """

    private let folder = TemporaryFolder()
    private let daemon = FakeDaemon()

    private func job(_ text: String, skipsInvalid: Bool = false, isDryRun: Bool = false) throws -> EventImportJob {
        let path = folder.path + "/orders.csv"
        try Files.replaceWhole(path, Array(text.utf8))
        let file = try FileReader(path)
        let loaded = ImportMappingLoader.loadEvents(
            RuleFile(path: "m.yaml", content: Array(Self.mapping.utf8)), events: ["order"])
        let mapping = try #require(loaded.mapping, "\(loaded.diagnostics.map(\.message))")
        return EventImportJob(
            daemon: daemon, file: file,
            fresh: EventRows(
                mapping: mapping, events: ["order"], format: .csv, now: Timestamp(microseconds: 1_780_000_000_000_000)),
            skipsInvalid: skipsInvalid, isDryRun: isDryRun, rejectsFile: nil,
            checkpoint: ImportCheckpoint(
                file: .init(byteCount: file.byteCount, modifiedNanoseconds: 1, head: []), settings: []),
            at: folder.path + "/resume", progress: { _, _ in })
    }

    private func orders(_ count: Int, bad: Int? = nil) -> String {
        "Email,Paid at,Total\n"
            + (0..<count).map { "v\($0)@x.example,2026-01-0\($0 % 9 + 1)T10:00:00Z,\($0 == bad ? "x" : "5")\n" }
            .joined()
    }

    /// Records all but events of one visitor.
    private func answer(refusing id: String = "") {
        daemon.answer("Record") { messages in
            let events = messages.compactMap { $0 as? RecordRequest }.flatMap(\.events)
            if let place = events.firstIndex(where: { $0.visitorID == id }) {
                throw FakeDaemon.Refusal(codeName: "INVALID_ARGUMENT", message: "events[\(place)].visitor_id: is bad")
            }
            return RecordResponse(recorded: UInt64(events.count))
        }
    }

    @Test func `Good events are checked first and recorded then`() async throws {
        answer()
        var job = try job(orders(2_500))
        let result = try await job.run { _ in }
        #expect((result.recorded, result.count, result.rejects.count) == (2_500, 2_500, 0))
        #expect(daemon.calls == ["Record", "Record", "Record"])
        #expect(!job.isStopped)
    }

    @Test func `A bad row keeps everything out`() async throws {
        answer()
        var job = try job(orders(3, bad: 1))
        let result = try await job.run { _ in }
        #expect(result.rejects.count == 1 && result.recorded == 0)
        #expect(job.isStopped && daemon.calls.isEmpty)
    }

    @Test func `A dry run records nothing`() async throws {
        var job = try job(orders(3), isDryRun: true)
        var notes: [String] = []
        let result = try await job.run { notes.append($0) }
        #expect((result.count, result.first.count) == (3, 3))
        // What only the daemon knows is not promised.
        #expect(notes.count == 1 && notes[0].contains("agree") && notes[0].contains("event_retention_days"))
        #expect(daemon.calls.isEmpty && !job.isStopped)
    }

    @Test func `What the daemon refuses is found by halves and left out when that is asked for`() async throws {
        answer(refusing: "v6@x.example")
        var job = try job(orders(8), skipsInvalid: true)
        let result = try await job.run { _ in }
        #expect((result.recorded, result.rejects.count) == (7, 1))
        #expect(result.rejects.shown.first?.line == 8)
        #expect(result.rejects.shown.first?.reason.contains("is bad") == true)
    }

    @Test func `Else it ends the import, and the next run goes on behind what was sent`() async throws {
        answer(refusing: "v6@x.example")
        var job = try job(orders(8))
        let failure = await #expect(throws: Failure.self) { try await job.run { _ in } }
        #expect(failure?.message?.contains("line 8: ") == true)
        #expect(failure?.message?.contains("--skip-invalid") == true)

        answer()
        var again = try self.job(orders(8))
        var notes: [String] = []
        let result = try await again.run { notes.append($0) }
        #expect(notes.first?.contains("sent by the run before") == true)
        #expect(result.recorded == 2)
        #expect(try Files.contentIfThere(folder.path + "/resume", bytesMax: 4_096) == nil)
    }

    @Test func `Other failures are passed on`() async throws {
        daemon.answer("Record") { _ in throw FakeDaemon.Refusal(codeName: "UNAVAILABLE") }
        var job = try job(orders(2))
        await #expect(throws: FakeDaemon.Refusal.self) { try await job.run { _ in } }
    }
}
