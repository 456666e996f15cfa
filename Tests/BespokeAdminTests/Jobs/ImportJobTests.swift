import BespokeAdmin
import Importing
import Messages
import Model
import Ruleset
import Synchronization
import TestSupport
import Testing
import Wire

@Suite struct ImportJobTests {
    private let folder = TemporaryFolder()
    private let daemon = FakeDaemon()
    /// Calls that wrote, or only checked: how many rows each had.
    private let written = Counted()

    final class Counted: Sendable {
        let rows = Mutex<[(rows: Int, isDry: Bool)]>([])

        var all: [String] { rows.withLock { $0.map { "\($0.isDry ? "checked" : "wrote") \($0.rows)" } } }
    }

    init() {
        daemon.answer("ImportProfiles") { [written] messages in
            let requests = messages.compactMap { $0 as? ImportProfilesRequest }
            let count = requests.reduce(0) { $0 + $1.rows.count }
            let isDry = requests.first?.options?.dryRun == true
            written.rows.withLock { $0.append((count, isDry)) }
            return ImportProfilesResponse(written: UInt64(count), rejected: 0, rejects: [], committed: !isDry)
        }
    }

    private func file(_ text: String) throws -> FileReader {
        let path = folder.path + "/in.csv"
        try Files.replaceWhole(path, Array(text.utf8))
        return try FileReader(path)
    }

    private func rows(_ count: Int, bad: Int? = nil) -> String {
        "id,age\n" + (0..<count).map { $0 == bad ? "v\($0),many\n" : "v\($0),30\n" }.joined()
    }

    private func job(
        _ file: FileReader, skipInvalid: Bool = false, dryRun: Bool = false, callBytesMax: Int = 1 << 20,
        rejects: RejectsFile? = nil
    ) throws -> ImportJob {
        let age = Attribute(
            entity: .visitor, name: "age", type: .int, position: SourcePosition(file: "a", line: 1, column: 1))
        return ImportJob(
            daemon: daemon, file: file,
            fresh: ProfileBatches(kind: .visitor, attributes: [age], now: Timestamp(microseconds: 1)),
            options: ImportOptions(skipInvalid: skipInvalid, dryRun: dryRun, respectErasure: false),
            rejectsFile: rejects, callBytesMax: callBytesMax,
            checkpoint: ImportCheckpoint(
                file: .init(byteCount: file.byteCount, modifiedNanoseconds: 1, head: []), settings: []),
            at: folder.path + "/resume", progress: { _, _ in })
    }

    private var hasCheckpoint: Bool {
        get throws { try Files.contentIfThere(folder.path + "/resume", bytesMax: 4_096) != nil }
    }

    @Test func `A good file goes in one call`() async throws {
        var job = try job(file(rows(3)))
        let response = try await job.run()
        #expect((response.written, response.rejected, response.committed) == (3, 0, true))
        #expect(written.all == ["wrote 3"])
        #expect(try !hasCheckpoint)
        #expect(job.writtenSoFar == nil)
    }

    @Test func `One bad row keeps everything out, and the daemon checks the others`() async throws {
        let file = try file(rows(3, bad: 1))
        let rejects = try RejectsFile(folder.path + "/rejects.csv", besides: file)
        var job = try job(file, rejects: rejects)
        let response = try await job.run()
        #expect((response.written, response.rejected) == (0, 1))
        #expect(response.rejects.first?.line == 3)
        #expect(daemon.calls.last == "ImportProfiles")
        #expect(written.all == ["checked 2"])
        let list = String(decoding: try Files.content(folder.path + "/rejects.csv", bytesMax: 4_096), as: UTF8.self)
        #expect(list.hasPrefix(ImportText.rejectsHead) && list.contains("3,age,") && list.contains("many"))
    }

    @Test func `Good rows go in without the bad ones when that is asked for`() async throws {
        var job = try job(file(rows(3, bad: 1)), skipInvalid: true)
        let response = try await job.run()
        #expect((response.written, response.rejected) == (2, 1))
        #expect(written.all == ["wrote 2"])
    }

    @Test func `A dry run checks and shows the first rows`() async throws {
        var job = try job(file(rows(3)), dryRun: true)
        _ = try await job.run()
        #expect(written.all == ["checked 3"])
        #expect(job.firstRows.count == 3)
    }

    @Test func `What is too large for one call is checked whole and goes in several`() async throws {
        let count = 30_000
        var job = try job(file(rows(count)), callBytesMax: 1)
        let response = try await job.run()
        #expect(response.written == UInt64(count))
        let all = written.all
        #expect(all.filter { $0.hasPrefix("checked") }.count > 1)
        #expect(all.filter { $0.hasPrefix("wrote") }.count > 1)
        #expect(all.firstIndex { $0.hasPrefix("wrote") } == all.count { $0.hasPrefix("checked") })
        #expect(try !hasCheckpoint)
    }

    @Test func `A call that fails leaves a note from which the next run goes on`() async throws {
        let count = 30_000
        let file = try file(rows(count))
        let done = Counted()
        daemon.answer("ImportProfiles") { messages in
            let requests = messages.compactMap { $0 as? ImportProfilesRequest }
            let rows = requests.reduce(0) { $0 + $1.rows.count }
            guard requests.first?.options?.dryRun != true else {
                return ImportProfilesResponse(written: UInt64(rows), rejected: 0, rejects: [], committed: false)
            }
            let calls = done.rows.withLock { rows in
                rows.append((0, false))
                return rows.count
            }
            guard calls != 2 else { throw FakeDaemon.Refusal(codeName: "UNAVAILABLE") }
            return ImportProfilesResponse(written: UInt64(rows), rejected: 0, rejects: [], committed: true)
        }
        var job = try job(file, callBytesMax: 1)
        await #expect(throws: FakeDaemon.Refusal.self) { try await job.run() }
        let before = try #require(job.writtenSoFar)
        #expect(before > 0 && before < UInt64(count))
        #expect(try hasCheckpoint)

        try file.rewind()
        var again = try self.job(file, callBytesMax: 1)
        #expect(try again.resume() == before)
        #expect(try await again.run().written == UInt64(count))
        #expect(try !hasCheckpoint)
    }

    @Test func `A note of another file is refused`() async throws {
        var other = ImportCheckpoint(file: .init(byteCount: 1, modifiedNanoseconds: 1, head: []), settings: [])
        other.advance(through: 2, written: 1, rejected: 0)
        try Files.replaceWhole(folder.path + "/resume", Array(other.text.utf8))
        var job = try job(file(rows(1)))
        let failure = #expect(throws: Failure.self) { try job.resume() }
        #expect(failure?.code == "FAILED_PRECONDITION")
        #expect(failure?.message?.contains("has changed since 1 of its profiles were written") == true)
    }

    @Test func `A file that is no CSV is named`() async throws {
        var job = try job(file("id,nothing\n1,2\n"))
        let failure = await #expect(throws: Failure.self) { try await job.run() }
        #expect(failure?.code == "INVALID_ARGUMENT")
        #expect(failure?.message?.contains("in.csv: ") == true)
    }
}
