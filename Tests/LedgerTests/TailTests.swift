internal import Ledger
internal import Model
internal import Store
internal import Synchronization
internal import Testing
internal import TestSupport

/// Numbers, and what is kept for readers.
@Suite struct TailTests {
    private func event(_ name: String, told: Bool = true) -> Change {
        let row = Change.Row(key: Array(name.utf8), entry: [1])
        return .event(Change.Happening(row: row, record: told ? [8, 3] + Array(name.utf8) : nil))
    }

    private func submit(_ ledger: Ledger, _ changes: Change...) async throws {
        var all = Changes(for: ledger)
        for change in changes { all.append(change) }
        try await ledger.submit(all)
    }

    private func tail(_ ledger: Ledger, from number: UInt64 = 0) throws -> [String] {
        var found: [String] = []
        try ledger.tail(from: number) { entry in
            let record = (try? entry.change.get())?.record.map { String(decoding: $0.dropFirst(2), as: UTF8.self) }
            found.append("\(entry.number)\(record ?? "?")")
            return true
        }
        return found
    }

    @Test func `Every change has a number, without gaps and for good`() async throws {
        let store = MemoryStore()
        let first = try Ledger(store)
        #expect(first.durable == 0)
        try await submit(first, .schema([1]))
        try await submit(first, .link(key: [1], account: [2]), .link(key: [1], account: nil))
        #expect(first.durable == 3)
        let run = SortedRun(.visitors, byteCount: 2) { body in
            let bytes: [UInt8] = [1]
            bytes.withUnsafeBufferPointer { _ = body($0, $0) }
        }
        try await first.submit(run, of: .visitor, count: 1)
        #expect(first.durable == 4 && store.writeCount == 3)
        let second = try Ledger(store)
        #expect(second.durable == 4)
        try await submit(second, .schema([2]))
        #expect(try second.durable == 5 && second.get(.meta, key: MetaKey.schema) == [2])
        #expect(try second.get(.visitors, key: [1]) == [1])
        // Nobody reads: nothing is kept beside the rows.
        #expect(try tail(second).isEmpty && store.estimatedCount(.outbox) == 0)
    }

    @Test func `A reader gets what it wants in order, and goes on where it was`() async throws {
        let store = MemoryStore()
        let first = try Ledger(store)
        try await submit(first, event("early"))
        let arrivals = Mutex(0)
        let start = try first.follow(as: "sink", .init([.event, .decision]), bytesMax: 1_000) {
            arrivals.withLock { $0 += 1 }
        }
        #expect(start == 0 && first.wanted.contains(.event) && !first.wanted.contains(.link))
        try await submit(first, event("a"), .schema([1]), event("b"))
        try await submit(first, .decision(record: [8, 1] + Array("c".utf8)))
        try await submit(first, .schema([2]))
        #expect(try tail(first) == ["2a", "4b", "5c"] && tail(first, from: 3) == ["4b", "5c"])
        #expect(first.tailFigures.records == 3 && arrivals.withLock { $0 } == 2)
        try await first.take([2, 4], as: "sink")
        #expect(try tail(first) == ["5c"] && first.tailFigures.records == 1)
        let second = try Ledger(store)
        #expect(second.tailFigures == TailFigures(records: 1, bytes: first.tailFigures.bytes, dropped: 0))
        #expect(try second.follow(as: "sink", .init([.event]), bytesMax: 1_000) {} == 4)
        try await second.take([5], as: "sink")
        #expect(second.tailFigures == TailFigures())
    }

    @Test func `What one reader has taken stays for the other`() async throws {
        let ledger = try Ledger(MemoryStore())
        for reader in ["sink", "audit"] { _ = try ledger.follow(as: reader, .init([.event]), bytesMax: 1_000) {} }
        try await submit(ledger, event("a"), event("b"))
        try await ledger.take([1, 2], as: "sink")
        #expect(try tail(ledger) == ["1a", "2b"])
        try await ledger.take([1, 2], as: "audit")
        #expect(try tail(ledger).isEmpty)
    }

    @Test func `What exceeds the bound is dropped and counted, and its rows are written`() async throws {
        let ledger = try Ledger(MemoryStore())
        let form = event("a").encoded().count
        _ = try ledger.follow(as: "sink", .init([.event]), bytesMax: 2 * form) {}
        try await submit(ledger, event("a"), event("b"), event("c"))
        #expect(ledger.tailFigures == TailFigures(records: 2, bytes: UInt64(2 * form), dropped: 1))
        #expect(try ledger.get(.events, key: Array("c".utf8)) == [1] && tail(ledger) == ["1a", "2b"])
        // One that cannot be told is none that waits.
        try await ledger.take([1, 2], as: "sink")
        try await submit(ledger, .event(Change.Happening(row: Change.Row(key: [1], entry: [1]), record: [])))
        #expect(ledger.tailFigures == TailFigures(records: 0, bytes: 0, dropped: 2))
    }

    @Test func `What is refused is in no figure, and no reader sees it before`() async throws {
        let held = Gate()
        let store = MemoryStore(willWrite: held.pass)
        let ledger = try Ledger(store)
        _ = try ledger.follow(as: "sink", .init([.event]), bytesMax: 1_000) {}
        var changes = Changes(for: ledger)
        changes.append(event("a"))
        try ledger.submit(changes) { _ in }
        held.waitForSomebody()
        #expect(try tail(ledger).isEmpty && ledger.tailFigures.records == 1 && ledger.durable == 0)
        store.failure = "no space"
        held.open()
        await #expect(throws: StoreError.self) { try await submit(ledger, event("b")) }
        // The second is refused as soon as the disk has failed; the first is then still to be taken back.
        #expect(await eventually { ledger.tailFigures == TailFigures() })
        #expect(try tail(ledger).isEmpty)
    }

    @Test func `What is forgotten is forgotten once, in line as well`() async throws {
        let held = Gate()
        let ledger = try Ledger(MemoryStore(willWrite: held.pass))
        _ = try ledger.follow(as: "sink", .init([.event]), bytesMax: 1_000) {}
        var changes = Changes(for: ledger)
        for name in ["a", "b", "c"] { changes.append(event(name)) }
        try ledger.submit(changes) { _ in }
        async let gone: Void = ledger.forget { $0.record?.last == UInt8(ascii: "b") }
        held.waitForSomebody()
        held.open()
        try await gone
        #expect(try tail(ledger) == ["1a", "3c"] && ledger.tailFigures.records == 2)
        try await ledger.take([1, 2, 3], as: "sink")
        #expect(ledger.tailFigures == TailFigures())
    }

    @Test func `A spool of version 0_1_0 is read, and numbers go on behind it`() async throws {
        let store = MemoryStore()
        var spool = StoreBatch()
        for number in [UInt8(7), 9] { spool.put(.outbox, key: [0, 0, 0, 0, 0, 0, 0, number], value: [8, 3, 0x61]) }
        spool.put(.outbox, key: [0, 0, 0, 0, 0, 0, 0, 8], value: [0, 1, 222, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        store.fill(spool)
        let ledger = try Ledger(store)
        #expect(try ledger.follow(as: "sink", .init([.event]), bytesMax: 1_000) {} == 0)
        try await submit(ledger, event("b"))
        // One of a kind that is not known is there, and is not taken for something else.
        #expect(try tail(ledger) == ["7a", "8?", "9a", "10b"])
        #expect(ledger.tailFigures.records == 4)
    }
}
