internal import Ledger
internal import Store
import TestSupport
internal import Testing

#if canImport(Glibc)
    internal import Glibc
#endif

@Suite struct SortedRunTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/data/journal" }
    private var incoming: String { path + "/incoming.sst" }

    private func run(_ entries: [(String, String)], _ family: StoreFamily = .visitors) -> SortedRun {
        let bytes = entries.map { (Array($0.utf8), Array($1.utf8)) }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
        return SortedRun(family, byteCount: bytes.reduce(0) { $0 + $1.0.count + $1.1.count }) { body in
            for (key, value) in bytes {
                let goesOn = key.withUnsafeBufferPointer { key in value.withUnsafeBufferPointer { body(key, $0) } }
                guard goesOn else { return }
            }
        }
    }

    private func batch(_ key: String, _ value: String?) -> StoreBatch {
        var batch = StoreBatch()
        if let value {
            batch.put(.visitors, key: key.utf8, value: value.utf8)
        } else {
            batch.delete(.visitors, key: key.utf8)
        }
        return batch
    }

    private func entries(_ journal: Journal, _ family: StoreFamily = .visitors) throws -> [String] {
        var found: [String] = []
        try journal.scan(family) { key, value in
            found.append(String(decoding: key, as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self))
            return true
        }
        return found
    }

    @Test(arguments: [LedgerOptions.Durability.always, .group(milliseconds: 1), .everySecond])
    func `Between batches and runs the last write of a key counts, now and after opening again`(
        durability: LedgerOptions.Durability
    ) async throws {
        var options = LedgerOptions()
        options.durability = durability
        let journal = try Journal.open(path: path, options: options)
        try await journal.commit(batch("a", "batch"))
        try await journal.commit(batch("b", "batch"))
        try await journal.commit(run([("b", "run"), ("c", "run"), ("d", "run"), ("", "empty"), ("ü", "letter")]))
        try await journal.commit(batch("c", nil))
        try await journal.commit(batch("d", "later"))
        try await journal.commit(run([("a", "last"), ("e", "last")]))
        try await journal.commit(run([("a", "other")], .accounts))
        let expected = ["=empty", "a=last", "b=run", "d=later", "e=last", "ü=letter"]
        #expect(try entries(journal) == expected)
        #expect(journal.figures.batches == 7)
        await journal.close()
        let again = try Journal.open(path: path)
        #expect(try entries(again) == expected)
        #expect(try entries(again, .accounts) == ["a=other"])
        await again.close()
        #expect(access(incoming, F_OK) != 0)
    }

    @Test func `Runs and batches that wait together keep their order`() async throws {
        var options = LedgerOptions()
        options.durability = .group(milliseconds: 50)
        let journal = try Journal.open(path: path, options: options)
        actor Writer {
            let journal: Journal
            var next = 0

            init(_ journal: Journal) { self.journal = journal }

            func write(_ make: (String) -> StoreBatch) async throws {
                next += 1
                try await journal.commit(make("\(next)"))
            }

            func write(_ make: (String) -> SortedRun) async throws {
                next += 1
                try await journal.commit(make("\(next)"))
            }
        }
        let writer = Writer(journal)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<60 {
                group.addTask {
                    if index % 3 == 0 {
                        try await writer.write { run([("a", $0), ("b", $0)]) }
                    } else {
                        try await writer.write { batch("a", $0) }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try journal.get(.visitors, key: Array("a".utf8)) == Array("60".utf8))
        await journal.close()
    }

    @Test func `What was erased from a run is in no file`() async throws {
        let journal = try Journal.open(path: path)
        // Letters that no compression finds twice.
        var state: UInt64 = 1
        let secrets = (0..<300).map { _ in
            String(
                (0..<24).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")[Int(state >> 58)]
                })
        }
        try await journal.commit(run(secrets.enumerated().map { ("person-\(1_000 + $0)", $1) }))
        let key = Array("person-1123".utf8)
        try await journal.commit(batch("person-1123", nil))
        try await journal.ledger.scrub([StoreRange(.visitors, from: key, through: key)])
        #expect(try entries(journal).count == 299)
        await journal.close()
        let files = TemporaryFolder.names(path).map { readFile(path + "/" + $0) }
        #expect(!files.contains { contains($0, Array(secrets[123].utf8)) || contains($0, key) })
        // The search finds what is there.
        #expect(files.contains { contains($0, Array(secrets[124].utf8)) })
    }

    @Test func `What an ended process left behind is removed when the journal opens`() async throws {
        await (try Journal.open(path: path)).close()
        writeFile(incoming, Array("half a file".utf8))
        let journal = try Journal.open(path: path)
        #expect(access(incoming, F_OK) != 0)
        try await journal.commit(run([("a", "1")]))
        #expect(try entries(journal) == ["a=1"])
        await journal.close()
    }

    @Test func `A file that cannot be written stops the journal, and nothing of the run is there`() async throws {
        let journal = try Journal.open(path: path)
        try await journal.commit(batch("a", "1"))
        #expect(mkdir(incoming, 0o700) == 0)
        let error = await #expect(throws: StoreError.self) { try await journal.commit(run([("b", "2")])) }
        guard case .failed(let reason)? = error else {
            Issue.record("a failed write is reported as \(String(describing: error))")
            return
        }
        #expect(reason.contains("incoming.sst"))
        #expect(journal.ledger.failure != nil)
        await #expect(throws: StoreError.self) { try await journal.commit(batch("c", "3")) }
        #expect(try entries(journal) == ["a=1"])
        await journal.close()
        #expect(rmdir(incoming) == 0)
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            (0...bytes.count - part.count).contains { start in
                bytes[start] == part[0] && bytes[start..<start + part.count].elementsEqual(part)
            }
        }
    }
}
