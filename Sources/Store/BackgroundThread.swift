#if canImport(Glibc)
    internal import Glibc
#endif

/// Runs what takes long beside what must answer at once.
package enum BackgroundThread {
    /// Added to the nice value: others come first when the cores are busy.
    private static let niceness: Int32 = 10

    private final class Work {
        let body: () -> Void

        init(_ body: @escaping () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` on a thread of its own with low priority; the caller's thread is free meanwhile.
    package static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let work = Unmanaged.passRetained(Work { continuation.resume(returning: body()) })
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { argument in
                    // Linux counts niceness by thread. Source: setpriority(2), "C library/kernel differences".
                    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, BackgroundThread.niceness)
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                    return nil
                }, work.toOpaque())
            guard code == 0 else {
                // No further thread is to be had: late is better than never.
                return work.takeRetainedValue().body()
            }
            pthread_detach(thread)
        }
    }
}
