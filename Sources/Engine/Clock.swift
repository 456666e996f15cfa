package import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// The daemon's clock: wall time, for decisions and records.
package enum Clock {
    /// Seconds since 1970, as tokens count them.
    package static func seconds() -> UInt32 { UInt32(clamping: now().microseconds / 1_000_000) }

    /// Since 1970.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
