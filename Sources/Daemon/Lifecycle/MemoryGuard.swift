package import GRPC
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// Refuses what fills memory before the system ends the process for it: imports, writes and pushes; decisions go on.
package final class MemoryGuard: Sendable {
    private static let lookNanoseconds: UInt64 = 100_000_000

    /// Beyond it nothing further is taken.
    let bytesMax: UInt64
    private let used: @Sendable () -> UInt64
    private let looked = Atomic<UInt64>(0)
    private let isShort = Atomic<Bool>(false)
    private let refused = Atomic<Int>(0)

    /// - Parameters:
    ///   - bytesMax: Beyond so many bytes nothing further is taken.
    ///   - used: Asked at most ten times a second.
    package init(bytesMax: UInt64, used: @escaping @Sendable () -> UInt64) {
        self.bytesMax = bytesMax
        self.used = used
    }

    /// How often something was refused.
    package var refusals: Int { refused.load(ordering: .relaxed) }

    /// Now.
    var usedBytes: UInt64 { used() }

    /// Why nothing can be taken now; nil when there is room.
    package func refusal() -> Status? {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return refusal(at: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// - Parameter now: In nanoseconds, more than a tenth of a second after 0.
    package func refusal(at now: UInt64) -> Status? {
        if now &- looked.load(ordering: .relaxed) >= Self.lookNanoseconds {
            looked.store(now, ordering: .relaxed)
            isShort.store(used() > bytesMax, ordering: .relaxed)
        }
        guard isShort.load(ordering: .relaxed) else { return nil }
        refused.wrappingAdd(1, ordering: .relaxed)
        return Status(
            .resourceExhausted,
            "memory is short: more than \(bytesMax >> 20) MB are in use; give the daemon more, raise memory_bytes_max, or import less",
            retryMilliseconds: 10_000)
    }

    /// Of this process.
    ///
    /// - Parameter configured: 0 for what there is.
    static func ofProcess(configured: Int) -> MemoryGuard {
        let bytesMax = bytesMax(configured: configured)
        return MemoryGuard(bytesMax: bytesMax) { used(bytesMax: bytesMax) }
    }

    /// What this process may use: nine tenths of the least of what the machine has, its control group may use and its address space
    /// may grow to.
    private static func bytesMax(configured: Int) -> UInt64 {
        if configured > 0 { return UInt64(configured) }
        var least = UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
        for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            if let text = firstLine(path), let limit = UInt64(text) { least = min(least, limit) }
        }
        return least / 10 * 9
    }

    /// What is in use: memory, or more if address space is limited and comes nearer to its limit.
    private static func used(bytesMax: UInt64) -> UInt64 {
        let resident = StatusReport.residentBytes()
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max,
            let pages = firstLine("/proc/self/statm")?.split(separator: " ").first.flatMap({ UInt64($0) })
        else { return resident }
        // As a share of its own limit, so that one number says it.
        let share = Double(pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))) / (Double(limit.rlim_cur) * 0.9)
        return max(resident, UInt64(Double(bytesMax) * share))
    }

    private static func firstLine(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}
