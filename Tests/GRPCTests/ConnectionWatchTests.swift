import GRPC
import NIOCore
import NIOEmbedded
import Testing

/// A watch with a clock that the test moves.
private struct Watched {
    var watch: ConnectionWatch
    var sight = ConnectionWatch.Sight()
    var now = NIODeadline.uptimeNanoseconds(1_000)

    init(_ limits: ServerLimits = Self.limits, jitter: Double = 0) {
        watch = ConnectionWatch(limits: limits, now: now, jitter: jitter)
        sight.hasPreface = true
        sight.hasSettings = true
    }

    static var limits: ServerLimits {
        var limits = ServerLimits()
        limits.prefaceMilliseconds = 100
        limits.settingsMilliseconds = 200
        limits.frameMilliseconds = 300
        limits.stallMilliseconds = 400
        limits.idleMilliseconds = 1_000
        limits.ageMilliseconds = 0
        return limits
    }

    mutating func check(after milliseconds: Int64) -> ConnectionWatch.OnCheck {
        now = now + .milliseconds(milliseconds)
        return watch.check(sight, now: now)
    }
}

@Suite struct ConnectionWatchTests {
    @Test("Who does not greet in time is gone, whatever else has come")
    func preface() {
        var watched = Watched()
        watched.sight.hasPreface = false
        watched.sight.hasSettings = false
        watched.sight.frame = 0
        #expect(watched.watch.interval == .milliseconds(25))
        var found = watched.check(after: 99)
        #expect(found == .goOn)
        found = watched.check(after: 1)
        #expect(found == .end(.noPreface))
    }

    @Test("SETTINGS are to be acknowledged in time, unless nobody asks for it", arguments: [200, 0])
    func settings(limit: Int) {
        var limits = Watched.limits
        limits.settingsMilliseconds = limit
        limits.idleMilliseconds = 0
        var watched = Watched(limits)
        watched.sight.hasSettings = false
        var found = watched.check(after: 199)
        #expect(found == .goOn)
        found = watched.check(after: 1)
        #expect(found == (limit == 0 ? .goOn : .end(.noSettings)))
    }

    @Test("One frame may not take for ever; many one after the other may")
    func frames() {
        var watched = Watched()
        watched.sight.openCalls = 1
        for number in 1...10 as ClosedRange<UInt64> {
            watched.sight.frame = number
            let found = watched.check(after: 250)
            #expect(found == .goOn)
        }
        watched.sight.frame = nil
        var found = watched.check(after: 1_000)
        #expect(found == .goOn)
        watched.sight.frame = 11
        found = watched.check(after: 299)
        #expect(found == .goOn)
        found = watched.check(after: 299)
        #expect(found == .goOn, "it was first seen at the check before")
        found = watched.check(after: 1)
        #expect(found == .end(.slowFrame))
    }

    @Test("A peer that reads a little is slow, one that reads nothing is gone")
    func stall() {
        var watched = Watched()
        watched.sight.openCalls = 1
        watched.sight.isStalled = true
        for bytes in 1...10 as ClosedRange<UInt64> {
            watched.sight.writtenBytes = bytes
            let found = watched.check(after: 390)
            #expect(found == .goOn)
        }
        var found = watched.check(after: 399)
        #expect(found == .goOn)
        found = watched.check(after: 1)
        #expect(found == .end(.stall))
    }

    @Test("A connection without calls ends, sooner while places are scarce", arguments: [false, true])
    func idle(isCrowded: Bool) {
        var watched = Watched()
        watched.sight.isCrowded = isCrowded
        watched.sight.openCalls = 1
        var found = watched.check(after: 5_000)
        #expect(found == .goOn)
        watched.sight.openCalls = 0
        // Calls that came and went between two checks count, too.
        watched.sight.calls = 7
        found = watched.check(after: 5_000)
        #expect(found == .goOn)
        found = watched.check(after: isCrowded ? 99 : 999)
        #expect(found == .goOn)
        found = watched.check(after: 1)
        #expect(found == .drain(.idle))
    }

