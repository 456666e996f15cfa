internal import Ledger
internal import Model
internal import Store
internal import Testing

#if canImport(Glibc)
    internal import Glibc
#endif

/// A journal that has lost its end is told from one that never had more.
@Suite final class DurableMarkTests {
    private let mark: DurableMark
    private let folder: String

    init() {
        var template = Array("/tmp/mark-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        mark = DurableMark(path: folder + "/acknowledged")
    }

    deinit {
        unlink(mark.path)
        rmdir(folder)
    }

    private func write(_ count: Int, to ledger: Ledger) async throws {
        for number in 0..<count { try await ledger.submit(.schema([UInt8(number)])) }
    }

    @Test func `A number is read as it was written, and nothing else is taken for one`() {
        #expect(mark.number == nil)
        for number: UInt64 in [0, 1, 9_999_999_999, .max] {
            mark.write(number)
            #expect(mark.number == number)
        }
        truncate(mark.path, 5)
        #expect(mark.number == nil)
        mark.remove()
        #expect(mark.number == nil)
    }

    @Test func `What was acknowledged and is there is not missed, and more may come`() async throws {
        let store = MemoryStore()
        try await write(3, to: try Ledger(store, mark: mark))
        #expect(mark.number == 3)
        let again = try Ledger(store, mark: mark)
        #expect(again.missing == nil && again.failure == nil)
        try await write(2, to: again)
        #expect(mark.number == 5)
    }

    @Test func `A store that lacks its end takes nothing, and says what to do`() async throws {
        let before = MemoryStore()
        try await write(2, to: try Ledger(before, mark: mark))
        mark.write(7)
        let ledger = try Ledger(before, mark: mark)
        let missing = try #require(ledger.missing)
        for part in ["change 2,", "7 was on disk", "bespoked restore --replace", mark.path] {
            #expect(missing.contains(part))
        }
        #expect(try Ledger.missing(in: before, mark) == missing)
        await #expect(throws: StoreError.lost(reason: missing)) { try await self.write(1, to: ledger) }
        // It stays missed until the operator has decided.
        #expect(mark.number == 7)
        mark.remove()
        try await write(1, to: try Ledger(before, mark: mark))
        #expect(mark.number == 3)
    }

    @Test func `What is not forced to disk is not told of before it is`() async throws {
        var options = LedgerOptions()
        options.durability = .everySecond
        options.syncMilliseconds = 3_600_000
        let ledger = try Ledger(MemoryStore(), options: options, mark: mark)
        try await write(4, to: ledger)
        #expect(mark.number == nil)
        await ledger.close()
        #expect(mark.number == 4)
    }
}
