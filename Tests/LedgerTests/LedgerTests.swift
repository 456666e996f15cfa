internal import Ledger
internal import Store
internal import Synchronization
import TestSupport
internal import Testing

#if canImport(Glibc)
    internal import Glibc
#endif

@Suite struct LedgerTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/data/journal" }

    private func batch(_ family: StoreFamily, _ key: String, _ value: String?) -> StoreBatch {
        var batch = StoreBatch()
        if let value {
            batch.put(family, key: Array(key.utf8), value: Array(value.utf8))
        } else {
            batch.delete(family, key: Array(key.utf8))
        }
        return batch
    }

    private func entries(_ journal: Journal, _ family: StoreFamily, from start: String? = nil) throws -> [String] {
        var found: [String] = []
        try journal.scan(family, from: start.map { Array($0.utf8) }) { key, value in
            found.append(String(decoding: key, as: UTF8.self) + "=" + String(decoding: value, as: UTF8.self))
            return true
        }
        return found
    }

    @Test func `What was committed is there after closing and opening again`() async throws {
        let first = try Journal.open(path: path)
        try await first.commit(batch(.visitors, "b", "2"))
        try await first.commit(batch(.visitors, "a", "1"))
        try await first.commit(batch(.accounts, "a", "other"))
        try await first.commit(batch(.visitors, "c", "3"))
        try await first.commit(batch(.visitors, "b", nil))
        await first.close()
        let second = try Journal.open(path: path)
        #expect(try entries(second, .visitors) == ["a=1", "c=3"])
        #expect(try entries(second, .accounts) == ["a=other"])
        #expect(try entries(second, .rules).isEmpty)
        #expect(try second.get(.visitors, key: Array("c".utf8)) == Array("3".utf8))
        #expect(try second.get(.visitors, key: Array("b".utf8)) == nil)
        await second.close()
    }

    @Test(arguments: [1, 2, 5])
    func `Several threads together see every entry once and nothing else`(threads: Int) async throws {
        var batch = StoreBatch()
        // Keys of many lengths that begin alike, and some far from them.
        let keys = (0..<20_000).map { $0 % 50 == 0 ? "\($0)" : "visitor-\($0 * 7_919)" }
        for key in keys { batch.put(.visitors, key: Array(key.utf8), value: Array("value of \(key)".utf8)) }
        let first = try Journal.open(path: path)
        try await first.commit(batch)
        try await first.commit(self.batch(.accounts, "a", "other"))
        await first.close()
        // Opening again has brought the entries into files, between which ranges are cut.
        let second = try Journal.open(path: path)
        let seen = Mutex<[String]>([])
        try second.store.scan(.visitors, threads: threads) { thread, key, value in
            let (key, value) = (String(decoding: key, as: UTF8.self), String(decoding: value, as: UTF8.self))
            seen.withLock { $0.append((0..<threads).contains(thread) && value == "value of \(key)" ? key : "wrong") }
            return true
        }
        #expect(seen.withLock { $0.sorted() } == keys.sorted())
        let stopped = Mutex(0)
        try second.store.scan(.visitors, threads: threads) { _, _, _ in
            stopped.withLock { $0 += 1 }
            return false
        }
        #expect((1...threads).contains(stopped.withLock { $0 }))
        let ofNone = Mutex(0)
        try second.store.scan(.rules, threads: threads) { _, _, _ in
            ofNone.withLock { $0 += 1 }
            return true
        }
        #expect(ofNone.withLock { $0 } == 0)
        await second.close()
    }

    @Test func `The folder is made with mode 0700`() async throws {
        let journal = try Journal.open(path: path)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        await journal.close()
    }

    @Test func `A scan starts where it is told and stops when it is told`() async throws {
        let journal = try Journal.open(path: path)
        var all = StoreBatch()
        for index in 10..<40 { all.put(.rules, key: Array("\(index)".utf8), value: []) }
        try await journal.commit(all)
        #expect(try entries(journal, .rules, from: "38") == ["38=", "39="])
        var seen = 0
        try journal.scan(.rules) { _, _ in
            seen += 1
            return seen < 5
        }
        #expect(seen == 5)
        #expect(try journal.ledger.last(in: .rules)?.key == Array("39".utf8))
        #expect(try journal.ledger.last(in: .visitors) == nil)
        await journal.close()
    }

    @Test func `Within a batch and between batches the last write of a key counts`() async throws {
        let journal = try Journal.open(path: path)
        var both = batch(.meta, "k", "1")
        both.delete(.meta, key: Array("k".utf8))
        both.put(.meta, key: Array("k".utf8), value: Array("2".utf8))
        try await journal.commit(both)
        #expect(try journal.get(.meta, key: Array("k".utf8)) == Array("2".utf8))
        await journal.close()
    }

    @Test func `Batches that wait together are written together, in their order`() async throws {
        var options = LedgerOptions()
        options.durability = .group(milliseconds: 20)
        let journal = try Journal.open(path: path, options: options)
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<500 {
                group.addTask { [path = "k\(index % 50)"] in
                    var batch = StoreBatch()
                    batch.put(.visitors, key: Array(path.utf8), value: Array("\(index)".utf8))
                    do {
                        try await journal.commit(batch)
                        return true
                    } catch {
                        return false
                    }
                }
            }
            for await isDone in group { #expect(isDone) }
        }
        #expect(journal.figures.batches == 500)
        #expect(journal.figures.groups < 100)
        #expect(try entries(journal, .visitors).count == 50)
        await journal.close()
    }

    @Test func `Commits from one actor take effect in the order of the calls`() async throws {
        actor Writer {
            let journal: Journal
            var value = 0
            init(_ journal: Journal) { self.journal = journal }
            func write() async throws {
                value += 1
                var batch = StoreBatch()
                batch.put(.meta, key: [1], value: Array("\(value)".utf8))
                try await journal.commit(batch)
            }
        }
        let journal = try Journal.open(path: path)
        let writer = Writer(journal)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<300 { group.addTask { try await writer.write() } }
            try await group.waitForAll()
        }
        #expect(try journal.get(.meta, key: [1]) == Array("300".utf8))
        await journal.close()
    }

    @Test(arguments: [
        LedgerOptions.Durability.always, .group(milliseconds: 1), .everySecond,
    ])
    func `Every policy keeps what was committed before closing`(durability: LedgerOptions.Durability) async throws {
        var options = LedgerOptions()
        options.durability = durability
        let journal = try Journal.open(path: path, options: options)
        for index in 0..<20 { try await journal.commit(batch(.visitors, "\(index)", "x")) }
        await journal.close()
        let again = try Journal.open(path: path)
        #expect(try entries(again, .visitors).count == 20)
        await again.close()
    }

    @Test func `A journal that is open cannot be opened a second time`() async throws {
        let journal = try Journal.open(path: path)
        #expect(throws: StoreError.locked(path: path)) { try Journal.open(path: path) }
        await journal.close()
        await (try Journal.open(path: path)).close()
    }

    @Test func `A closed journal refuses everything with a clear error`() async throws {
        let journal = try Journal.open(path: path)
        await journal.close()
        await #expect(throws: StoreError.closed) { try await journal.commit(batch(.meta, "a", "b")) }
        #expect(throws: StoreError.closed) { try journal.get(.meta, key: [1]) }
        #expect(throws: StoreError.closed) { try journal.scan(.meta) { _, _ in true } }
        await journal.close()
    }

    @Test func `A journal of a newer format is refused, and not changed`() async throws {
        let journal = try Journal.open(path: path)
        try await journal.commit(batch(.meta, "journal.format", "2"))
        await journal.close()
        let expected = StoreError.newerFormat(path: path, found: "format 2", supported: 1)
        #expect(throws: expected) { try Journal.open(path: path) }
        #expect("\(expected)".contains("newer version"))
    }

    @Test func `A flipped bit in the log is reported, not skipped`() async throws {
        let journal = try Journal.open(path: path)
        for index in 0..<100 {
            try await journal.commit(batch(.visitors, "key\(index)", String(repeating: "v", count: 200)))
        }
        await journal.close()
        let log = try #require(folderLogs().max { readFile($0).count < readFile($1).count })
        var bytes = readFile(log)
        try #require(bytes.count > 10_000)
        bytes[bytes.count / 2] ^= 0x10
        writeFile(log, bytes)
        let error = #expect(throws: StoreError.self) { try Journal.open(path: path) }
        guard case .damaged(path, let reason)? = error else {
            Issue.record("a damaged log is reported as \(String(describing: error))")
            return
        }
        #expect(reason.contains("orruption"))
    }

    @Test func `A log whose last record is cut short loses only what was never acknowledged`() async throws {
        let journal = try Journal.open(path: path)
        for index in 10..<60 { try await journal.commit(batch(.visitors, "\(index)", "value")) }
        await journal.close()
        let log = try #require(folderLogs().max { readFile($0).count < readFile($1).count })
        writeFile(log, readFile(log).dropLast(3))
        let again = try Journal.open(path: path)
        #expect(try entries(again, .visitors).count == 49)
        await again.close()
    }

    @Test func `A path that is a file is refused with the reason`() throws {
        let file = folder.path + "/file"
        writeFile(file, [1])
        #expect(throws: StoreError.directory(path: file, reason: "it is not a folder")) {
            try Journal.open(path: file)
        }
        #expect(throws: StoreError.directory(path: file + "/journal", reason: "Not a directory")) {
            try Journal.open(path: file + "/journal")
        }
    }

    @Test func `What waits is bounded`() async throws {
        var options = LedgerOptions()
        options.pendingBytesMax = 1_000
        options.durability = .group(milliseconds: 200)
        let journal = try Journal.open(path: path, options: options)
        let refused = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<20 {
                group.addTask {
                    var batch = StoreBatch()
                    batch.put(.visitors, key: [UInt8(index)], value: [UInt8](repeating: 0, count: 300))
                    do {
                        try await journal.commit(batch)
                        return false
                    } catch {
                        return error as? StoreError == .overloaded(pendingBytesMax: 1_000)
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused > 0)
        #expect(try entries(journal, .visitors).count == 20 - refused)
        await journal.close()
    }

    private func folderLogs() -> [String] {
        TemporaryFolder.names(path).filter { $0.hasSuffix(".log") }.map { path + "/" + $0 }
    }
}
