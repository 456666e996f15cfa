internal import Engine
internal import Model
internal import Profiles
internal import Store
internal import Synchronization
internal import Testing
internal import TestSupport

/// Nobody waits for a disk that is read on behalf of somebody else.
@Suite(.timeLimit(.minutes(1))) struct DiskReadTests {
    private func expose(_ id: String, _ decision: String, in world: World, _ count: Counter) async {
        await BackgroundThread.run {
            do {
                try world.show(id, decision: decision) { _ in count.add() }
            } catch {
                Issue.record("\(error)")
                count.add()
            }
        }
    }

    @Test func `While the disk is read for one, others are answered`() async throws {
        let world = try await World()
        world.reading.close()
        let count = Counter()
        let reading = Task { await expose("ann", "d1", in: world, count) }
        #expect(await eventually { world.reading.isOccupied })
        // Both take the lock under which it is recorded.
        #expect(world.behaviour.behaviour(.visitor, "ann") == nil && world.nameCount > 0)
        world.reading.open()
        await reading.value
        #expect(await eventually { count.count == 1 })
        #expect(world.behaviour.behaviour(.visitor, "ann")?.trials.count == 1)
    }

    @Test func `What two tell at once counts once, whatever each read of the disk`() async throws {
        let world = try await World()
        let count = Counter()
        for round in 0..<20 {
            world.reading.close()
            let first = Task { await expose("ann", "d\(round)", in: world, count) }
            let second = Task { await expose("ann", "d\(round)", in: world, count) }
            #expect(await eventually { world.reading.isOccupied })
            world.reading.open()
            await first.value
            await second.value
            #expect(await eventually { count.count == 2 * (round + 1) })
        }
        #expect(world.outbox.figures.records == 20)
        #expect(world.store.estimatedCount(.events) == 20)
    }

    // MARK: What comes between

    private func visit(_ id: String, of visitor: String, secondsAgo: Int64 = 0, in world: World) async throws {
        let recording = Recording(behaviour: world.behaviour, profiles: world.profiles, retentionSeconds: 86_400)
        var report = Recording.Report()
        let time = Timestamp(microseconds: world.clock.now().microseconds - secondsAgo * 1_000_000)
        report.events = [.init(Recording.Event(id: id, visitorID: visitor, name: "visit"), at: time)]
        _ = try await recording.record(report)
    }

    private func outcome(_ id: String, in world: World) -> (count: UInt32, before: UInt32)? {
        world.behaviour.behaviour(.visitor, id)?.outcomes.first.map { ($0.count, $0.countBefore) }
    }

    @Test func `What is shown at once is never read on the loop, and nothing has changed until it is known`()
        async throws
    {
        let world = try await World()
        world.reading.close()
        let awaited = try #require(try world.expose("ann", decision: "d1"))
        #expect(world.behaviour.behaviour(.visitor, "ann") == nil && world.outbox.figures.records == 0)
        #expect(!world.reading.isOccupied)
        world.reading.open()
        try awaited.fetch()
        let count = Counter()
        #expect(try world.expose("ann", decision: "d1", knowing: awaited) { _ in count.add() } == nil)
        #expect(await eventually { count.count == 1 })
        #expect(world.behaviour.behaviour(.visitor, "ann")?.trials.count == 1)
    }

    @Test(arguments: [true, false])
    func `What is recorded after the disk was looked at counts, be it read before or after`(isReadBefore: Bool)
        async throws
    {
        let world = try await World()
        try await visit("e0", of: "ann", secondsAgo: 90, in: world)
        let time = Timestamp(microseconds: world.clock.now().microseconds - 60_000_000)
        let awaited = try #require(try world.expose("ann", decision: "d1", at: time))
        if isReadBefore { try awaited.fetch() }
        // All of it is on disk, and gone from the line, when the exposure is recorded.
        try await visit("e1", of: "ann", secondsAgo: 30, in: world)
        try await visit("e2", of: "ann", secondsAgo: 70, in: world)
        if !isReadBefore { try awaited.fetch() }
        var known: AwaitedReads? = awaited
        while let reads = known {
            try reads.fetch()
            known = try world.expose("ann", decision: "d1", at: time, knowing: reads)
        }
        #expect(outcome("ann", in: world)?.count == 1)
        #expect(outcome("ann", in: world)?.before == 2)
    }

    @Test func `What somebody else told meanwhile is known to whoever read the disk before`() async throws {
        let world = try await World()
        let awaited = try #require(try world.expose("ann", decision: "d1"))
        try awaited.fetch()
        let count = Counter()
        try world.show("ann", decision: "d1") { _ in count.add() }
        #expect(await eventually { count.count == 1 })
        #expect(try world.expose("ann", decision: "d1", knowing: awaited) { _ in count.add() } == nil)
        #expect(await eventually { count.count == 2 })
        #expect(world.outbox.figures.records == 1 && world.store.estimatedCount(.events) == 1)
    }

    @Test func `What is forgotten meanwhile does not come back with what was read`() async throws {
        let world = try await World()
        try await visit("e0", of: "ann", secondsAgo: 30, in: world)
        let time = Timestamp(microseconds: world.clock.now().microseconds - 60_000_000)
        let awaited = try #require(try world.expose("ann", decision: "d1", at: time))
        try awaited.fetch()
        #expect(try await world.behaviour.erase(.visitor, ["ann"], with: []).events == 1)
        let count = Counter()
        #expect(try world.expose("ann", decision: "d1", at: time, knowing: awaited) { _ in count.add() } == nil)
        #expect(await eventually { count.count == 1 })
        #expect(outcome("ann", in: world)?.count == 0 && outcome("ann", in: world)?.before == 0)
        #expect(world.store.estimatedCount(.events) == 1)
    }

    @Test func `A disk that cannot be read refuses what needs it, and nothing has changed`() async throws {
        let world = try await World()
        let awaited = try #require(try world.expose("ann", decision: "d1"))
        world.store.close()
        #expect(throws: BehaviourError.self) { try awaited.fetch() }
        #expect(world.behaviour.behaviour(.visitor, "ann") == nil)
    }

    // MARK: People

    @Test func `While the disk is read for two who become one, profiles are written`() async throws {
        let world = try await World()
        try await visit("e1", of: "ann", in: world)
        try await visit("e2", of: "bob", in: world)
        world.reading.close()
        let change = PersonChange(id: "bob", kind: .merge(into: "ann"), time: world.clock.now())
        let (profiles, behaviour) = (world.profiles, world.behaviour)
        let merging = Task { try await profiles.apply(change, to: behaviour) }
        #expect(await eventually { world.reading.isOccupied })
        // It takes the lock under which the two are united.
        try await world.put("carl", "mister")
        world.reading.open()
        #expect(try await merging.value.others == ["bob"])
        #expect(world.behaviour.behaviour(.visitor, "bob")?.events.first?.count == 2)
    }
}
