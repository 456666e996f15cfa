internal import Ledger
internal import Store
internal import Synchronization
internal import Testing
internal import TestSupport

/// What stands in line is part of what is read, and what the disk refuses leaves nothing behind.
@Suite struct LineTests {
    private func batch(_ changes: [(key: String, value: String?)], _ family: StoreFamily = .events) -> StoreBatch {
        var batch = StoreBatch()
        for (key, value) in changes {
            if let value {
                batch.put(family, key: Array(key.utf8), value: Array(value.utf8))
            } else {
                batch.delete(family, key: Array(key.utf8))
            }
        }
        return batch
    }

    private func entries(_ ledger: Ledger, from start: String? = nil, under prefix: String = "") throws -> [String] {
        var found: [String] = []
        try ledger.scan(.events, from: start.map { Array($0.utf8) }, under: Array(prefix.utf8)) { key, value in
            found.append(String(decoding: key, as: UTF8.self) + String(decoding: value, as: UTF8.self))
            return true
        }
        return found
    }

    @Test func `A scan sees what is on disk, what is in line, and not what is to be removed`() async throws {
        let held = Gate()
        let store = MemoryStore(willWrite: held.pass)
        store.fill(batch([("a", "1"), ("c", "1"), ("e", "1"), ("f", "1")]))
        let waiting = try Ledger(store)
        let done = Mutex(0)
        for change in [batch([("b", "2"), ("c", nil)]), batch([("e", "2"), ("g", "2")]), batch([("b", "3")])] {
            try waiting.submit(Changes(rows: change)) { outcome in
                if case .success = outcome { done.withLock { $0 += 1 } }
            }
        }
        #expect(try entries(waiting) == ["a1", "b3", "e2", "f1", "g2"])
        #expect(try entries(waiting, from: "e") == ["e2", "f1", "g2"])
        #expect(try entries(waiting, under: "c").isEmpty && entries(waiting, under: "b") == ["b3"])
        #expect(try waiting.get(.events, key: Array("c".utf8)) == nil)
        #expect(try waiting.get(.events, key: Array("b".utf8)) == Array("3".utf8))
        #expect(try waiting.last(in: .events)?.key == Array("g".utf8))
        var seen = 0
        try waiting.scan(.events) { _, _ in
            seen += 1
            return seen < 2
        }
        #expect(seen == 2 && done.withLock { $0 } == 0)
        held.open()
        try await waiting.settled()
        #expect(done.withLock { $0 } == 3)
        #expect(try entries(waiting) == ["a1", "b3", "e2", "f1", "g2"])
    }

    @Test func `What the disk refuses is taken back, the last first, before anybody is told`() async throws {
        let held = Gate()
        let store = MemoryStore(willWrite: held.pass)
        let reported = Mutex<[String?]>([])
        let ledger = try Ledger(store) { reason in reported.withLock { $0.append(reason) } }
        let log = Mutex<[String]>([])
        for name in ["one", "two", "three"] {
            try ledger.submit(Changes(rows: batch([(name, "x")]))) {
                log.withLock { $0.append("back \(name)") }
            } done: { outcome in
                guard case .failure(.failed(let reason)) = outcome else { return }
                log.withLock { $0.append("told \(name) \(reason)") }
            }
        }
        #expect(try entries(ledger).count == 3)
        store.failure = "no space"
        held.open()
        await #expect(throws: StoreError.self) { try await ledger.submit(Changes(rows: batch([("four", "x")]))) }
        await ledger.close()
        #expect(
            log.withLock { $0 } == [
                "back three", "back two", "back one", "told one no space", "told two no space", "told three no space",
            ])
        #expect(reported.withLock { $0 } == ["no space"])
        #expect(throws: StoreError.self) { try ledger.submit(Changes(rows: batch([("five", "x")]))) { _ in } }
        #expect(store.writeCount == 0)
    }

    @Test func `What is refused at once calls nobody, and is not seen`() async throws {
        let held = Gate()
        var options = LedgerOptions()
        options.pendingBytesMax = 10
        let ledger = try Ledger(MemoryStore(willWrite: held.pass), options: options)
        try ledger.submit(Changes(rows: batch([("first", "1")]))) { _ in }
        // That one is being written: it does not wait any more, and this one does.
        held.waitForSomebody()
        try ledger.submit(Changes(rows: batch([("again", "1")]))) { _ in }
        let calls = Mutex(0)
        #expect(throws: StoreError.overloaded(pendingBytesMax: 10)) {
            try ledger.submit(Changes(rows: batch([("second", "2")]))) {
                calls.withLock { $0 += 1 }
            } done: { _ in
                calls.withLock { $0 += 1 }
            }
        }
        #expect(try entries(ledger) == ["again1", "first1"] && calls.withLock { $0 } == 0)
        // Whoever waits for it is told, and takes it back.
        await #expect(throws: StoreError.overloaded(pendingBytesMax: 10)) {
            try await ledger.submit(
                Changes(rows: batch([("third", "3")])), takeBack: { calls.withLock { $0 += 1 } })
        }
        #expect(calls.withLock { $0 } == 1)
        held.open()
        await ledger.close()
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func `From a mark on is told what has settled, until it is released, and no longer`() async throws {
        let ledger = try Ledger(MemoryStore())
        func told() -> [String] {
            ledger.changes(.events, under: []).map { key, value in
                String(decoding: key, as: UTF8.self) + (value.map { String(decoding: $0, as: UTF8.self) } ?? "-")
            }
        }
        try await ledger.submit(Changes(rows: batch([("a", "1")])))
        #expect(told().isEmpty)
        let first = ledger.markRead()
        try await ledger.submit(Changes(rows: batch([("b", "1")])))
        let second = ledger.markRead()
        try await ledger.submit(Changes(rows: batch([("a", nil), ("b", "2")])))
        #expect(told() == ["a-", "b2"])
        ledger.release(first)
        // The second began before these were on disk.
        #expect(told() == ["a-", "b2"])
        let third = ledger.markRead()
        ledger.release(second)
        #expect(told().isEmpty)
        try await ledger.submit(Changes(rows: batch([("c", "1")])))
        #expect(told() == ["c1"])
        ledger.release(third)
        #expect(told().isEmpty && ledger.change(.events, Array("c".utf8)) == nil)
    }

    @Test func `What is refused is told by no mark`() async throws {
        let store = MemoryStore()
        let ledger = try Ledger(store)
        let mark = ledger.markRead()
        store.failure = "no space"
        await #expect(throws: StoreError.self) { try await ledger.submit(Changes(rows: batch([("a", "1")]))) }
        #expect(ledger.changes(.events, under: []).isEmpty)
        ledger.release(mark)
    }
}
