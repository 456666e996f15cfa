import GRPC
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// A server and a channel to it over a socket of their own.
private func withServer<R: Sendable>(
    limits: ServerLimits = ServerLimits(), clientLimits: ClientLimits = ClientLimits(),
    _ register: @escaping @Sendable (inout ServiceRouter) -> Void,
    _ body: @Sendable (GRPCChannel, GRPCServer) async throws -> R
) async throws -> R {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let server = GRPCServer(group: group, limits: limits, tls: nil) { _ in
        var router = ServiceRouter()
        register(&router)
        return router
    }
    let address = try await server.bind(host: "127.0.0.1", port: 0)
    let channel = GRPCChannel(
        target: .tcp(host: "127.0.0.1", port: address.port ?? 0), tls: nil, group: group, limits: clientLimits)
    let result: Result<R, any Error>
    do {
        result = .success(try await body(channel, server))
    } catch {
        result = .failure(error)
    }
    await channel.close()
    await server.shutDownGracefully(withinMilliseconds: 1_000)
    try await group.shutdownGracefully()
    return try result.get()
}

/// Waits until the task is cancelled, without a clock.
private func untilCancelled() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
    continuation.finish()
}

@Suite(.timeLimit(.minutes(1))) struct CallTests {
    private static let echo: @Sendable (inout ServiceRouter) -> Void = { router in
        router.unary("/t.T/Echo") { _, request, reply in
            reply.writeBytes(request)
            return nil
        }
        router.unary("/t.T/Fail") { _, _, _ in Status(.notFound, "größe") }
        router.unary("/t.T/Metadata") { context, _, reply in
            reply.writeString(context.metadata().text("who") ?? "nobody")
            for value in context.metadata().binaries("raw-bin") { reply.writeBytes(value) }
            return nil
        }
        let pool = WorkPool(threadCount: 1, callsMax: 1_000)
        router.unary("/t.T/Later") { context, _, reply in
            reply.writeString("dropped")
            let first = pool.run(for: context.eventLoop) { nil }
            context.answerLater(once: first) { context, request, reply in
                reply.writeString("dropped too")
                let text = String(decoding: request, as: UTF8.self)
                let second = pool.run(for: context.eventLoop) { text == "refuse" ? Status(.aborted, text) : nil }
                context.answerLater(once: second) { _, request, reply in
                    guard text != "fail" else { return Status(.notFound, text) }
                    reply.writeBytes(request)
                    return nil
                }
                return nil
            }
            return nil
        }
        router.stream("/t.T/Bidi") { stream in
            for try await message in stream.messages { try await stream.send(message) }
        }
        router.stream("/t.T/Count") { stream in
            var total = 0
            for try await message in stream.messages { total += message.readableBytes }
            try await stream.send(ByteBuffer(string: "\(total)"))
        }
        router.stream("/t.T/Many") { stream in
            for try await message in stream.messages {
                for index in 0..<(Int(String(buffer: message)) ?? 0) {
                    try await stream.send(ByteBuffer(string: "\(index)"))
                }
            }
            var trailers = Metadata()
            trailers.add("done", "yes")
            try await stream.setTrailers(trailers)
        }
        router.stream("/t.T/Throw") { stream in
            for try await _ in stream.messages { throw Status(.aborted, "enough") }
        }
    }

    @Test func `a unary call gives its message back`() async throws {
        try await withServer(Self.echo) { channel, _ in
            for size in [0, 1, 1_000, 100_000, 3_000_000] {
                let message = ByteBuffer(repeating: 42, count: size)
                let reply = try await channel.unary("/t.T/Echo", message)
                #expect(reply == message, "\(size) bytes")
            }
        }
    }

    @Test func `calls side by side do not meet`() async throws {
        try await withServer(Self.echo) { channel, _ in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<500 {
                    group.addTask {
                        let message = ByteBuffer(string: "message \(index)")
                        return try await channel.unary("/t.T/Echo", message) == message
                    }
                }
                for try await isSame in group { #expect(isSame) }
            }
        }
    }

    @Test func `a handler that answers later gets the same message, as often as it likes`() async throws {
        try await withServer(Self.echo) { channel, _ in
            for size in [0, 1, 100_000, 3_000_000] {
                let message = ByteBuffer(repeating: 42, count: size)
                #expect(try await channel.unary("/t.T/Later", message) == message, "\(size) bytes")
            }
            await #expect(throws: Status(.aborted, "refuse")) {
                try await channel.unary("/t.T/Later", ByteBuffer(string: "refuse"))
            }
            await #expect(throws: Status(.notFound, "fail")) {
                try await channel.unary("/t.T/Later", ByteBuffer(string: "fail"))
            }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let message = ByteBuffer(string: "message \(index)")
                        return try await channel.unary("/t.T/Later", message) == message
                    }
                }
                for try await isSame in group { #expect(isSame) }
            }
        }
    }

    @Test func `a status comes with its message`() async throws {
        try await withServer(Self.echo) { channel, _ in
            await #expect(throws: Status(.notFound, "größe")) { try await channel.unary("/t.T/Fail", ByteBuffer()) }
            await #expect(throws: Status(.unimplemented, "there is no method /t.T/None")) {
                try await channel.unary("/t.T/None", ByteBuffer())
            }
            // The connection goes on.
            let same = try await channel.unary("/t.T/Echo", ByteBuffer(string: "x"))
            #expect(same == ByteBuffer(string: "x"))
        }
    }

    @Test func `metadata arrives as text and as bytes`() async throws {
        try await withServer(Self.echo) { channel, _ in
            var metadata = Metadata()
            metadata.add("who", "me")
            metadata.add("raw-bin", binary: [0, 1, 254])
            let reply = try await channel.unary("/t.T/Metadata", ByteBuffer(), metadata: metadata)
            #expect(Array(buffer: reply) == Array("me".utf8) + [0, 1, 254])
        }
    }

    @Test func `a bidirectional call answers message by message`() async throws {
        try await withServer(Self.echo) { channel, _ in
            let stream = try await channel.stream("/t.T/Bidi")
            var responses = stream.responses.makeAsyncIterator()
            for index in 0..<50 {
                let message = ByteBuffer(string: "\(index)")
                try await stream.send(message)
                #expect(try await responses.next() == message)
            }
            await stream.finishSending()
            #expect(try await responses.next() == nil)
            #expect(stream.status == .ok)
        }
    }

    @Test func `a client may stream more than the window`() async throws {
        try await withServer(Self.echo) { channel, _ in
            let stream = try await channel.stream("/t.T/Count")
            for _ in 0..<100 { try await stream.send(ByteBuffer(repeating: 1, count: 100_000)) }
            await stream.finishSending()
            var replies: [String] = []
            for try await reply in stream.responses { replies.append(String(buffer: reply)) }
            #expect(replies == ["10000000"])
        }
    }

    @Test func `a server may stream many messages and end with trailers`() async throws {
        try await withServer(Self.echo) { channel, _ in
            let stream = try await channel.stream("/t.T/Many")
            try await stream.send(ByteBuffer(string: "20000"))
            await stream.finishSending()
            var count = 0
            for try await reply in stream.responses {
                #expect(String(buffer: reply) == "\(count)")
                count += 1
            }
            #expect(count == 20_000)
            #expect(stream.trailers.text("done") == "yes")
        }
    }

    @Test func `a handler that throws ends the call with its status`() async throws {
        try await withServer(Self.echo) { channel, _ in
            let stream = try await channel.stream("/t.T/Throw")
            try await stream.send(ByteBuffer(string: "x"))
            await #expect(throws: Status(.aborted, "enough")) { for try await _ in stream.responses {} }
        }
    }

    @Test func `a deadline that passes ends the call on both sides`() async throws {
        let hasEnded = Mutex(false)
        let hasBegun = Mutex(false)
        try await withServer({ router in
            router.stream("/t.T/Hang") { _ in
                hasBegun.withLock { $0 = true }
                defer { hasEnded.withLock { $0 = true } }
                await untilCancelled()
            }
        }) { channel, server in
            // One whose deadline has passed by then is not begun.
            while !hasBegun.withLock({ $0 }) {
                let error = await #expect(throws: Status.self) {
                    try await channel.unary("/t.T/Hang", ByteBuffer(), timeoutMilliseconds: 50)
                }
                #expect(error?.code == .deadlineExceeded)
            }
            #expect(await eventually { hasEnded.withLock { $0 } })
        }
    }

    @Test func `cancelling the client cancels the handler`() async throws {
        let hasEnded = Mutex(false)
        let hasBegun = Mutex(false)
        try await withServer({ router in
            router.stream("/t.T/Hang") { _ in
                hasBegun.withLock { $0 = true }
                defer { hasEnded.withLock { $0 = true } }
                await untilCancelled()
            }
        }) { channel, _ in
            let stream = try await channel.stream("/t.T/Hang")
            #expect(await eventually { hasBegun.withLock { $0 } })
            stream.cancel()
            #expect(await eventually { hasEnded.withLock { $0 } })
            await #expect(throws: Status(.cancelled, "the call was cancelled")) {
                for try await _ in stream.responses {}
            }
        }
    }

    @Test func `a message over the limit is refused by its prefix`() async throws {
        var limits = ServerLimits()
        limits.receivedMessageBytesMax = 1_000
        try await withServer(limits: limits, Self.echo) { channel, _ in
            let message = ByteBuffer(repeating: 1, count: 1_000)
            let reply = try await channel.unary("/t.T/Echo", message)
            #expect(reply == message)
            await #expect(throws: Status(.resourceExhausted, "the message is 1001 bytes long; the limit is 1000")) {
                try await channel.unary("/t.T/Echo", ByteBuffer(repeating: 1, count: 1_001))
            }
        }
    }

    @Test func `gzip works both ways and its expansion is bounded`() async throws {
        var limits = ServerLimits()
        limits.receivedMessageBytesMax = 100_000
        limits.compressionThresholdBytes = 10
        var clientLimits = ClientLimits()
        clientLimits.compressesRequests = true
        try await withServer(limits: limits, clientLimits: clientLimits, Self.echo) { channel, _ in
            let message = ByteBuffer(repeating: 65, count: 100_000)
            let reply = try await channel.unary("/t.T/Echo", message)
            #expect(reply == message)
            await #expect(
                throws: Status(.resourceExhausted, "the message expands to more than the limit of 100000 bytes")
            ) {
                try await channel.unary("/t.T/Echo", ByteBuffer(repeating: 65, count: 100_001))
            }
        }
    }

    @Test func `a slow reader holds the sender back`() async throws {
        let sent = Mutex(0)
        var limits = ServerLimits()
        limits.queuedReplyBytesMax = 64 * 1024
        var clientLimits = ClientLimits()
        clientLimits.acceptsGzip = false
        try await withServer(
            limits: limits, clientLimits: clientLimits,
            { router in
                router.unary("/t.T/Echo") { _, _, _ in nil }
                router.stream("/t.T/Flood") { stream in
                    for _ in 0..<2_000 {
                        try await stream.send(ByteBuffer(repeating: 1, count: 10_000))
                        sent.withLock { $0 += 1 }
                    }
                }
            }
        ) { channel, _ in
            let stream = try await channel.stream("/t.T/Flood")
            var responses = stream.responses.makeAsyncIterator()
            _ = try await responses.next()
            // What lies between the two is bounded by the window and the queues, far below the 20 MB in all.
            var last = -1
            while true {
                let now = sent.withLock { $0 }
                if now == last { break }
                last = now
                // Round trips over the same connection: whatever could still move has moved by then.
                for _ in 0..<50 { _ = try await channel.unary("/t.T/Echo", ByteBuffer()) }
            }
            #expect(last < 1_000)
            var count = 1
            while try await responses.next() != nil { count += 1 }
            #expect(count == 2_000)
        }
    }

    @Test func `shutting down lets a call under way end`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (mayEnd, end) = AsyncStream.makeStream(of: Void.self)
        let server = GRPCServer(group: group, limits: ServerLimits(), tls: nil) { _ in
            var router = ServiceRouter()
            router.stream("/t.T/Wait") { stream in
                for await _ in mayEnd {}
                try await stream.send(ByteBuffer(string: "done"))
            }
            return router
        }
        let address = try await server.bind(host: "127.0.0.1", port: 0)
        let channel = GRPCChannel(target: .tcp(host: "127.0.0.1", port: address.port ?? 0), tls: nil, group: group)
        let stream = try await channel.stream("/t.T/Wait")
        await stream.finishSending()
        async let down: Void = server.shutDownGracefully(withinMilliseconds: 10_000)
        end.finish()
        var replies: [ByteBuffer] = []
        for try await reply in stream.responses { replies.append(reply) }
        #expect(replies == [ByteBuffer(string: "done")])
        await down
        #expect(server.openConnections == 0)
        await #expect(throws: Status.self) { try await channel.unary("/t.T/Wait", ByteBuffer()) }
        await channel.close()
        try await group.shutdownGracefully()
    }

    @Test func `an address where nobody is says so`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = GRPCChannel(target: .unix(path: "/nowhere/at.sock"), tls: nil, group: group)
        let error = await #expect(throws: Status.self) { try await channel.unary("/t.T/Echo", ByteBuffer()) }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "unix:/nowhere/at.sock cannot be reached: No such file or directory")
        try await group.shutdownGracefully()
    }
}
