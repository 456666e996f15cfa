package import NIOCore

/// Lets connections of one event loop that have more to do than their share go on one after the other, with a pause between rounds in
/// which the loop serves all others.
///
/// A task that is submitted to a loop of SwiftNIO runs before the loop looks at its sockets again, and so would one that is due: so
/// one task stands for all who wait, and comes as long after a round as the round took.
package final class Turnstile {
    private static let roundNanoseconds: Int64 = 2_000_000
    private static let pauseNanosecondsMin: Int64 = 50_000

    private let loop: any EventLoop
    private let clock: () -> NIODeadline
    private var waiting: [() -> Void] = []
    private var next = 0
    private var isScheduled = false

    /// - Parameter clock: By which turns are measured; time passes while they run.
    /// - Precondition: Used on `loop` only.
    package init(loop: any EventLoop, clock: @escaping () -> NIODeadline = NIODeadline.now) {
        self.loop = loop
        self.clock = clock
    }

    /// Runs `turn` when those that came before have had theirs.
    package func enter(_ turn: @escaping () -> Void) {
        waiting.append(turn)
        schedule(after: Self.pauseNanosecondsMin)
    }

    private func schedule(after nanoseconds: Int64) {
        guard !isScheduled else { return }
        isScheduled = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .nanoseconds(nanoseconds)) { bound.value.round() }
    }

    private func round() {
        isScheduled = false
        let start = clock()
        var passed: Int64 = 0
        while next < waiting.count, passed < Self.roundNanoseconds {
            let turn = waiting[next]
            next += 1
            turn()
            passed = (clock() - start).nanoseconds
        }
        if next == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            next = 0
        } else if next > 1_024, next > waiting.count / 2 {
            waiting.removeFirst(next)
            next = 0
        }
        if !waiting.isEmpty { schedule(after: max(passed, Self.pauseNanosecondsMin)) }
    }
}
