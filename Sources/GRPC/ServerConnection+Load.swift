internal import HTTP2
internal import NIOCore
internal import Synchronization

// What is not begun because it comes too late, or because too much waits.

/// Why a call was not begun under load.
package enum Shed: Int, Sendable, CaseIterable {
    /// Nobody waits for its answer any more.
    case late
    /// Its address has asked for more work than it may.
    case address
    /// What came before has not been begun for too long.
    case queue

    /// As the figures name it.
    package var name: String {
        switch self {
        case .late: "late"
        case .address: "address"
        case .queue: "queue"
        }
    }

    var status: Status {
        switch self {
        case .late: Self.lateStatus
        case .address: Self.addressStatus
        case .queue: Self.queueStatus
        }
    }

    var fields: [HeaderField] {
        switch self {
        case .late: Self.lateFields
        case .address: Self.addressFields
        case .queue: Self.queueFields
        }
    }

    // Made once: of these there are many when there is least time.
    private static let lateStatus = Status(.deadlineExceeded, "the deadline passed before the call was begun")
    private static let queueStatus = Status(
        .resourceExhausted, "more calls come than can be answered; try again later", retryMilliseconds: 100)
    private static let addressStatus = Status(
        .resourceExhausted, "your address asks for more work than it may; try again later", retryMilliseconds: 1_000)
    private static let addressFields =
        ResponseFields.identity + [
            HeaderField("grpc-status", "8"),
            HeaderField("grpc-message", "your address asks for more work than it may; try again later"),
            HeaderField("grpc-retry-pushback-ms", "1000"), HeaderField("retry-after", "1"),
        ]
    private static let lateFields =
        ResponseFields.identity + [
            HeaderField("grpc-status", "4"),
            HeaderField("grpc-message", "the deadline passed before the call was begun"),
        ]
    private static let queueFields =
        ResponseFields.identity + [
            HeaderField("grpc-status", "8"),
            HeaderField("grpc-message", "more calls come than can be answered; try again later"),
            HeaderField("grpc-retry-pushback-ms", "100"), HeaderField("retry-after", "1"),
        ]
}

extension ServerConnection {
    /// Whoever has one call at a time waits so many times longer before a call is refused.
    private static let singleFactor: UInt64 = 10
    /// Connections hear of another number of streams at most so often.
    private static let announcementNanoseconds: UInt64 = 50_000_000

    /// What was read came after this time.
    func arrival(of bytes: ByteBuffer) -> UInt64 {
        // A full buffer left more in the kernel, which had come by then. One step back only: of a connection that always has more
        // nobody knows how much.
        let own = load.gauge.arrivedAfter
        defer {
            lastRound = own
            hasUnread = receiving != nil && bytes.writableBytes == 0
        }
        return hasUnread ? lastRound : own
    }

    /// Why the call is not begun, if so. To be asked when its header fields are complete.
    func shed(_ call: ServerCall) -> Shed? {
        guard limits.shedsLoad, !router.methods[call.method].isVital else { return nil }
        if let deadline = call.deadline {
            // Answers leave when the turn is over.
            let margin = min(load.gauge.lastRound, UInt64(limits.turnMicroseconds) * 1_000)
            if deadline.uptimeNanoseconds < call.startedAt &+ margin { return .late }
        }
        if address.hasWorkedTooMuch { return .address }
        let isFirst = callsOfTurn == 0
        callsOfTurn &+= 1
        guard load.gauge.isOverloaded else { return nil }
        let limit = UInt64(limits.queueMilliseconds) * 1_000_000 * (isFirst ? Self.singleFactor : 1)
        return call.startedAt &- arrivedAt > limit ? .queue : nil
    }

    /// Ends a call that was not begun, as cheaply as can be.
    func refuse(_ call: ServerCall, _ shed: Shed) {
        counters.shed[shed].wrappingAdd(1, ordering: .relaxed)
        if call.machine.fail(shed.status) == .submitHeadersOnly {
            session.submitHeadersOnly(on: call.stream, shed.fields)
        }
    }

    /// Tells the peer how many calls it may have at once, when that has changed and concerns it.
    func announceStreams() {
        guard limits.shedsLoad else { return }
        load.gauge.saw(calls: mostCalls)
        let wanted = load.gauge.streamsMax
        guard wanted != announcedStreams else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        guard now &- announcedAt > Self.announcementNanoseconds, session.openSettings == 0 else { return }
        let isWorthIt =
            wanted < announcedStreams
            ? mostCalls * 2 > wanted : wanted == limits.concurrentStreamsMax || wanted > announcedStreams / 4 * 5
        guard isWorthIt else { return }
        announcedAt = now
        announcedStreams = wanted
        mostCalls = openCalls
        session.announce(streamsMax: UInt32(clamping: wanted))
    }
}
