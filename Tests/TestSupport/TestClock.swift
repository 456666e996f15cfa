package import Model
internal import Synchronization

/// A clock that goes when it is told to.
package final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    /// - Parameter seconds: Since 1970.
    package init(seconds: Int64 = 1_800_000_000) { time = Mutex(Timestamp(microseconds: seconds * 1_000_000)) }

    /// What it shows.
    package func now() -> Timestamp { time.withLock { $0 } }

    /// Goes on.
    package func advance(seconds: Int64) {
        time.withLock { $0 = Timestamp(microseconds: $0.microseconds + seconds * 1_000_000) }
    }
}
