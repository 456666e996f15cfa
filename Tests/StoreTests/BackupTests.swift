internal import Ledger
internal import Store
import TestSupport
internal import Testing

#if canImport(Glibc)
    internal import Glibc
#endif

@Suite struct BackupTests {
    private let temporary = TemporaryFolder()
    private var path: String { temporary.path + "/journal" }
    private var folder: BackupFolder { BackupFolder(path: temporary.path + "/backups") }

    private func batch(_ keys: Range<Int>, in family: StoreFamily = .visitors) -> StoreBatch {
        var batch = StoreBatch()
        for key in keys { batch.put(family, key: Array("key-\(key)".utf8), value: Array("value-\(key)".utf8)) }
        return batch
    }

    private func job(_ generation: UInt64, keep: Int? = nil) -> BackupJob {
        BackupJob(
            folder: folder, generation: generation, keep: keep, scratch: temporary.path + "/scratch", takenAt: 1_000_000
        )
    }

    private func count(_ journal: any Store, _ family: StoreFamily) throws -> Int {
        var count = 0
        try journal.scan(family, from: nil) { _, _ in
            count += 1
            return true
        }
        return count
    }

    @Test func `A generation can be read as a journal, and reading changes nothing in it`() async throws {
        let journal = try Journal.open(path: path)
        try await journal.commit(batch(0..<500))
        let (receipt, held) = try await journal.store.backUp(job(1))
        try await journal.commit(batch(500..<600))
        #expect(held == [1] && receipt.generation == 1 && receipt.takenAt == 1_000_000)
        #expect(receipt.rows.first { $0.family == .visitors }?.count == 500)
        #expect(try folder.receipt(of: nil) == receipt)
        let names = TemporaryFolder.names(folder.journal(1)).sorted()
        let before = names.map { readFile(folder.journal(1) + "/" + $0) }
        let copy = try DiskStore.openForReading(path: folder.journal(1))
        #expect(try count(copy, .visitors) == 500)
        #expect(try copy.get(.visitors, key: Array("key-7".utf8)) == Array("value-7".utf8))
        #expect(throws: StoreError.self) { try copy.write([batch(0..<1)], isSynced: true) }
        copy.close()
        #expect(TemporaryFolder.names(folder.journal(1)).sorted() == names)
        #expect(names.map { readFile(folder.journal(1) + "/" + $0) } == before)
        await journal.close()
    }

    @Test func `Writes that go on meanwhile are in it whole or not at all, in their order`() async throws {
        let journal = try Journal.open(path: path)
        let writing = Task { [self] in
            var number = 0
            while !Task.isCancelled {
                var both = batch(number..<number + 1)
                both.put(.accounts, key: Array("key-\(number)".utf8), value: [1])
                try await journal.commit(both)
                number += 1
            }
        }
        for generation in 1...10 { _ = try await journal.store.backUp(job(UInt64(generation))) }
        writing.cancel()
        try await writing.value
        var last = 0
        for generation in 1...10 {
            let copy = try DiskStore.openForReading(path: folder.journal(UInt64(generation)))
            let visitors = try count(copy, .visitors)
            #expect(try count(copy, .accounts) == visitors)
            #expect(try visitors == 0 || copy.get(.visitors, key: Array("key-\(visitors - 1)".utf8)) != nil)
            #expect(visitors >= last)
            last = visitors
            copy.close()
        }
        #expect(last > 0)
        await journal.close()
    }

    @Test func `A receipt that was changed, a taken number and an unknown generation are refused`() async throws {
        let journal = try Journal.open(path: path)
        _ = try await journal.store.backUp(job(1))
        await #expect(throws: BackupError.locked(path: folder.path)) { try await journal.store.backUp(job(1)) }
        #expect(throws: BackupError.noGeneration(path: folder.path, generation: 4, held: [1])) {
            try folder.receipt(of: 4)
        }
        let receipt = folder.folder(1) + "/receipt"
        let bytes = readFile(receipt)
        for position in stride(from: 0, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[position] ^= 1
            writeFile(receipt, damaged)
            #expect(throws: BackupError.self) { try folder.receipt(of: 1) }
        }
        writeFile(receipt, Array(bytes.dropLast(20)))
        #expect(throws: BackupError.self) { try folder.receipt(of: 1) }
        // The next one does without it, and copies everything.
        let (next, _) = try await journal.store.backUp(job(2, keep: 1))
        #expect(next.copiedBytes >= next.bytes - 36)
        #expect(try folder.generations() == [2])
        await journal.close()
    }

    @Test func `A generation that cannot be read back is not kept`() async throws {
        let journal = try Journal.open(path: path)
        try await journal.commit(batch(0..<2_000))
        _ = try await journal.store.backUp(job(1))
        // What the next generation would share is damaged on the backup's disk.
        for name in TemporaryFolder.names(folder.journal(1)) where name.hasSuffix(".sst") {
            var bytes = readFile(folder.journal(1) + "/" + name)
            var status = stat()
            stat(folder.journal(1) + "/" + name, &status)
            bytes[bytes.count / 3] ^= 0x10
            writeFile(folder.journal(1) + "/" + name, bytes)
            utimensat(AT_FDCWD, folder.journal(1) + "/" + name, [status.st_atim, status.st_mtim], 0)
        }
        await #expect {
            try await journal.store.backUp(job(2))
        } throws: { error in
            guard case .damaged(_, let reason) = error as? BackupError else { return false }
            return reason.contains("Corruption")
        }
        #expect(try folder.generations() == [1])
        #expect(TemporaryFolder.names(folder.path) == ["generation-1"])
        await journal.close()
    }
}
