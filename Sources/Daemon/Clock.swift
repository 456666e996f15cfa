internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// The daemon's clock: wall time, for decisions and records.
enum Clock {
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
