internal import HTTP2
package import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// What a client accepts.
package struct ClientLimits: Sendable {
    /// Largest reply message, in bytes.
    package var receivedMessageBytesMax = 64 * 1024 * 1024
    package var connectMilliseconds = 5_000
    /// Whether replies may come compressed.
    package var acceptsGzip = true
    /// Whether messages are sent compressed.
    package var compressesRequests = false

    package init() {}
}

/// Calls to one address over one HTTP/2 connection, made when first needed and again after it broke.
package final class GRPCChannel: Sendable {
    /// Where the server is.
    package enum Target: Sendable, Hashable, CustomStringConvertible {
        case tcp(host: String, port: Int)
        case unix(path: String)

        package var description: String {
            switch self {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix(let path): "unix:\(path)"
            }
        }
    }

    private struct State {
        var connection: Task<NIOLoopBound<ClientConnection>, any Error>?
        var isClosed = false
    }

    /// A refused call is tried again this often: REFUSED_STREAM and a connection that ended before the call began say that
    /// nothing was processed. Source: RFC 9113, section 8.7.
    private static let attemptsMax = 3

    /// A connection that can no longer be used.
    private struct Ended {
        let failure: (any Error)?
    }

    private let target: Target
    private let tls: ClientTLS?
    private let group: any EventLoopGroup
    private let limits: ClientLimits
    private let live = LiveObjects()
    private let state = Mutex(State())

    package init(target: Target, tls: ClientTLS?, group: any EventLoopGroup, limits: ClientLimits = ClientLimits()) {
        self.target = target
        self.tls = tls
        self.group = group
        self.limits = limits
    }

    /// Objects of connections and calls that are in memory, for tests: 0 when the channel is closed and nothing leaks.
    package var liveObjects: Int { live.count }

    /// One message out, one message back.
    ///
    /// - Parameters:
    ///   - path: Such as `/bespoke.v1.DecisionService/Decide`.
    ///   - timeoutMilliseconds: Sent as the deadline and kept here too; nil waits for ever.
    /// - Throws: The call's status; UNAVAILABLE naming the address when it cannot be reached.
    package func unary(
        _ path: String, _ request: ByteBuffer, metadata: Metadata = Metadata(), timeoutMilliseconds: Int? = nil
    ) async throws(Status) -> ByteBuffer {
        let stream = try await stream(path, metadata: metadata, timeoutMilliseconds: timeoutMilliseconds)
        return try await Self.only(stream, request)
    }

    /// Opens a call of any kind.
    ///
    /// - Throws: UNAVAILABLE naming the address when it cannot be reached.
    package func stream(
        _ path: String, metadata: Metadata = Metadata(), timeoutMilliseconds: Int? = nil
    ) async throws(Status) -> ClientStream {
        let deadline = timeoutMilliseconds.map { NIODeadline.now() + .milliseconds(Int64($0)) }
        var last = Status(.unavailable, "\(target) could not be reached")
        for _ in 0..<Self.attemptsMax {
            let connection = try await connection()
            do {
                return try await connection.eventLoop.submit { [target] in
                    try connection.value.open(
                        path, authority: target.description, metadata: metadata, deadline: deadline)
                }.get()
            } catch let error as Status where error.code == .unavailable {
                forget()
                last = error
            } catch {
                forget()
                last = Status(.unavailable, "\(target): \(PlainWords.of(error))")
            }
        }
        throw last
    }

    /// Ends the connection; calls under way end with UNAVAILABLE. Nothing can be called afterwards.
    package func close() async {
        let connection = state.withLock { state in
            state.isClosed = true
            defer { state.connection = nil }
            return state.connection
        }
        guard let bound = try? await connection?.value else { return }
        _ = try? await bound.eventLoop.flatSubmit { bound.value.close() }.get()
    }

    private static func only(_ stream: ClientStream, _ request: ByteBuffer) async throws(Status) -> ByteBuffer {
        try await stream.send(request)
        await stream.finishSending()
        var reply: ByteBuffer?
        do {
            for try await message in stream.responses {
                guard reply == nil else { throw Status(.unimplemented, "the call gives one message; a second came") }
                reply = message
            }
        } catch let error as Status {
            throw error
        } catch {
            stream.cancel()
            throw Status(.cancelled, "the call was cancelled")
        }
        guard let reply else { throw Status(.unimplemented, "the call ended without its message") }
        return reply
    }

    private func connection(attempt: Int = 1) async throws(Status) -> NIOLoopBound<ClientConnection> {
        let task: Task<NIOLoopBound<ClientConnection>, any Error>? = state.withLock { state in
            guard !state.isClosed else { return nil }
            if let connection = state.connection { return connection }
            let connection = Task { try await connect() }
            state.connection = connection
            return connection
        }
        guard let task else { throw Status(.unavailable, "the channel to \(target) is closed") }
        do {
            let connection = try await task.value
            let ended = try await connection.eventLoop.submit {
                connection.value.isUsable ? nil : Ended(failure: connection.value.failure)
            }.get()
            guard let ended else { return connection }
            // Such as a certificate that was not shown, of which a server of TLS 1.3 tells when all is agreed: again it would be the same.
            if let failure = ended.failure as? BoringSSLError { throw failure }
        } catch {
            forget()
            throw Status(.unavailable, "\(target) cannot be reached: \(PlainWords.of(error))")
        }
        forget()
        guard attempt < Self.attemptsMax else { throw Status(.unavailable, "\(target) closes its connections at once") }
        return try await connection(attempt: attempt + 1)
    }

    private func forget() {
        state.withLock { $0.connection = nil }
    }

    private func connect() async throws -> NIOLoopBound<ClientConnection> {
        // Kept here and not looked up in the pipeline afterwards: a server that hangs up at once has emptied it by then, and
        // only the handler knows why. A name with several addresses may make several channels.
        let made = Mutex<[ObjectIdentifier: NIOLoopBound<ClientConnection>]>([:])
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.milliseconds(Int64(limits.connectMilliseconds)))
            .channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { [tls, target, limits, live] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        var name = tls.serverName
                        if name == nil, case .tcp(let host, _) = target, !Self.isAddress(host) { name = host }
                        try channel.pipeline.syncOperations.addHandler(
                            try NIOSSLClientHandler(context: tls.context, serverHostname: name))
                    }
                    let connection = ClientConnection(
                        limits: limits, scheme: tls == nil ? "http" : "https", serverName: tls?.serverName, live: live)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
                    made.withLock { $0[ObjectIdentifier(channel)] = bound }
                }
            }
        let channel =
            switch target {
            case .tcp(let host, let port): try await bootstrap.connect(host: host, port: port).get()
            case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path).get()
            }
        guard let connection = made.withLock({ $0[ObjectIdentifier(channel)] }) else { throw ChannelError.eof }
        do {
            try await channel.eventLoop.flatSubmit { connection.value.isReady }.get()
        } catch  where tls != nil && (error is IOError || error is ChannelError) {
            throw PlainWords.HungUpAmidHandshake()
        }
        return connection
    }

    private static func isAddress(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }
}
