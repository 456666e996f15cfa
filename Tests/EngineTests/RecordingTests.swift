internal import Engine
internal import Model
internal import Profiles
internal import Testing
internal import TestSupport

/// Recording and expiry by a clock that goes when it is told to.
@Suite struct RecordingTests {
    private static let retentionSeconds: Int64 = 86_400

    private func recording(_ world: World) -> Recording {
        Recording(behaviour: world.behaviour, profiles: world.profiles, retentionSeconds: Self.retentionSeconds)
    }

    private func report(_ id: String, of visitor: String = "ann", at time: Timestamp? = nil) -> Recording.Report {
        var report = Recording.Report()
        report.events = [Recording.Given(Recording.Event(id: id, visitorID: visitor, name: "visit"), at: time)]
        return report
    }

    @Test func `What comes without a time happened now, and what comes twice counts once`() async throws {
        let world = try await World()
        let first = try await recording(world).record(report("e1"))
        world.clock.advance(seconds: 10)
        let again = try await recording(world).record(report("e1"))
        let other = try await recording(world).record(report("e2"))
        #expect((first.recorded, again.recorded, again.duplicates, other.recorded) == (1, 0, 1, 1))
        let visit = try #require(world.behaviour.behaviour(.visitor, "ann")?.events.first)
        #expect(visit.count == 2 && visit.last == world.clock.now())
    }

    @Test func `What is older than what is retained, or is to come, is refused and leaves nothing`() async throws {
        let world = try await World()
        let now = world.clock.now().microseconds
        for seconds in [-Self.retentionSeconds - 1, 301] {
            let time = Timestamp(microseconds: now + seconds * 1_000_000)
            await #expect(throws: BehaviourError.self) {
                _ = try await recording(world).record(report("e1", at: time))
            }
        }
        #expect(world.behaviour.behaviour(.visitor, "ann") == nil)
        world.clock.advance(seconds: 1)
        let time = Timestamp(microseconds: now + 301 * 1_000_000)
        #expect(try await recording(world).record(report("e1", at: time)).recorded == 1)
    }

    @Test func `A wrong name refuses all that comes with it`() async throws {
        let world = try await World()
        var mixed = report("e1")
        mixed.events.append(Recording.Given(Recording.Event(id: "e2", visitorID: "ann", name: "vist"), at: nil))
        await #expect(throws: BehaviourError.self) { _ = try await recording(world).record(mixed) }
        #expect(world.behaviour.behaviour(.visitor, "ann") == nil)
    }

    @Test func `A profile expires when the clock says so`() async throws {
        let world = try await World(lifetime: ProfileLifetime(days: 1))
        try await world.put("ann", "lady")
        world.clock.advance(seconds: 86_000)
        #expect(world.title("ann") == "lady")
        world.clock.advance(seconds: 800)
        #expect(world.title("ann") == nil)
        #expect(try await world.profiles.sweep(at: world.clock.now()) == 1)
        #expect(await world.profiles.expired.visitors == 1)
    }

    @Test func `An export tells what was recorded, from a time on`() async throws {
        let world = try await World()
        _ = try await recording(world).record(report("e1"))
        world.clock.advance(seconds: 60)
        let since = world.clock.now()
        _ = try await recording(world).record(report("e2", of: "bob"))
        var question = EventExport.Question(nil)
        question.since = since
        var export = EventExport(question, world.behaviour, world.profiles)
        let part = try #require(try export.next())
        #expect(part.records.map(\.visitorID) == ["bob"] && part.records.first?.name == "visit")
        #expect(try export.next() == nil)
    }

    @Test func `Consent that is given twice stands once in the history`() async throws {
        let world = try await World()
        try await world.adopt(World.yaml + "\npolicies: {consent: {marketing: {covers: [], default: denied}}}\n")
        var choices = Recording.Choices(visitorID: "ann")
        (choices.granted, choices.source) = (["marketing"], "banner")
        for _ in 0..<2 {
            try await recording(world).setConsent(choices)
            world.clock.advance(seconds: 5)
        }
        let history = try world.behaviour.consents(of: "ann")
        #expect(history.count == 1 && history.first?.choice.isGranted == true)
        choices.denied = ["nothing"]
        await #expect(throws: BehaviourError.self) { try await recording(world).setConsent(choices) }
    }
}
