import BespokeClient
import Testing

@Suite struct RetriesTests {
    @Test func `Waits spread from nothing to a bound that doubles up to its maximum`() throws {
        let retries = Retries(attemptsMax: 9, firstDelay: .milliseconds(20), delayMax: .milliseconds(100))
        var generator = SeededGenerator(state: 1)
        for (attempt, bound) in [(1, 20), (2, 40), (3, 80), (4, 100), (5, 100), (1_000, 100)] {
            let delays = (0..<1_000).map { _ in retries.delay(beforeAttempt: attempt, using: &generator) }
            let least = try #require(delays.min())
            let most = try #require(delays.max())
            #expect(least >= .zero && least < .milliseconds(bound) * 0.02)
            #expect(most <= .milliseconds(bound) && most > .milliseconds(bound) * 0.98)
        }
    }
}

/// The same numbers for the same seed. Source: S. Vigna, splitmix64.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
