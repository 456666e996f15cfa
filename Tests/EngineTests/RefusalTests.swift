internal import Decisioning
internal import Engine
internal import GRPCDoor
internal import Ledger
internal import Logging
internal import Model
internal import Profiles
internal import Ruleset
internal import Store
internal import Synchronization
internal import Testing
internal import TestSupport

/// Counted by several tasks.
final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}

/// What the disk refuses is as if it had never been, now and after a restart.
@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    @Test func `A profile that is refused is what it was`() async throws {
        let world = try await World()
        try await world.put("known", "old")
        try await world.refusing {
            async let first: Void = world.put("known", "new")
            async let second: Void = world.put("fresh", "new")
            // Behind those two, and made of what they left.
            async let third: Void = world.put("known", "newer")
            _ = await (try? first, try? second)
            try await third
        } meanwhile: {
            #expect(world.title("known") != nil)
        }
        #expect(world.title("known") == "old" && world.title("fresh") == nil)
        #expect(world.profiles.get(.visitor, id: "known")?.version == 1)
        let again = try await World(over: world)
        #expect(again.title("known") == "old" && again.title("fresh") == nil)
    }

    @Test func `A profile counts at once, and a deletion that is refused brings it back`() async throws {
        let world = try await World()
        try await world.put("known", "old")
        try await world.refusing {
            _ = try await world.profiles.delete(.visitor, id: "known")
        } meanwhile: {
            #expect(world.title("known") == nil)
        }
        #expect(world.title("known") == "old")
        await #expect(throws: (any Error).self) { try await world.put("known", "newer") }
        #expect(world.title("known") == "old")
        #expect(try await World(over: world).title("known") == "old")
    }

    @Test func `An erasure that is refused leaves the profile, and imports may write it`() async throws {
        let world = try await World()
        try await world.put("known", "old")
        try await world.refusing {
            _ = try await world.profiles.erase(.visitor, ids: ["known", "other"], at: Timestamp(microseconds: 5))
        }
        #expect(world.title("known") == "old")
        let id = Array("known".utf8)
        let erasures = await world.profiles.erasures
        #expect(id.withUnsafeBufferPointer { !erasures.contains(.visitor, id: $0) })
    }

    @Test func `An import counts once it is on disk, and one that is refused never`() async throws {
        let world = try await World()
        try await world.put("known", "old")
        try await world.refusing {
            try await Self.importing(["known", "fresh"], into: world)
        } meanwhile: {
            #expect(world.title("fresh") == nil && world.profiles.get(.visitor, id: "known")?.version == 1)
        }
        #expect(world.title("fresh") == nil && world.profiles.get(.visitor, id: "known")?.version == 1)
        let again = try await World(over: world)
        #expect(again.title("fresh") == nil && again.title("known") == "old")
        try await Self.importing(["known", "fresh"], into: again)
        #expect(again.title("fresh") == "" && again.profiles.get(.visitor, id: "known")?.version == 2)
    }

    @Test func `Other writes wait until an import is on disk, and keep what it brought`() async throws {
        let world = try await World()
        world.gate.close()
        let imported = Task { try await Self.importing(["known"], into: world) }
        #expect(await eventually { world.gate.isOccupied })
        let put = Task { try await world.put("known", "after") }
        for _ in 0..<1_000 { await Task.yield() }
        #expect(world.title("known") == nil)
        world.gate.open()
        try await imported.value
        try await put.value
        #expect(world.title("known") == "after" && world.profiles.get(.visitor, id: "known")?.version == 2)
        let again = try await World(over: world)
        #expect(again.title("known") == "after")
    }

    @Test func `Too much at once is refused at once, and leaves nothing`() async throws {
        let world = try await World(pendingBytesMax: 200)
        try await world.put("known", "old")
        world.gate.close()
        let text = String(repeating: "x", count: 150)
        let refused = Counter()
        // The first is being written, the second waits, and for a third there is no room.
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for index in 0..<3 {
                tasks.addTask {
                    do {
                        try await world.put("known", "\(index)\(text)")
                    } catch StoreError.overloaded {
                        refused.add()
                    }
                }
            }
            #expect(await eventually { refused.count > 0 })
            world.gate.open()
            try await tasks.waitForAll()
        }
        let version = world.profiles.get(.visitor, id: "known")?.version
        #expect(version == UInt64(1 + 3 - refused.count))
        let kept = world.title("known")
        let again = try await World(over: world)
        #expect(again.title("known") == kept && again.profiles.get(.visitor, id: "known")?.version == version)
    }

    @Test func `What was shown and is refused counts nowhere, not for the sink either`() async throws {
        let world = try await World()
        let outcomes = Mutex<[Bool]>([])
        try world.show("known", decision: "d1") { error in outcomes.withLock { $0.append(error == nil) } }
        try await world.ledger.settled()
        let (before, figures) = (world.behaviour.behaviour(.visitor, "known"), world.outbox.figures)
        #expect(before?.trials.count == 1 && figures.records == 1)
        world.gate.close()
        for (id, decision) in [("known", "d2"), ("fresh", "d3"), ("fresh", "d4")] {
            try world.show(id, decision: decision) { error in outcomes.withLock { $0.append(error == nil) } }
        }
        #expect(world.behaviour.behaviour(.visitor, "fresh")?.trials.count == 1 && world.outbox.figures.records == 4)
        #expect(try world.outbox.batch(after: 0).records.count == 1)
        world.store.failure = "no space"
        world.gate.open()
        #expect(await eventually { outcomes.withLock { $0.count } >= 4 })
        #expect(outcomes.withLock { $0 } == [true, false, false, false])
        #expect(world.behaviour.behaviour(.visitor, "fresh") == nil)
        #expect(world.behaviour.behaviour(.visitor, "known")?.version == before?.version)
        #expect(world.outbox.figures.records == 1 && world.outbox.figures.bytes == figures.bytes)
        let again = try await World(over: world)
        #expect(again.behaviour.behaviour(.visitor, "fresh") == nil && again.outbox.figures.records == 1)
    }

    @Test func `Rules whose names are refused leave no names and do not hold`() async throws {
        let world = try await World()
        let names = world.nameCount
        let more = World.yaml.replacing("visit: {points: 1}", with: "visit: {points: 1}, order: {points: 1}")
        try await world.refusing { try await world.adopt(more) }
        #expect(world.nameCount == names && world.behaviour.rules?.events["order"] == nil)
        #expect(world.behaviour.rules?.events["visit"] != nil)
        let again = try await World(over: world)
        #expect(again.nameCount == names)
        try await again.adopt(more)
        #expect(again.nameCount == names + 1)
        #expect(try await World(over: again).nameCount == names + 1)
    }

    @Test func `An erasure of behaviour that is refused leaves everything`() async throws {
        let world = try await World()
        try world.show("known", decision: "d1") { _ in }
        try await world.ledger.settled()
        try await world.refusing {
            _ = try await world.behaviour.erase(.visitor, ["known"], with: [])
        } meanwhile: {
            #expect(world.behaviour.behaviour(.visitor, "known") == nil)
        }
        #expect(world.behaviour.behaviour(.visitor, "known")?.trials.count == 1)
        #expect(try await World(over: world).behaviour.behaviour(.visitor, "known")?.trials.count == 1)
    }

    @Test func `An erasure takes what comes in while it reads, each once`() async throws {
        let world = try await World()
        let count = 400
        let recording = Task {
            for index in 0..<count { try world.show("known", decision: "d\(index)") { _ in } }
        }
        var taken = 0
        for _ in 0..<20 {
            taken += try await world.behaviour.erase(.visitor, ["known"], with: []).events
            await Task.yield()
        }
        try await recording.value
        taken += try await world.behaviour.erase(.visitor, ["known"], with: []).events
        #expect(taken == count)
        #expect(world.store.estimatedCount(.events) == 0 && world.behaviour.behaviour(.visitor, "known") == nil)
    }

    private static func importing(_ ids: [String], into world: World) async throws {
        let staged = StagedProfiles(for: world.profiles.table(.visitor), by: await world.profiles.rules(of: .visitor))
        for id in ids {
            try Array(id.utf8).withUnsafeBufferPointer { id in
                try staged.add(
                    BorrowedProfile(
                        entity: .visitor, id: BorrowedText(start: id.baseAddress, count: id.count),
                        features: UnsafeBufferPointer(start: nil, count: 0)),
                    line: 0, atSeconds: 1_800_000_000)
            }
        }
        let mode = ImportMode(writes: true, skipsInvalid: false, respectsErasure: true)
        #expect(try await world.profiles.commit([staged], mode).isEmpty)
    }
}
