internal import NIOCore

/// Tells the gauge of an event loop its rounds. Used on the loop only.
final class LoopLoad {
    private final class Round {
        @exclusivity(unchecked) var gauge: LoadGauge
        @exclusivity(unchecked) var isOpen = false

        init(_ gauge: LoadGauge) { self.gauge = gauge }

        func end() {
            isOpen = false
            gauge.end(NIODeadline.now().uptimeNanoseconds)
        }
    }

    private let loop: any EventLoop
    private let round: Round
    /// Made once: nothing is allocated for a round.
    private let end: @Sendable () -> Void

    init(loop: any EventLoop, limits: ServerLimits) {
        self.loop = loop
        let gauge = LoadGauge(roundMilliseconds: limits.roundMilliseconds, streamsMax: limits.concurrentStreamsMax)
        let round = Round(gauge)
        self.round = round
        let bound = NIOLoopBound(round, eventLoop: loop)
        end = { bound.value.end() }
    }

    var gauge: LoadGauge {
        _read { yield round.gauge }
        _modify { yield &round.gauge }
    }

    /// A connection begins to work; the round ends once the loop has served all that were ready with it.
    func begin(_ now: UInt64) {
        guard !round.isOpen else { return }
        round.isOpen = true
        round.gauge.begin(now)
        // The loop runs tasks when it has been through its sockets.
        loop.execute(end)
    }
}
