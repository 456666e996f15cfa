import Model
import Profiles
import Testing

@Suite("Merging behaviour")
struct BehaviourMergingTests {
    private func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    /// Event 1 fades by half in ten seconds, and is the metric of experiment 7; shows of any creative are capped at two.
    private let rules = MergingRules(
        halfLife: { $0 == 1 ? 10e6 : 0 },
        caps: { _ in [ShowCap(number: 0, shows: 2, withinMicroseconds: 1_000_000_000)] },
        experiment: { $0 == 7 ? .init(metrics: [1], windowMicroseconds: 100_000_000) : nil })

    private func event(_ name: UInt32, _ seconds: Int64, value: Double = 0) -> EventLogEntry {
        var entry = EventLogEntry(.event, at: time(seconds))
        (entry.name, entry.value) = (name, value)
        return entry
    }

    private func behaviour(events: [(UInt32, Int64)] = [], arm: (arm: UInt32, since: Int64)? = nil) -> Behaviour {
        var behaviour = Behaviour()
        for (name, seconds) in events {
            behaviour.add(event: name, at: time(seconds), halfLifeMicroseconds: rules.halfLife(name))
        }
        if let arm {
            behaviour.trials = [.init(experiment: 7, arm: arm.arm, since: time(arm.since), propensity: 0.5)]
        }
        return behaviour
    }

    @Test("W8: what happened under both ids is counted once, and fades as if it had been one's from the start")
    func events() throws {
        let all: [(UInt32, Int64)] = [(1, 10), (1, 20), (1, 25), (2, 5), (1, 40)]
        let expected = behaviour(events: all)
        // The one of 20 was told under both.
        let first = behaviour(events: [(1, 10), (1, 20), (1, 40)])
        let second = behaviour(events: [(1, 20), (1, 25), (2, 5)])
        for (left, right) in [(first, second), (second, first)] {
            let united = left.united(with: right, twice: [event(1, 20)], rules)
            for event in expected.events {
                let found = try #require(united.events.first { $0.name == event.name })
                #expect(found.count == event.count && found.last == event.last)
                #expect(abs(found.weight - event.weight) < 1e-12)
            }
        }
    }

    @Test("W8: the arm of the earlier exposure is kept, and outcomes are counted from it")
    func trials() throws {
        let known = behaviour(events: [(1, 50)], arm: (arm: 2, since: 30))
        let other = behaviour(events: [(1, 15), (1, 25), (1, 5)], arm: (arm: 1, since: 10))
        var united = known.united(with: other, twice: [], rules)
        united.recount([event(1, 50, value: 4), event(1, 15, value: 2), event(1, 25), event(1, 5)], rules)
        let trial = try #require(united.trials.first)
        #expect(united.trials.count == 1 && trial.arm == 1 && trial.since == time(10))
        #expect(trial.isKept && trial.isJoined && trial.hasSeenOtherArm)
        #expect(united.outcomes == [.init(experiment: 7, metric: 1, count: 3, countBefore: 1, value: 6)])
        #expect(try united.encoded().withUnsafeBytes { Behaviour(try #require(BehaviourView($0))) } == united)
        let alone = known.united(with: behaviour(events: [(1, 15)]), twice: [], rules).trials
        #expect(alone.first.map { $0.isKept && !$0.isJoined && !$0.hasSeenOtherArm } == true)
    }

    @Test("W8: of two choices the stricter holds, and caps see the shows of both")
    func consentsAndShows() {
        func consent(_ purpose: UInt32, _ isGranted: Bool, _ seconds: Int64) -> Behaviour.Consent {
            .init(purpose: purpose, source: 0, isGranted: isGranted, time: time(seconds))
        }
        var known = Behaviour()
        var other = Behaviour()
        known.consents = [consent(1, true, 9), consent(2, false, 1), consent(3, true, 1)]
        other.consents = [consent(1, false, 2), consent(2, true, 8), consent(3, true, 4), consent(4, true, 1)]
        known.shows = [.init(creative: 5, time: time(30)), .init(creative: 5, time: time(10))]
        other.shows = [.init(creative: 5, time: time(20))]
        let united = known.united(with: other, twice: [], rules)
        #expect(
            united.consents == [consent(1, false, 9), consent(2, false, 8), consent(3, true, 4), consent(4, true, 1)],
            "a grant that is sent again is no newer than the denial")
        #expect(united.shows.map(\.time) == [time(30), time(20)])
        var shown = EventLogEntry(.exposure, at: time(20))
        shown.name = 5
        known.shows = [.init(creative: 5, time: time(20))]
        #expect(known.united(with: other, twice: [shown], rules).shows.count == 1)
    }

    @Test("W8: taken apart, everybody has what was theirs, and what came since stays")
    func takenApart() throws {
        var known = behaviour(events: [(1, 50), (2, 7)])
        known.consents = [.init(purpose: 1, source: 0, isGranted: true, time: time(1))]
        known.clicks = [.init(creative: 8, time: time(3))]
        var other = behaviour(events: [(1, 60), (3, 2)], arm: (arm: 1, since: 10))
        other.consents = [.init(purpose: 1, source: 0, isGranted: false, time: time(2))]
        other.shows = [.init(creative: 5, time: time(20))]
        let expected = known.united(with: other, twice: [], rules)
        #expect(expected.separated(expected: expected, rest: known, exposures: [], rules).events == known.events)

        var now = expected
        now.add(event: 1, at: time(70), halfLifeMicroseconds: 10e6)
        now.add(show: 5, at: time(71), caps: rules.caps)
        var seen = EventLogEntry(.exposure, at: time(72))
        (seen.experiment, seen.arm, seen.propensity) = (7, 1, 0.5)
        var left = now.separated(expected: expected, rest: known, exposures: [seen], rules)
        left.recount([event(1, 50), event(1, 70)], rules)
        let alone = behaviour(events: [(1, 50), (1, 70), (2, 7)])
        for event in alone.events {
            let found = try #require(left.events.first { $0.name == event.name })
            #expect(found.count == event.count && found.last == event.last)
            #expect(abs(found.weight - event.weight) < 1e-9)
        }
        #expect(left.events.count == 2 && left.shows == [.init(creative: 5, time: time(71))])
        #expect(left.consents == known.consents && left.clicks == known.clicks)
        #expect(left.trials.map(\.since) == [time(72)] && left.trials[0].isKept)
        #expect(left.outcomes == [.init(experiment: 7, metric: 1, count: 0, countBefore: 2, value: 0)])
    }

    @Test("W7: what somebody did is taken out of the account again")
    func takesOut() throws {
        var account = behaviour(events: [(1, 10), (1, 20), (2, 5)])
        account.takeOut(event(1, 20), 10e6)
        account.setLast(time(10), of: 1, 10e6)
        account.takeOut(event(2, 5), 0)
        let left = try #require(account.events.first)
        #expect(account.events.count == 1 && left.count == 1 && left.last == time(10) && abs(left.weight - 1) < 1e-9)
    }

    @Test("W7: an entry names the account that it was counted for too")
    func entryOfAccount() {
        var entry = event(1, 5, value: 2)
        (entry.decisionID, entry.account) = ("d", "acme")
        #expect(entry.encoded().withUnsafeBytes { EventLogEntry($0) } == entry)
        entry.account = ""
        #expect(entry.encoded()[0] == 1 && entry.encoded().withUnsafeBytes { EventLogEntry($0) } == entry)
    }
}
