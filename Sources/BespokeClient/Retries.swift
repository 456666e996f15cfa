/// How often a call that may be repeated is tried, and how long is waited between.
package struct Retries: Sendable, Hashable {
    /// Attempts after the first; 0 for none.
    package var attemptsMax: Int
    /// The wait before attempt n is a random time up to this, doubled n times.
    package var firstDelay: Duration
    package var delayMax: Duration

    package init(attemptsMax: Int = 2, firstDelay: Duration = .milliseconds(20), delayMax: Duration = .seconds(1)) {
        self.attemptsMax = attemptsMax
        self.firstDelay = firstDelay
        self.delayMax = delayMax
    }

    /// A time to wait, drawn evenly from 0 to the bound, so that clients that failed together do not return together.
    ///
    /// - Parameter attempt: From 1: which attempt follows.
    ///
    /// Source: M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), "full jitter".
    package func delay(
        beforeAttempt attempt: Int, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let doublings = min(max(attempt - 1, 0), 20)
        let bound = min(delayMax, firstDelay * (1 << doublings))
        return bound * Double.random(in: 0...1, using: &generator)
    }
}
