internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// What the operations port answers; any HTTP/1.1 client can ask.
package struct OperationsPages: Sendable {
    /// An answer over HTTP.
    package struct Page: Sendable {
        package var status: Int
        package var contentType: String
        package var body: String

        package init(status: Int, contentType: String = "text/plain; charset=utf-8", body: String) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }
    }

    /// By path, such as `/metrics`; each is made anew for each request.
    let pages: [String: @Sendable () async -> Page]

    package init(_ pages: [String: @Sendable () async -> Page]) {
        self.pages = pages
    }

    /// - Parameters:
    ///   - method: Such as `GET`.
    ///   - target: Path and query as sent; the query is not looked at.
    func page(method: String, target: String) async -> Page {
        let path = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        guard let page = pages[String(path)] else {
            return Page(status: 404, body: "no such page; there are \(pages.keys.sorted().joined(separator: ", "))\n")
        }
        guard method == "GET" || method == "HEAD" else { return Page(status: 405, body: "only GET and HEAD\n") }
        return await page()
    }
}

/// Serves the pages; one request after another on each connection, idle connections are closed.
enum OperationsServer {
    /// Connections at once; further ones are closed at once.
    static let connectionsMax = 256
    static let idleSeconds: Int64 = 60
    /// From the first byte of a request to its end.
    static let requestSeconds: Int64 = 10
    static let acceptPauseMilliseconds: Int64 = 200
    /// Requests that were read together wait parsed, at some forty times their bytes.
    static let bytesPerRead = 2_048

    /// - Parameter inherited: A socket that somebody else has bound; nil to bind one.
    /// - Throws: What binding throws.
    static func bind(
        _ endpoint: Configuration.Endpoint, inherited: CInt?, group: any EventLoopGroup, pages: OperationsPages
    ) async throws -> any Channel {
        let bootstrap = bootstrap(group: group, pages: pages)
        if let inherited { return try await bootstrap.withBoundSocket(inherited).get() }
        return try await bootstrap.bind(host: endpoint.host, port: endpoint.port).get()
    }

    private static func bootstrap(group: any EventLoopGroup, pages: OperationsPages) -> ServerBootstrap {
        let connections = ConnectionCount()
        return ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: 64)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { _ in
                            .milliseconds(acceptPauseMilliseconds)
                        })
                }
            }
            .childChannelOption(
                ChannelOptions.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: bytesPerRead)
            )
            .childChannelOption(ChannelOptions.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.enter(channel) else { return channel.close(promise: nil) }
                    let operations = channel.pipeline.syncOperations
                    try operations.addHandler(IdleStateHandler(allTimeout: .seconds(idleSeconds)))
                    let timer = RequestTimer()
                    try operations.addHandler(timer)
                    try operations.configureHTTPServerPipeline(withErrorHandling: true)
                    try operations.addHandler(OperationsHandler(pages: pages, timer: timer))
                }
            }
    }
}

/// Counts the connections that are open.
private final class ConnectionCount: Sendable {
    private let open = Atomic<Int>(0)

    /// - Returns: Whether there is room for it; it leaves when it closes.
    func enter(_ channel: any Channel) -> Bool {
        channel.closeFuture.whenComplete { _ in self.open.wrappingSubtract(1, ordering: .relaxed) }
        return open.wrappingAdd(1, ordering: .relaxed).newValue <= OperationsServer.connectionsMax
    }
}

/// Closes the connection when a request that has begun does not come to its end.
private final class RequestTimer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var timer: Scheduled<Void>?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if timer == nil {
            let channel = context.channel
            timer = context.eventLoop.scheduleTask(in: .seconds(OperationsServer.requestSeconds)) {
                channel.close(promise: nil)
            }
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        requestEnded()
        context.fireChannelInactive()
    }

    /// The request is whole. What of the next one has come with it has its time from its next byte on.
    func requestEnded() {
        timer?.cancel()
        timer = nil
    }
}

/// Answers one request at a time; the HTTP pipeline handler below keeps pipelined ones back.
private final class OperationsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let pages: OperationsPages
    private let timer: RequestTimer
    private var head: HTTPRequestHead?
    /// A request that waits until the peer has read the answers before it: no further one is read meanwhile.
    private var waiting: HTTPRequestHead?

    init(pages: OperationsPages, timer: RequestTimer) {
        self.pages = pages
        self.timer = timer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
        case .body:
            break
        case .end:
            guard let head else { return }
            self.head = nil
            timer.requestEnded()
            if context.channel.isWritable { answer(head, context: context) } else { waiting = head }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, let head = waiting {
            waiting = nil
            answer(head, context: context)
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let pages = pages
        let method = head.method.rawValue
        let target = head.uri
        let made = context.eventLoop.makeFutureWithTask { await pages.page(method: method, target: target) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        made.whenSuccess { page in
            let (handler, context) = bound.value
            handler.write(page, for: head, context: context)
        }
    }

    private func write(_ page: OperationsPages.Page, for request: HTTPRequestHead, context: ChannelHandlerContext) {
        let body = context.channel.allocator.buffer(string: page.body)
        var head = HTTPResponseHead(version: request.version, status: .init(statusCode: page.status))
        head.headers.add(name: "content-type", value: page.contentType)
        head.headers.add(name: "content-length", value: String(body.readableBytes))
        head.headers.add(name: "cache-control", value: "no-store")
        if !request.isKeepAlive { head.headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let channel = context.channel
        let done = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !request.isKeepAlive { done.whenComplete { _ in channel.close(promise: nil) } }
    }
}
