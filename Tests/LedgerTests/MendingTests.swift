internal import Dispatch
internal import Ledger
internal import Store
internal import Synchronization
import TestSupport
internal import Testing

/// What a ledger does when the disk fails, and when it works again.
@Suite struct MendingTests {
    private let store = MemoryStore()

    private func ledger(_ durability: LedgerOptions.Durability = .always) throws -> Ledger {
        var options = LedgerOptions()
        options.durability = durability
        options.recoveryMilliseconds = 5
        options.syncMilliseconds = 3_600_000
        return try Ledger(store, options: options)
    }

    private func put(_ key: String, _ value: String) -> Changes {
        var batch = StoreBatch()
        batch.put(.links, key: Array(key.utf8), value: Array(value.utf8))
        return Changes(rows: batch)
    }

    private func stored(_ key: String) throws -> String? {
        try store.get(.links, key: Array(key.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func isRefused(_ ledger: Ledger, _ changes: Changes) async -> Bool {
        do throws(StoreError) {
            try await ledger.submit(changes)
            return false
        } catch {
            return error == .failed(reason: "the disk is full")
        }
    }

    @Test
    func `Writes are refused while the disk fails, go on when it works, and nothing of the refused ones is there`()
        async throws
    {
        let ledger = try ledger()
        try await ledger.submit(put("a", "first"))
        store.failure = "the disk is full"
        var both = StoreBatch()
        both.put(.links, key: Array("a".utf8), value: Array("refused".utf8))
        both.put(.links, key: Array("b".utf8), value: Array("refused".utf8))
        #expect(await isRefused(ledger, Changes(rows: both)))
        #expect(await isRefused(ledger, put("c", "refused")))
        #expect(ledger.failure == "the disk is full")
        store.failure = nil
        #expect(await eventually { ledger.failure == nil })
        #expect(try stored("a") == "first")
        #expect(try stored("b") == nil)
        #expect(try stored("c") == nil)
        try await ledger.submit(put("b", "second"))
        #expect(try stored("b") == "second")
        await ledger.close()
    }

    @Test func `Who is told hears of it once, and once that it is over`() async throws {
        var options = LedgerOptions()
        options.recoveryMilliseconds = 5
        let heard = Heard()
        let ledger = try Ledger(store, options: options) { heard.add($0) }
        store.failure = "the disk is full"
        #expect(await isRefused(ledger, put("a", "1")))
        #expect(await eventually { store.recoveryCount >= 3 })
        store.failure = nil
        #expect(await eventually { ledger.failure == nil })
        #expect(await eventually { heard.all == ["the disk is full", nil] })
        await ledger.close()
    }

    @Test func `A ledger over a store that took no writes when it was opened refuses, and then goes on`() async throws {
        store.failure = "the disk is full"
        let ledger = try ledger()
        #expect(await isRefused(ledger, put("a", "1")))
        store.failure = nil
        #expect(await eventually { ledger.failure == nil })
        try await ledger.submit(put("a", "1"))
        #expect(try stored("a") == "1")
        await ledger.close()
    }

    @Test func `What was acknowledged before it was forced to disk is written again`() async throws {
        let ledger = try ledger(.everySecond)
        try await ledger.submit(put("a", "acknowledged"))
        // A log that is not there any more.
        var gone = StoreBatch()
        gone.delete(.links, key: Array("a".utf8))
        store.fill(gone)
        store.failure = "the disk is full"
        #expect(await isRefused(ledger, put("b", "refused")))
        store.failure = nil
        #expect(await eventually { ledger.failure == nil })
        #expect(try stored("a") == "acknowledged")
        #expect(try stored("b") == nil)
        await ledger.close()
    }

    @Test func `A journal on disk is opened again with all that was written`() async throws {
        let folder = TemporaryFolder()
        let journal = try Journal.open(path: folder.path + "/journal")
        try await journal.ledger.submit(put("a", "1"))
        try journal.store.recover()
        #expect(try journal.get(.links, key: Array("a".utf8)) == Array("1".utf8))
        try await journal.ledger.submit(put("b", "2"))
        await journal.close()
        #expect(throws: StoreError.closed) { try journal.store.recover() }
    }

    @Test func `A journal is not opened again while somebody reads it`() async throws {
        let folder = TemporaryFolder()
        let journal = try Journal.open(path: folder.path + "/journal")
        try await journal.ledger.submit(put("a", "1"))
        let reading = Reading()
        // Threads of their own: both block.
        let (readers, menders) = (DispatchGroup(), DispatchGroup())
        DispatchQueue(label: "reader").async(group: readers) {
            try? journal.store.scan(.links, from: nil) { _, _ in
                reading.gate.pass()
                reading.seen.withLock { $0 += 1 }
                return true
            }
        }
        reading.gate.waitForSomebody()
        DispatchQueue(label: "mender").async(group: menders) {
            if (try? journal.store.recover()) != nil { reading.isRecovered.withLock { $0 = true } }
        }
        // Long enough for several tries.
        _ = menders.wait(timeout: .now() + .milliseconds(50))
        #expect(!reading.isRecovered.withLock { $0 })
        reading.gate.open()
        _ = await eventually { reading.isRecovered.withLock { $0 } && reading.seen.withLock { $0 } == 1 }
        #expect(reading.isRecovered.withLock { $0 } && reading.seen.withLock { $0 } == 1)
        #expect(try journal.get(.links, key: Array("a".utf8)) == Array("1".utf8))
        await journal.close()
    }
}

/// A reader that waits, and whoever waits for it.
private final class Reading: Sendable {
    let gate = Gate()
    let seen = Mutex(0)
    let isRecovered = Mutex(false)
}

/// What was told, in order.
private final class Heard: Sendable {
    private let state = Mutex<[String?]>([])
    var all: [String?] { state.withLock { $0 } }
    func add(_ reason: String?) { state.withLock { $0.append(reason) } }
}
