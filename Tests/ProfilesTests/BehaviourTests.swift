import TestSupport
import Foundation
import Model
import Profiles
import Testing

@Suite("Behaviour")
struct BehaviourTests {
    private func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    private func decoded(_ behaviour: Behaviour) throws -> Behaviour {
        try behaviour.encoded().withUnsafeBytes { Behaviour(try #require(BehaviourView($0))) }
    }

    @Test("comes back whole from its encoding")
    func roundTrip() throws {
        var behaviour = Behaviour()
        #expect(try decoded(behaviour) == behaviour && behaviour.isEmpty)
        behaviour.version = 7
        behaviour.add(event: 3, at: time(100), halfLifeMicroseconds: 5e6)
        behaviour.shows = [.init(creative: 1, time: time(5)), .init(creative: 2, time: time(-4))]
        behaviour.trials = [.init(experiment: 8, arm: 9, since: time(1), propensity: 0.25)]
        behaviour.add(click: 6, at: time(9))
        behaviour.outcomes = [.init(experiment: 8, metric: 3, count: 2, countBefore: 1, value: -0.25)]
        behaviour.consents = [
            .init(purpose: 4, source: 5, isGranted: true, time: time(2)),
            .init(purpose: 5, source: 5, isGranted: false, time: time(3)),
        ]
        #expect(try decoded(behaviour) == behaviour && !behaviour.isEmpty)
    }

    @Test("What was written before clicks and propensities were kept is read")
    func firstFormat() throws {
        var behaviour = Behaviour()
        behaviour.trials = [.init(experiment: 8, arm: 9, since: time(1), propensity: 0)]
        behaviour.consents = [.init(purpose: 4, source: 5, isGranted: true, time: time(2))]
        var bytes = behaviour.encoded()
        // Its trials ended with the arm.
        bytes.removeSubrange(16 + 16..<16 + 20)
        bytes[14] = 1
        #expect(try bytes.withUnsafeBytes { Behaviour(try #require(BehaviourView($0))) } == behaviour)
    }

    @Test("Of clicks the last to each page is kept, the newest first, at most eight")
    func clicks() {
        var behaviour = Behaviour()
        for (creative, seconds) in [(1, 50), (2, 40), (1, 45), (3, 60), (2, 70)] as [(UInt32, Int64)] {
            behaviour.add(click: creative, at: time(seconds))
        }
        #expect(behaviour.clicks.map(\.creative) == [2, 3, 1])
        #expect(behaviour.clicks.map(\.time) == [time(70), time(60), time(50)])
        for creative in 10..<30 as Range<UInt32> { behaviour.add(click: creative, at: time(Int64(creative) * 10)) }
        #expect(behaviour.clicks.map(\.creative) == (22..<30).reversed())
    }

    @Test("takes at most 48 bytes for each experiment with one metric")
    func size() {
        var behaviour = Behaviour()
        let empty = behaviour.encoded().count
        for experiment in 0..<100 as Range<UInt32> {
            behaviour.trials.append(.init(experiment: experiment, arm: 1, since: time(1), propensity: 0.5))
            behaviour.outcomes.append(.init(experiment: experiment, metric: 3, count: 2, countBefore: 1, value: 0))
        }
        #expect((behaviour.encoded().count - empty) / 100 <= 48)
    }

    @Test("Bytes that are cut, longer or of another format are refused")
    func damage() {
        var behaviour = Behaviour()
        behaviour.add(event: 3, at: time(100), halfLifeMicroseconds: 0)
        let bytes = behaviour.encoded()
        for count in 0..<bytes.count {
            #expect(bytes[..<count].withUnsafeBytes { BehaviourView($0) } == nil)
        }
        #expect((bytes + [0]).withUnsafeBytes { BehaviourView($0) } == nil)
        var other = bytes
        other[14] = 3
        #expect(other.withUnsafeBytes { BehaviourView($0) } == nil)
    }

    @Test("R31: points fade by half in each half-life, in whatever order events come", arguments: 0..<50)
    func fading(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let times = (0..<20).map { _ in Int64.random(in: 0...1_000_000, using: &random) }
        let halfLife = 100_000.0
        var behaviour = Behaviour()
        for second in times { behaviour.add(event: 1, at: time(second), halfLifeMicroseconds: halfLife * 1e6) }
        let last = times.max() ?? 0
        let weight = times.reduce(0.0) { $0 + pow(0.5, Double(last - $1) / halfLife) }
        #expect(behaviour.events[0].count == 20 && behaviour.events[0].last == time(last))
        #expect(abs(behaviour.events[0].weight - weight) < 1e-9)
    }

    @Test("keeps exactly the shows that a cap still needs", arguments: 0..<50)
    func shows(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let caps = [
            ShowCap(number: 0, shows: 2, withinMicroseconds: 50_000_000),
            ShowCap(number: 1, shows: 5, withinMicroseconds: 200_000_000),
        ]
        // Creative 0 counts for both caps, 1 for the second, 2 for none.
        func capped(_ creative: UInt32) -> [ShowCap] { creative == 0 ? caps : creative == 1 ? [caps[1]] : [] }
        var behaviour = Behaviour()
        var all: [(creative: UInt32, second: Int64)] = []
        for _ in 0..<60 {
            let show = (UInt32.random(in: 0...2, using: &random), Int64.random(in: 0...400, using: &random))
            all.append(show)
            behaviour.add(show: show.0, at: time(show.1), caps: capped)
            let newest = all.filter { $0.creative < 2 }.map(\.second).max() ?? 0
            for cap in caps {
                // What the cap sees of the kept shows, up to its bound, is what it would see of all.
                func seen(_ shows: [(creative: UInt32, second: Int64)]) -> Int {
                    min(
                        shows.filter { show in
                            capped(show.creative).contains { $0.number == cap.number }
                                && (newest - show.second) * 1_000_000 < cap.withinMicroseconds
                        }.count, cap.shows)
                }
                let kept = behaviour.shows.map { ($0.creative, $0.time.microseconds / 1_000_000) }
                #expect(seen(kept) == seen(all))
            }
            #expect(behaviour.shows.count <= 7)
        }
    }

    @Test("Names keep their numbers, and are loaded without gaps")
    func names() {
        var book = NameBook()
        let demo = book.number(.event, "demo")
        #expect(book.number(.creative, "demo") != demo && book.number(.event, "demo") == demo)
        #expect(book.unstored.count == 2 && book.known(.event, "other") == nil && book.name(demo) == "demo")
        var loaded = NameBook()
        for (number, entry) in book.unstored {
            let isNext = loaded.load(number: number, entry: entry)
            #expect(isNext)
        }
        #expect(loaded.known(.event, "demo") == demo && loaded.unstored.isEmpty)
        let hasGap = !loaded.load(number: 5, entry: [0x65, 0x61])
        #expect(hasGap)
    }

    @Test("A table of records is a dictionary, whatever comes in which order", arguments: 0..<8)
    func table(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let table = RecordTable()
        var model: [String: [UInt8]] = [:]
        for step in 0..<20_000 {
            let id = "id\(Int.random(in: 0..<700, using: &random))"
            let bytes = Array(id.utf8)
            bytes.withUnsafeBufferPointer { id_ in
                if Int.random(in: 0..<5, using: &random) == 0 {
                    let existed = model.removeValue(forKey: id) != nil
                    #expect(table.remove(id_) == existed)
                } else {
                    let payload = (0..<Int.random(in: 0..<1_500, using: &random)).map {
                        UInt8(truncatingIfNeeded: $0 &+ step)
                    }
                    payload.withUnsafeBytes { table.put(id_, $0) }
                    model[id] = payload
                }
                #expect(table.find(id_).map { Array($0.payload) } == model[id])
            }
            if step % 997 == 0 { table.free(table.takeRetired()) }
        }
        var seen: [String: [UInt8]] = [:]
        for part in 0..<RecordTable.partCount {
            table.forEach(inPart: part) { seen[String(decoding: $0.id, as: UTF8.self)] = Array($0.payload) }
        }
        #expect(seen == model && table.count == model.count)
    }
}
