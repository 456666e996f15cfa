import TestSupport
import BespokeClient
import Testing

@Suite struct RetriesTests {
    @Test func `Waits spread from nothing to a bound that doubles up to its maximum`() throws {
        let retries = Retries(attemptsMax: 9, firstDelay: .milliseconds(20), delayMax: .milliseconds(100))
        var generator = SeededGenerator(seed: 1)
        for (attempt, bound) in [(1, 20), (2, 40), (3, 80), (4, 100), (5, 100), (1_000, 100)] {
            let delays = (0..<1_000).map { _ in retries.delay(beforeAttempt: attempt, using: &generator) }
            let least = try #require(delays.min())
            let most = try #require(delays.max())
            #expect(least >= .zero && least < .milliseconds(bound) * 0.02)
            #expect(most <= .milliseconds(bound) && most > .milliseconds(bound) * 0.98)
        }
    }
}