    @Test("At its age a connection takes no more, and after the grace it ends", arguments: [-1.0, 0, 1])
    func age(jitter: Double) {
        var limits = Watched.limits
        limits.idleMilliseconds = 0
        limits.ageMilliseconds = 10_000
        limits.ageGraceMilliseconds = 500
        var watched = Watched(limits, jitter: jitter)
        watched.sight.openCalls = 3
        var found = watched.check(after: 10_000 + Int64(1_000 * jitter) - 1)
        #expect(found == .goOn)
        found = watched.check(after: 1)
        #expect(found == .drain(.age))
        found = watched.check(after: 499)
        #expect(found == .goOn)
        found = watched.check(after: 1)
        #expect(found == .end(.age))
    }

    @Test("Frames without a request are bounded, but not those that go with answers")
    func idleFrames() {
        var limits = Watched.limits
        limits.idleFramesPerSecondMax = 10
        var watched = Watched(limits)
        let now = watched.now
        for _ in 0..<1_000 {
            let end = watched.watch.came(idleFrames: 4, answered: 1, now: now)
            #expect(end == nil)
        }
        var end = watched.watch.came(idleFrames: 96, answered: 0, now: now)
        #expect(end == nil)
        end = watched.watch.came(idleFrames: 1, answered: 0, now: now)
        #expect(end == .idleFrames)
        end = watched.watch.came(idleFrames: 10, answered: 0, now: now + .seconds(1))
        #expect(end == nil)
        end = watched.watch.came(idleFrames: 1, answered: 0, now: now + .seconds(1))
        #expect(end == .idleFrames)
    }

    @Test("Resets that a peer provokes are bounded")
    func resets() {
        var limits = Watched.limits
        limits.resetsPerSecondMax = 2
        var watched = Watched(limits)
        var end = watched.watch.provoked(resets: 60, now: watched.now)
        #expect(end == nil)
        end = watched.watch.provoked(resets: 1, now: watched.now + .milliseconds(400))
        #expect(end == .resets)
    }

    @Test("Every end has a name and a reason of its own")
    func names() {
        #expect(Set(ConnectionEnd.allCases.map(\.name)).count == ConnectionEnd.allCases.count)
        #expect(Set(ConnectionEnd.allCases.map(\.reason)).count == ConnectionEnd.allCases.count)
        #expect(ConnectionEnd.idle.errorCode == 0 && ConnectionEnd.resets.errorCode == 11)
    }
}

@Suite struct TokenBucketTests {
    @Test("What is taken comes back with time, up to what there was")
    func refill() {
        let start = NIODeadline.uptimeNanoseconds(5)
        var bucket = TokenBucket(perSecond: 4, burst: 6, now: start)
        for (after, count, expected) in [
            (0, 6, true), (0, 1, false), (250, 1, true), (499, 1, false), (749, 1, true), (100_000, 7, false),
            (200_000, 6, true), (200_000, 0, true),
        ] as [(Int64, Int, Bool)] {
            let found = bucket.take(count, now: start + .milliseconds(after))
            #expect(found == expected, "\(count) after \(after) ms")
        }
        bucket.add(100)
        let all = bucket.take(6, now: start)
        let more = bucket.take(1, now: start)
        #expect(all && !more)
    }
}

@Suite struct TurnstileTests {
    @Test("Those who wait have their turns one after the other, and again")
    func turns() {
        let loop = EmbeddedEventLoop()
        let turnstile = Turnstile(loop: loop)
        var log: [String] = []
        turnstile.enter {
            log.append("a")
            turnstile.enter { log.append("a again") }
        }
        turnstile.enter { log.append("b") }
        #expect(log.isEmpty)
        loop.advanceTime(by: .milliseconds(1))
        #expect(log == ["a", "b", "a again"])
    }

    @Test("A round that has taken its time is followed by a pause as long")
    func pauses() {
        let loop = EmbeddedEventLoop()
        var clock = NIODeadline.uptimeNanoseconds(0)
        let turnstile = Turnstile(loop: loop) { clock }
        var log: [Int] = []
        for number in 0..<3 {
            turnstile.enter {
                log.append(number)
                // As if it had worked for three milliseconds.
                clock = clock + .milliseconds(3)
            }
        }
        loop.advanceTime(by: .microseconds(50))
        #expect(log == [0])
        loop.advanceTime(by: .microseconds(2_900))
        #expect(log == [0])
        loop.advanceTime(by: .microseconds(200))
        #expect(log == [0, 1])
    }
}
