package import NIOCore
internal import NIOPosix
internal import Synchronization

/// Threads of their own for calls that work for long, so that whatever answers at once (health, signals, reads and writes of profiles)
/// never waits behind them. Swift's own pool has a thread for each core, and a few long calls would take them all.
package final class WorkPool: TaskExecutor {
    private let threads: NIOThreadPool
    private let callsMax: Int
    private let calls = Atomic<Int>(0)

    /// - Parameters:
    ///   - threadCount: How many calls work at the same time.
    ///   - callsMax: Calls that work or wait; further ones are refused.
    package init(threadCount: Int, callsMax: Int) {
        threads = NIOThreadPool(numberOfThreads: threadCount)
        self.callsMax = callsMax
        threads.start()
    }

    /// Runs a part of a task on one of the threads.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // A job runs even when the pool has ended meanwhile: whoever waits for it would wait for ever.
        threads.submit { [self] _ in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Runs on one of the threads what an event loop must not do, such as reading the disk.
    ///
    /// - Returns: Of the loop; what `body` returns, or why there was no room for it.
    package func run(
        for loop: any EventLoop, _ body: @escaping @Sendable () -> Status?
    ) -> EventLoopFuture<Status?> {
        guard enter() else { return loop.makeSucceededFuture(refusal) }
        let done = loop.makePromise(of: Status?.self)
        threads.submit { [self] _ in
            let status = body()
            leave()
            done.succeed(status)
        }
        return done.futureResult
    }

    /// Ends the threads once what waits has run.
    package func shutDown() async {
        // It has ended before: as good.
        try? await threads.shutdownGracefully()
    }

    /// - Returns: Whether there is room for a call; `leave` must follow then.
    func enter() -> Bool {
        if calls.wrappingAdd(1, ordering: .relaxed).newValue <= callsMax { return true }
        leave()
        return false
    }

    func leave() { calls.wrappingSubtract(1, ordering: .relaxed) }

    var refusal: Status {
        Status(
            .resourceExhausted, "\(callsMax) calls of this kind work or wait already; try again later",
            retryMilliseconds: 1_000)
    }
}
