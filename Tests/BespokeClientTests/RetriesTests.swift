import BespokeClient
import Testing

@Suite struct RetriesTests {
    @Test func `Waits lie between nothing and a bound that doubles up to its maximum`() {
        let retries = Retries(attemptsMax: 9, firstDelay: .milliseconds(20), delayMax: .milliseconds(100))
        for (attempt, bound) in [(1, 20), (2, 40), (3, 80), (4, 100), (5, 100), (1_000, 100)] {
            var most = Most()
            #expect(retries.delay(beforeAttempt: attempt, using: &most) > .milliseconds(bound - 1))
            #expect(retries.delay(beforeAttempt: attempt, using: &most) <= .milliseconds(bound))
            var least = Least()
            #expect(retries.delay(beforeAttempt: attempt, using: &least) == .zero)
        }
    }
}

private struct Most: RandomNumberGenerator {
    mutating func next() -> UInt64 { .max - (1 << 32) }
}

private struct Least: RandomNumberGenerator {
    mutating func next() -> UInt64 { 0 }
}
