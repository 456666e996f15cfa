internal import Engine
internal import Profiles
internal import Synchronization
internal import Testing

/// A table of which a test sees what is freed when.
private final class ToldTable: RetiringTable {
    struct Retired: RetiredBatch {
        let names: [String]
        var isEmpty: Bool { names.isEmpty }
    }

    let retired = Mutex<[String]>([])
    let freed = Mutex<[String]>([])

    func takeRetired() -> Retired {
        retired.withLock { names in
            defer { names = [] }
            return Retired(names: names)
        }
    }

    func free(_ retired: Retired) { freed.withLock { $0 += retired.names } }
}

@Suite struct ReclaimingTests {
    @Test func `Nothing is freed before there were enough writes, then all of every table`() async throws {
        let (first, second) = (ToldTable(), ToldTable())
        let reclaiming = Reclaiming([first, second], on: try TestEngine(LoopEngineTests.rules).loops)
        first.retired.withLock { $0 = ["a"] }
        second.retired.withLock { $0 = ["b", "c"] }
        reclaiming.note(Reclaiming.writesPerRound - 1)
        await reclaiming.run()
        #expect(first.freed.withLock { $0 }.isEmpty)
        reclaiming.note(1)
        await reclaiming.run()
        #expect(first.freed.withLock { $0 } == ["a"] && second.freed.withLock { $0 } == ["b", "c"])
        // Writes are counted anew.
        first.retired.withLock { $0 = ["d"] }
        await reclaiming.run()
        #expect(first.freed.withLock { $0 } == ["a"])
    }

    @Test func `What a loop may be reading is not freed before that loop has come round`() async throws {
        let table = ToldTable()
        table.retired.withLock { $0 = ["a"] }
        let seen = Mutex<[String]?>(nil)
        let engine = try TestEngine(LoopEngineTests.rules)
        defer { withExtendedLifetime(engine) {} }
        let inner = engine.loop
        let loop: LoopRegistry.Loop = { body in
            seen.withLock { $0 = table.freed.withLock { $0 } }
            inner(body)
        }
        let reclaiming = Reclaiming([table], on: LoopRegistry([loop]))
        reclaiming.note(Reclaiming.writesPerRound)
        await reclaiming.run()
        #expect(seen.withLock { $0 } == [] && table.freed.withLock { $0 } == ["a"])
    }

    @Test func `A loop that has ended frees nothing`() async {
        let table = ToldTable()
        table.retired.withLock { $0 = ["a"] }
        let reclaiming = Reclaiming([table], on: LoopRegistry([{ $0(nil) }]))
        reclaiming.note(Reclaiming.writesPerRound)
        await reclaiming.run()
        #expect(table.freed.withLock { $0 }.isEmpty)
    }
}
