import GRPC
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct SheddingTests {
    /// Sends calls that each hold the loop for a while, all at once.
    ///
    /// - Returns: How many were begun, and the final header blocks of all.
    private func ask(_ path: String, count: UInt32, timeout: String, shedsLoad: Bool = true) async throws -> (
        Int, [[UInt8]]
    ) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var limits = ServerLimits()
        limits.shedsLoad = shedsLoad
        let begun = Begun()
        let server = GRPCServer(group: group, limits: limits, tls: nil) { _ in
            var router = ServiceRouter()
            router.unary("/t.T/Slow") { _, _, _ in
                begun.count.add(1, ordering: .relaxed)
                let end = NIODeadline.now() + .milliseconds(20)
                while NIODeadline.now() < end {}
                return nil
            }
            router.stream("/t.T/Vital", isVital: true) { stream in
                begun.count.add(1, ordering: .relaxed)
                for try await _ in stream.messages {}
                try await stream.send(ByteBuffer())
            }
            return router
        }
        let address = try await server.bind(host: "127.0.0.1", port: 0)
        let peer = try await RawPeer(port: address.port ?? 0, group: group)
        var bytes = RawPeer.preface
        for number in 0..<count {
            let stream = 2 * number + 1
            bytes += RawPeer.headers(path, stream: stream, more: [("grpc-timeout", timeout)])
            bytes += RawPeer.data(RawPeer.message(), stream: stream, isLast: true)
        }
        try await peer.send(bytes)
        func answers() -> [[UInt8]] { peer.frames.filter { $0.type == 1 && $0.flags & 1 == 1 }.map(\.payload) }
        #expect(await eventually { answers().count >= Int(count) })
        #expect(server.shedCalls.reduce(0) { $0 + $1.count } + begun.count.load(ordering: .relaxed) == Int(count))
        await server.shutDownGracefully(withinMilliseconds: 100)
        try await group.shutdownGracefully()
        return (begun.count.load(ordering: .relaxed), answers())
    }

    private final class Begun: Sendable {
        let count = Atomic<Int>(0)
    }

    @Test("What nobody waits for any more is not begun")
    func late() async throws {
        let (begun, answers) = try await ask("/t.T/Slow", count: 20, timeout: "100m")
        #expect((1...6).contains(begun), "\(begun)")
        #expect(answers.count == 20)
    }

    @Test("Without a deadline that passes all are answered, as are all on a server that sheds nothing")
    func patient() async throws {
        #expect(try await ask("/t.T/Slow", count: 20, timeout: "1H").0 == 20)
        #expect(try await ask("/t.T/Vital", count: 20, timeout: "1H", shedsLoad: false).0 == 20)
    }
}

@Suite(.timeLimit(.minutes(1))) struct RetryHintTests {
    @Test("A refusal says when to try again")
    func hint() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = WorkPool(threadCount: 1, callsMax: 1)
        let server = GRPCServer(group: group, limits: ServerLimits(), tls: nil) { _ in
            var router = ServiceRouter()
            router.stream("/t.T/Hang", on: pool) { stream in for try await _ in stream.messages {} }
            return router
        }
        let address = try await server.bind(host: "127.0.0.1", port: 0)
        let channel = GRPCChannel(target: .tcp(host: "127.0.0.1", port: address.port ?? 0), tls: nil, group: group)
        let first = try await channel.stream("/t.T/Hang")
        let second = try await channel.stream("/t.T/Hang")
        await #expect(throws: Status(.resourceExhausted, "1 calls of this kind work or wait already; try again later"))
        {
            for try await _ in second.responses {}
        }
        #expect(second.trailers.text("retry-after") == "1")
        withExtendedLifetime(first) {}
        await channel.close()
        await server.shutDownGracefully(withinMilliseconds: 100)
        await pool.shutDown()
        try await group.shutdownGracefully()
    }
}
