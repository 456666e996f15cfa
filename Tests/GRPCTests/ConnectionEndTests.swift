import GRPC
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// A server of a few methods, with peers that decide each byte.
private func withServer<R: Sendable>(
    limits: ServerLimits = ServerLimits(),
    _ body: @Sendable (GRPCServer, Int, MultiThreadedEventLoopGroup, Handlers) async throws -> R
) async throws -> R {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let handlers = Handlers()
    let server = GRPCServer(group: group, limits: limits, tls: nil) { _ in
        var router = ServiceRouter()
        handlers.register(in: &router)
        return router
    }
    let address = try await server.bind(host: "127.0.0.1", port: 0)
    let result: Result<R, any Error>
    do {
        result = .success(try await body(server, address.port ?? 0, group, handlers))
    } catch {
        result = .failure(error)
    }
    await server.shutDownGracefully(withinMilliseconds: 1_000)
    try await group.shutdownGracefully()
    return try result.get()
}

private final class Handlers: Sendable {
    let hung = Atomic<Int>(0)
    private let gate = AsyncStream.makeStream(of: Void.self)

    func open() { gate.continuation.finish() }

    func register(in router: inout ServiceRouter) {
        router.unary("/t.T/Echo") { _, request, reply in
            reply.writeBytes(request)
            return nil
        }
        // Takes nothing, and waits until it is cancelled.
        router.stream("/t.T/Hang") { [self] _ in
            hung.add(1, ordering: .relaxed)
            defer { hung.subtract(1, ordering: .relaxed) }
            let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
            for await _ in stream {}
            continuation.finish()
            try Task.checkCancellation()
        }
        // Takes nothing until the gate opens, then gives the number of messages.
        router.stream("/t.T/Count") { [self] stream in
            for await _ in gate.stream {}
            var count = 0
            for try await _ in stream.messages { count += 1 }
            try await stream.send(ByteBuffer(string: "\(count)"))
        }
        // Fails when the gate opens, whatever was sent.
        router.stream("/t.T/Fail") { [self] _ in
            for await _ in gate.stream {}
            throw Status(.aborted, "enough")
        }
        // Ends well when the gate opens, whatever was sent.
        router.stream("/t.T/Ignore") { [self] _ in for await _ in gate.stream {} }
        // Gives messages without end.
        router.stream("/t.T/Flood") { stream in
            while true { try await stream.send(ByteBuffer(repeating: 1, count: 10_000)) }
        }
    }
}

private func wait(until holds: () -> Bool) async {
    if await !eventually(holds) { Issue.record("what the test waits for has not come") }
}

