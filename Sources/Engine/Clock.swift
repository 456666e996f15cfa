package import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// Wall time, for decisions and records: the system's, or what a test says.
package struct Clock: Sendable {
    private let read: @Sendable () -> Timestamp

    /// A clock that shows what the closure returns.
    package init(_ read: @escaping @Sendable () -> Timestamp) { self.read = read }

    /// The system's.
    package static let system = Clock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// Since 1970.
    package func now() -> Timestamp { read() }

    /// Seconds since 1970, as tokens count them.
    package func seconds() -> UInt32 { UInt32(clamping: now().microseconds / 1_000_000) }
}
