import NIOCore
import NIOPosix
import Synchronization

/// A client's end of a connection whose every byte the test decides.
final class RawPeer: Sendable {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4)

    private let channel: any Channel
    private let received: Received

    /// What has come, by frames.
    final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let bytes = Mutex<[UInt8]>([])
        private let hasEnded = Mutex(false)

        var isOver: Bool { hasEnded.withLock { $0 } }

        var frames: [(type: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8])] {
            let bytes = bytes.withLock { $0 }
            var found: [(type: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8])] = []
            var start = 0
            while start + 9 <= bytes.count {
                let length = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
                guard start + 9 + length <= bytes.count else { break }
                let stream = bytes[start + 5..<start + 9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                found.append(
                    (bytes[start + 3], bytes[start + 4], stream, Array(bytes[start + 9..<start + 9 + length])))
                start += 9 + length
            }
            return found
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes.withLock { $0 += unwrapInboundIn(data).readableBytesView }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { hasEnded.withLock { $0 = true } }
        }

        func channelInactive(context: ChannelHandlerContext) { hasEnded.withLock { $0 = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    init(port: Int, group: MultiThreadedEventLoopGroup) async throws {
        let received = Received()
        self.received = received
        channel = try await ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(received) }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    var frames: [(type: UInt8, flags: UInt8, stream: UInt32, payload: [UInt8])] { received.frames }
    /// Whether the server has ended its side.
    var isOver: Bool { received.isOver }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// An ordinary FIN; what the server still sends can be read.
    func endOutput() async throws { try await channel.close(mode: .output).get() }

    func close() async throws { try await channel.close().get() }

    static func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = UInt32(payload.count).bigEndian
        let head = withUnsafeBytes(of: length) { Array($0.dropFirst()) } + [type, flags]
        return head + withUnsafeBytes(of: stream.bigEndian) { Array($0) } + payload
    }

    /// A gRPC request's head, each field a literal that leaves no trace in the decoder.
    static func headers(_ path: String, stream: UInt32, isLast: Bool = false, more: [(String, String)] = []) -> [UInt8]
    {
        let fields = [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ]
        var block: [UInt8] = []
        for (name, value) in fields + more {
            block += [0x10] + length(name.utf8.count) + Array(name.utf8)
            block += length(value.utf8.count) + Array(value.utf8)
        }
        return frame(1, flags: isLast ? 5 : 4, stream: stream, block)
    }

    static func data(_ payload: [UInt8], stream: UInt32, isLast: Bool = false) -> [UInt8] {
        frame(0, flags: isLast ? 1 : 0, stream: stream, payload)
    }

    static func message(_ content: [UInt8] = []) -> [UInt8] {
        [0, 0, 0, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }

    static func reset(_ stream: UInt32) -> [UInt8] { frame(3, stream: stream, [0, 0, 0, 8]) }

    /// HPACK's integer with a prefix of seven bits.
    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 127 else { return [UInt8(count)] }
        var rest = count - 127
        var bytes: [UInt8] = [127]
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
