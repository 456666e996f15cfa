import GRPC
import NIOCore
import NIOPosix
import Synchronization
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
    while !holds() {
        // The time limit cancels the test; it must not wait on for what never comes.
        guard !Task.isCancelled else {
            Issue.record("what the test waits for has not come")
            return
        }
        await Task.yield()
    }
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
                for stream in streams { while stream.status == nil { await Task.yield() } }
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
