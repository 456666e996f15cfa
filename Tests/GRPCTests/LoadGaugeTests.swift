import GRPC
import Testing

/// A gauge with a clock that the test moves.
private struct Gauged {
    var gauge = LoadGauge(roundMilliseconds: 10, streamsMax: 1_000)
    var now: UInt64 = 10_000_000_000

    /// Rounds one after the other, without a pause unless one is given.
    mutating func rounds(_ count: Int, milliseconds: Double, calls: Int = 100, pause: Double = 0.01) {
        for _ in 0..<count {
            now += UInt64(pause * 1_000_000)
            gauge.begin(now)
            gauge.saw(calls: calls)
            now += UInt64(milliseconds * 1_000_000)
            gauge.end(now)
        }
    }
}

@Suite struct LoadGaugeTests {
    @Test("While rounds are too long connections get fewer calls at once, down to one")
    func lowers() {
        var gauged = Gauged()
        gauged.rounds(20, milliseconds: 1)
        #expect(gauged.gauge.streamsMax == 1_000)
        gauged.rounds(6, milliseconds: 20)
        #expect((1...50).contains(gauged.gauge.streamsMax))
        gauged.rounds(100, milliseconds: 40)
        #expect(gauged.gauge.streamsMax == 1)
        #expect(gauged.gauge.isOverloaded)
    }

    @Test("A burst changes nothing: one short round, or a pause, shows that nothing stands")
    func toleratesBursts() {
        var gauged = Gauged()
        for _ in 0..<20 {
            gauged.rounds(1, milliseconds: 30)
            gauged.rounds(1, milliseconds: 1)
        }
        #expect(gauged.gauge.streamsMax == 1_000)
        for _ in 0..<20 {
            gauged.rounds(1, milliseconds: 30)
            gauged.rounds(1, milliseconds: 30, pause: 1)
        }
        #expect(gauged.gauge.streamsMax == 1_000)
        #expect(!gauged.gauge.isOverloaded)
    }

    @Test("What waits for its turn counts as a long round")
    func turnsCount() {
        var gauged = Gauged()
        for _ in 0..<60 {
            gauged.gauge.waited(30_000_000)
            gauged.rounds(1, milliseconds: 2)
        }
        #expect(gauged.gauge.streamsMax < 100)
    }

    @Test("It settles where rounds are as long as they may be")
    func settles() {
        var gauged = Gauged()
        for _ in 0..<400 {
            // Sixteen connections that use what they get, ten microseconds for each call.
            let calls = gauged.gauge.streamsMax
            gauged.rounds(1, milliseconds: Double(16 * calls) / 100, calls: calls)
        }
        let round = Double(16 * gauged.gauge.streamsMax) / 100
        #expect((4...11).contains(round), "\(round) ms")
    }

    @Test("It gives back soon when rounds are short, and at once after a long pause")
    func recovers() {
        var gauged = Gauged()
        gauged.rounds(40, milliseconds: 40)
        #expect(gauged.gauge.streamsMax == 1)
        gauged.rounds(600, milliseconds: 1)
        #expect(gauged.gauge.streamsMax == 1_000)
        gauged.rounds(40, milliseconds: 40)
        gauged.rounds(1, milliseconds: 1, pause: 2_000)
        #expect(gauged.gauge.streamsMax == 1_000)
        #expect(!gauged.gauge.isOverloaded)
    }

    @Test("What is read has come since the round before began, or just now after a pause")
    func arrival() {
        var gauged = Gauged()
        gauged.rounds(1, milliseconds: 5)
        let began = gauged.now - 5_000_000
        gauged.rounds(1, milliseconds: 1)
        #expect(gauged.gauge.arrivedAfter == began)
        #expect(gauged.gauge.lastRound == 5_000_000)
        gauged.rounds(1, milliseconds: 1, pause: 3)
        #expect(gauged.gauge.arrivedAfter == gauged.now - 1_000_000)
        #expect(gauged.gauge.lastRound == 0)
    }
}
