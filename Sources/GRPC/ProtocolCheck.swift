internal import NIOCore

/// Stands before TLS until a client has said what it speaks, and answers with an alert where that is not HTTP/2: the handshake would
/// end well otherwise, and the connection without a reason.
final class ProtocolCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// `no_application_protocol`, fatal, in a record of its own. Source: RFC 7301, section 3.2; RFC 8446, section 6.
    private static let alert: [UInt8] = [21, 3, 3, 0, 2, 2, 120]

    private let onRefusal: () -> Void
    private var seen = ByteBuffer()
    private var isRefused = false

    init(onRefusal: @escaping () -> Void) { self.onRefusal = onRefusal }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        var bytes = unwrapInboundIn(data)
        seen.writeBuffer(&bytes)
        switch seen.withUnsafeReadableBytes({ ClientHello.offer(of: "h2", in: $0) }) {
        case .incomplete where seen.readableBytes <= 2 * ClientHello.bytesMax: break
        case .incomplete, .passes:
            context.fireChannelRead(wrapInboundOut(seen))
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        case .othersOnly:
            isRefused = true
            onRefusal()
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: Self.alert))).whenComplete { _ in
                channel.close(promise: nil)
            }
        }
    }
}