@Suite(.timeLimit(.minutes(1))) struct ConnectionEndTests {
    @Test("Nothing of a connection stays in memory, however it ended")
    func leavesNothing() async throws {
        try await withServer { server, port, group, handlers in
            let endings: [[UInt8]] = [
                [],
                Array(RawPeer.preface.prefix(10)),
                RawPeer.preface,
                RawPeer.preface + RawPeer.headers("/t.T/Echo", stream: 1)
                    + RawPeer.data(RawPeer.message([1]), stream: 1, isLast: true),
                RawPeer.preface + RawPeer.headers("/t.T/Echo", stream: 1, more: [("grpc-timeout", "1H")])
                    + RawPeer.data([0, 0, 0, 9], stream: 1),
                RawPeer.preface + RawPeer.headers("/t.T/Hang", stream: 1)
                    + RawPeer.data(RawPeer.message([1, 2, 3]), stream: 1),
                RawPeer.preface + RawPeer.headers("/t.T/Hang", stream: 1) + RawPeer.reset(1)
                    + RawPeer.headers("/t.T/Hang", stream: 3, isLast: true),
                RawPeer.preface + RawPeer.headers("/t.T/Flood", stream: 1, isLast: true),
                Array("GET / HTTP/1.1\r\n\r\n".utf8),
            ]
            for bytes in endings + endings {
                let peers = try await [
                    RawPeer(port: port, group: group), RawPeer(port: port, group: group),
                    RawPeer(port: port, group: group),
                ]
                for peer in peers where !bytes.isEmpty { try? await peer.send(bytes) }
                // One waits for an answer, one goes at once, one ends its output first.
                if bytes.starts(with: RawPeer.preface) {
                    await wait { !peers[0].frames.isEmpty || peers[0].isOver }
                }
                try? await peers[2].endOutput()
                for peer in peers { try? await peer.close() }
            }
            await wait { server.openConnections == 0 }
            await wait { handlers.hung.load(ordering: .relaxed) == 0 && server.liveObjects == 0 }
            #expect(server.openStreams == 0)
        }
    }

    @Test("Nothing of a client's connection stays in memory")
    func clientLeavesNothing() async throws {
        try await withServer { server, port, group, _ in
            let channel = GRPCChannel(target: .tcp(host: "127.0.0.1", port: port), tls: nil, group: group)
            _ = try await channel.unary("/t.T/Echo", ByteBuffer(), timeoutMilliseconds: 3_600_000)
            try await leaveCalls(on: channel)
            await wait { channel.liveObjects == 0 && server.liveObjects == 0 }
        }
    }

    /// A function of its own: what it held is gone when it returns, which within one the optimiser decides.
    private func leaveCalls(on channel: GRPCChannel) async throws {
        let hanging = try await channel.stream("/t.T/Hang")
        let flooding = try await channel.stream("/t.T/Flood")
        var replies = flooding.responses.makeAsyncIterator()
        _ = try await replies.next()
        #expect(channel.liveObjects >= 3)
        await channel.close()
        withExtendedLifetime(hanging) {}
    }

    @Test("W40: after a FIN a request that can no longer be completed ends at once")
    func endOfInputCancels() async throws {
        var limits = ServerLimits()
        limits.halfClosedMilliseconds = 3_600_000
        try await withServer(limits: limits) { server, port, group, handlers in
            let peer = try await RawPeer(port: port, group: group)
            try await peer.send(RawPeer.preface + RawPeer.headers("/t.T/Hang", stream: 1))
            await wait { handlers.hung.load(ordering: .relaxed) == 1 }
            try await peer.endOutput()
            await wait { handlers.hung.load(ordering: .relaxed) == 0 && server.openConnections == 0 }
        }
    }

    @Test("W40: after a FIN a call that never ends by itself has a bounded time")
    func endOfInputBoundsAnswers() async throws {
        var limits = ServerLimits()
        limits.halfClosedMilliseconds = 50
        try await withServer(limits: limits) { server, port, group, handlers in
            for path in ["/t.T/Hang", "/t.T/Flood"] {
                let peer = try await RawPeer(port: port, group: group)
                try await peer.send(RawPeer.preface + RawPeer.headers(path, stream: 1, isLast: true))
                await wait { server.openStreams == 1 }
                try await peer.endOutput()
                await wait { server.openConnections == 0 }
                // Closed from the other side, perhaps.
                try? await peer.close()
            }
            #expect(handlers.hung.load(ordering: .relaxed) == 0)
        }
    }

    @Test("W40: an answer that is under way reaches whoever ended only the output")
    func answersAfterEndOfInput() async throws {
        try await withServer { _, port, group, handlers in
            let peer = try await RawPeer(port: port, group: group)
            try await peer.send(
                RawPeer.preface + RawPeer.headers("/t.T/Count", stream: 1)
                    + RawPeer.data(RawPeer.message() + RawPeer.message(), stream: 1, isLast: true))
            try await peer.endOutput()
            handlers.open()
            await wait { peer.isOver }
            #expect(peer.frames.contains { $0.type == 0 && $0.payload == RawPeer.message(Array("2".utf8)) })
        }
    }

    @Test("Messages that wait are counted one and all, however late they are taken", arguments: [0, 1, 700])
    func lateMessages(size: Int) async throws {
        try await withServer { _, port, group, handlers in
            let channel = GRPCChannel(target: .tcp(host: "127.0.0.1", port: port), tls: nil, group: group)
            let stream = try await channel.stream("/t.T/Count")
            async let sending: Void = {
                for index in 0..<7_000 {
                    try await stream.send(ByteBuffer(repeating: 7, count: size))
                    // More than the server takes out of what has come, less than would hold the sender back.
                    if index == (size < 100 ? 5_500 : 1_200) { handlers.open() }
                }
                await stream.finishSending()
            }()
            var replies: [String] = []
            for try await reply in stream.responses { replies.append(String(buffer: reply)) }
            try await sending
            #expect(replies == ["7000"])
            await channel.close()
        }
    }

    @Test("A message larger than what may wait is followed by the end of the messages all the same")
    func largeMessage() async throws {
        try await withServer { _, port, group, handlers in
            let channel = GRPCChannel(target: .tcp(host: "127.0.0.1", port: port), tls: nil, group: group)
            let stream = try await channel.stream("/t.T/Count")
            try await stream.send(ByteBuffer(repeating: 7, count: 3_000_000))
            await stream.finishSending()
            handlers.open()
            var replies: [String] = []
            for try await reply in stream.responses { replies.append(String(buffer: reply)) }
            #expect(replies == ["1"])
            await channel.close()
        }
    }

    @Test(
        "D3: credit that was kept back returns however a call ends",
        arguments: ["/t.T/Fail", "/t.T/Ignore", "cancelled", "late"])
    func creditReturns(path: String) async throws {
        var limits = ServerLimits()
        limits.unreadMessageBytesMax = 1_000
        try await withServer(limits: limits) { _, port, group, handlers in
            let channel = GRPCChannel(target: .tcp(host: "127.0.0.1", port: port), tls: nil, group: group)
            if path.hasPrefix("/") {
                // All at once: each keeps its part of the window until the gate opens.
                var streams: [ClientStream] = []
                for _ in 0..<7 {
                    let stream = try await channel.stream(path)
                    for _ in 0..<10 { try await stream.send(ByteBuffer(repeating: 7, count: 100_000)) }
                    streams.append(stream)
                }
                handlers.open()
                for stream in streams { await wait { stream.status != nil } }
            }
            for _ in 0..<16 {
                let stream = try await channel.stream(
                    path.hasPrefix("/") ? path : "/t.T/Hang", timeoutMilliseconds: path == "late" ? 100 : nil)
                for _ in 0..<10 { try await stream.send(ByteBuffer(repeating: 7, count: 100_000)) }
                _ = try await channel.unary("/t.T/Echo", ByteBuffer())
                if path == "cancelled" { stream.cancel() }
                // How it ended is another test's matter.
                do { for try await _ in stream.responses {} } catch {}
                #expect(stream.status != nil)
            }
            let reply = try await channel.unary(
                "/t.T/Echo", ByteBuffer(repeating: 7, count: 3_000_000), timeoutMilliseconds: 20_000)
            #expect(reply.readableBytes == 3_000_000)
            await channel.close()
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct WireAnswerTests {
    private func answer(_ bytes: [UInt8], limits: ServerLimits = ServerLimits()) async throws
        -> [(type: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8])]
    {
        try await withServer(limits: limits) { _, port, group, _ in
            let peer = try await RawPeer(port: port, group: group)
            // A PING behind it: its answer says that all before has been answered.
            try await peer.send(RawPeer.preface + bytes + RawPeer.frame(6, [1, 2, 3, 4, 5, 6, 7, 8]))
            await wait { peer.isOver || peer.frames.contains { $0.type == 6 } }
            let frames = peer.frames
            try await peer.close()
            return frames
        }
    }

    private static let call =
        RawPeer.headers("/t.T/Echo", stream: 1) + RawPeer.data(RawPeer.message(), stream: 1, isLast: true)

    @Test(
        "W43: a frame behind a reset of its stream is answered with STREAM_CLOSED",
        arguments: [RawPeer.data([0], stream: 1), RawPeer.headers("/t.T/Echo", stream: 1)])
    func afterReset(frame: [UInt8]) async throws {
        let frames = try await answer(RawPeer.headers("/t.T/Hang", stream: 1) + RawPeer.reset(1) + frame)
        #expect(frames.contains { $0.type == 3 && $0.stream == 1 && $0.payload == [0, 0, 0, 5] })
        #expect(!frames.contains { $0.type == 7 })
    }

    @Test(
        "W43: a frame behind the end of its stream ends the connection with STREAM_CLOSED",
        arguments: [RawPeer.data([0], stream: 1), RawPeer.headers("/t.T/Echo", stream: 1)])
    func afterEnd(frame: [UInt8]) async throws {
        let frames = try await answer(Self.call + frame)
        let goAway = try #require(frames.last { $0.type == 7 })
        #expect(goAway.payload[4..<8] == [0, 0, 0, 5])
    }

    @Test("W43: a stream with a number that was passed over ends the connection with PROTOCOL_ERROR")
    func unusedStream() async throws {
        let frames = try await answer(
            RawPeer.headers("/t.T/Echo", stream: 7) + RawPeer.headers("/t.T/Echo", stream: 3))
        let goAway = try #require(frames.last { $0.type == 7 })
        #expect(goAway.payload[4..<8] == [0, 0, 0, 1])
    }

    @Test("W47: one stream too many is refused, and the others go on")
    func refusedStream() async throws {
        var limits = ServerLimits()
        limits.concurrentStreamsMax = 3
        let frames = try await answer(
            [1, 3, 5, 7].flatMap { RawPeer.headers("/t.T/Hang", stream: $0) } + RawPeer.reset(3)
                + RawPeer.headers("/t.T/Echo", stream: 9)
                + RawPeer.data(RawPeer.message([42]), stream: 9, isLast: true), limits: limits)
        #expect(frames.first { $0.type == 4 }?.payload.suffix(6) == [0, 3, 0, 0, 0, 3])
        #expect(frames.filter { $0.type == 3 }.map { [$0.stream, UInt32($0.payload[3])] } == [[7, 7]])
        #expect(frames.contains { $0.stream == 9 && $0.type == 0 && $0.payload == RawPeer.message([42]) })
        #expect(!frames.contains { $0.type == 7 })
    }

    @Test("W48: a unary call without a message is UNIMPLEMENTED")
    func noMessage() async throws {
        try await withServer { _, port, group, _ in
            let channel = GRPCChannel(target: .tcp(host: "127.0.0.1", port: port), tls: nil, group: group)
            let stream = try await channel.stream("/t.T/Echo")
            await stream.finishSending()
            await #expect(throws: Status(.unimplemented, "the call takes one message; none came")) {
                for try await _ in stream.responses {}
            }
            await channel.close()
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    /// Sends bytes and waits for the connection to end.
    private func end(_ bytes: [UInt8], _ change: (inout ServerLimits) -> Void) async throws
        -> (ends: [ConnectionEnd: Int], goAway: [UInt8])
    {
        var limits = ServerLimits()
        change(&limits)
        return try await withServer(limits: limits) { server, port, group, _ in
            let peer = try await RawPeer(port: port, group: group)
            if !bytes.isEmpty { try await peer.send(bytes) }
            await wait { peer.isOver }
            await wait { server.openConnections == 0 && server.liveObjects == 0 }
            let ends = Dictionary(uniqueKeysWithValues: server.endedConnections.map { ($0.reason, $0.count) })
            return (ends.filter { $0.value > 0 }, peer.frames.last { $0.type == 7 }?.payload ?? [])
        }
    }

    private static let acknowledged = RawPeer.preface + RawPeer.frame(4, flags: 1)

    @Test("Whoever does not greet goes", arguments: [0, 1, 10, 24, 30])
    func preface(count: Int) async throws {
        let found = try await end(Array(RawPeer.preface.prefix(count))) { $0.prefaceMilliseconds = 20 }
        #expect(found.ends == [.noPreface: 1])
    }

    @Test("Whoever does not acknowledge SETTINGS goes, and is told")
    func settings() async throws {
        let found = try await end(RawPeer.preface) { $0.settingsMilliseconds = 20 }
        #expect(found.ends == [.noSettings: 1])
        #expect(found.goAway[4..<8] == [0, 0, 0, 4])
    }

    @Test("Half a frame does not keep a connection", arguments: [5, 9, 12])
    func slowFrame(count: Int) async throws {
        let frame = RawPeer.headers("/t.T/Echo", stream: 1)
        let found = try await end(Self.acknowledged + frame.prefix(count)) { $0.frameMilliseconds = 20 }
        #expect(found.ends == [.slowFrame: 1])
    }

    @Test("Nor does a header block that goes on without end")
    func slowBlock() async throws {
        let block = RawPeer.frame(1, stream: 1, [0x10, 1]) + RawPeer.frame(9, stream: 1, [65])
        let found = try await end(Self.acknowledged + block) { $0.frameMilliseconds = 20 }
        #expect(found.ends == [.slowFrame: 1])
    }

    @Test("A connection without calls is told and goes")
    func idle() async throws {
        let found = try await end(Self.acknowledged) { $0.idleMilliseconds = 20 }
        #expect(found.ends == [.idle: 1])
        #expect(found.goAway[4..<8] == [0, 0, 0, 0])
    }

    @Test("A connection that has come to its age takes its calls with it after the grace")
    func age() async throws {
        let found = try await end(Self.acknowledged + RawPeer.headers("/t.T/Hang", stream: 1)) {
            $0.ageMilliseconds = 20
            $0.ageGraceMilliseconds = 100
        }
        #expect(found.ends == [.age: 2])
        #expect(String(decoding: found.goAway.dropFirst(8), as: UTF8.self) == ConnectionEnd.age.reason)
    }

    @Test(
        "Frames without a request come to an end",
        arguments: [
            RawPeer.frame(6, [1, 2, 3, 4, 5, 6, 7, 8]), RawPeer.frame(8, [0, 0, 0, 1]), RawPeer.frame(99),
            RawPeer.frame(2, stream: 9, [0, 0, 0, 0, 1]), RawPeer.frame(0, stream: 1),
            RawPeer.frame(0, flags: 8, stream: 1, [3, 0, 0, 0]), RawPeer.frame(4),
        ])
    func idleFrames(frame: [UInt8]) async throws {
        let flood = (0..<120).flatMap { _ in frame }
        let found = try await end(Self.acknowledged + RawPeer.headers("/t.T/Hang", stream: 1) + flood) {
            $0.idleFramesPerSecondMax = 10
        }
        #expect(found.ends == [.idleFrames: 1])
        #expect(found.goAway[4..<8] == [0, 0, 0, 11])
    }

    @Test("Resets that a peer provokes come to an end")
    func provokedResets() async throws {
        var bytes = Self.acknowledged
        for stream in 0..<40 as Range<UInt32> {
            // More credit than a window can have is an error of the stream. Source: RFC 9113, section 6.9.1.
            bytes += RawPeer.headers("/t.T/Hang", stream: 2 * stream + 1)
            bytes += RawPeer.frame(8, stream: 2 * stream + 1, [0x7f, 0xff, 0xff, 0xff])
        }
        let found = try await end(bytes) { $0.resetsPerSecondMax = 1 }
        #expect(found.ends == [.resets: 1])
    }

    @Test("A request that pauses amid its message fails alone")
    func body() async throws {
        var limits = ServerLimits()
        limits.bodyMilliseconds = 20
        try await withServer(limits: limits) { _, port, group, _ in
            let peer = try await RawPeer(port: port, group: group)
            try await peer.send(
                Self.acknowledged + RawPeer.headers("/t.T/Echo", stream: 1) + RawPeer.data([0, 0, 0], stream: 1)
                    + RawPeer.headers("/t.T/Hang", stream: 3))
            await wait { peer.frames.contains { $0.type == 1 && $0.stream == 1 } }
            await wait { peer.frames.contains { $0.type == 3 && $0.stream == 1 } }
            #expect(!peer.frames.contains { $0.stream == 3 })
            #expect(!peer.isOver)
            try await peer.close()
        }
    }

    @Test("An answer that nobody reads is given up")
    func unreadAnswer() async throws {
        var limits = ServerLimits()
        limits.stallMilliseconds = 20
        try await withServer(limits: limits) { server, port, group, _ in
            let peer = try await RawPeer(port: port, group: group)
            // A window of 0: nothing of the body may leave.
            let greeting =
                RawPeer.preface.prefix(24) + RawPeer.frame(4, [0, 4, 0, 0, 0, 0]) + RawPeer.frame(4, flags: 1)
            try await peer.send(
                greeting + RawPeer.headers("/t.T/Echo", stream: 1)
                    + RawPeer.data(RawPeer.message([1, 2, 3]), stream: 1, isLast: true))
            await wait { peer.frames.contains { $0.type == 3 && $0.stream == 1 && $0.payload[3] == 8 } }
            await wait { server.openStreams == 0 }
            try await peer.close()
        }
    }

    @Test("Bodies that never end are bounded for all calls together, and the connection goes on")
    func waitingBytes() async throws {
        var limits = ServerLimits()
        limits.receivedMessageBytesMax = 100_000
        limits.connectionBytesMax = 400_000
        try await withServer(limits: limits) { server, port, group, _ in
            let peer = try await RawPeer(port: port, group: group)
            try await peer.send(Self.acknowledged)
            for stream in 0..<8 as Range<UInt32> {
                try await peer.send(RawPeer.headers("/t.T/Echo", stream: 2 * stream + 1))
                for part in 0..<6 {
                    let head: [UInt8] = part == 0 ? [0, 0, 1, 0x80, 0] : []
                    try await peer.send(
                        RawPeer.data(head + [UInt8](repeating: 7, count: 15_000), stream: 2 * stream + 1))
                }
            }
            try await peer.send(RawPeer.frame(6, [1, 2, 3, 4, 5, 6, 7, 8]))
            await wait { peer.frames.contains { $0.type == 6 } }
            // Four of 90,000 bytes have room, and of the fifth a part.
            let refused = peer.frames.filter { $0.type == 1 && $0.flags & 1 == 1 }.map(\.stream)
            #expect(refused == [9, 11, 13, 15] || refused == [9], "\(refused)")
            #expect(server.refusedCalls >= 1)
            #expect(!peer.isOver)
            try await peer.close()
            await wait { server.liveObjects == 0 }
        }
    }

    @Test("A connection that has worked for its share goes on later, and loses nothing")
    func turns() async throws {
        var limits = ServerLimits()
        limits.turnMicroseconds = 0
        try await withServer(limits: limits) { server, port, group, _ in
            let peer = try await RawPeer(port: port, group: group)
            var bytes = RawPeer.preface
            for stream in 0..<50 as Range<UInt32> {
                bytes += RawPeer.headers("/t.T/Echo", stream: 2 * stream + 1)
                bytes += RawPeer.data(RawPeer.message([UInt8(stream)]), stream: 2 * stream + 1, isLast: true)
            }
            try await peer.send(bytes)
            // The end of the input waits for its turn, too.
            try await peer.endOutput()
            await wait { peer.isOver }
            let answers = peer.frames.filter { $0.type == 0 }.map(\.payload)
            #expect(answers == (0..<50).map { RawPeer.message([$0]) })
            #expect(server.turns >= 49)
        }
    }

    @Test("Connections from one address are bounded")
    func addresses() async throws {
        var limits = ServerLimits()
        limits.connectionsPerAddressMax = 2
        try await withServer(limits: limits) { server, port, group, _ in
            let first = try await RawPeer(port: port, group: group)
            let second = try await RawPeer(port: port, group: group)
            await wait { server.openConnections == 2 }
            let third = try await RawPeer(port: port, group: group)
            await wait { third.isOver }
            #expect(server.refusedConnections == 1)
            try await first.close()
            await wait { server.openConnections == 1 }
            let fourth = try await RawPeer(port: port, group: group)
            try await fourth.send(RawPeer.preface)
            await wait { !fourth.frames.isEmpty }
            try await second.close()
            try await fourth.close()
        }
    }
}
