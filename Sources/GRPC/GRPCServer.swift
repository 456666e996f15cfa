package import NIOCore
package import NIOPosix
internal import NIOSSL
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// Serves gRPC over HTTP/2 on TCP addresses and Unix sockets.
///
/// Calls of one connection run on one event loop; each loop has its own router.
package final class GRPCServer: Sendable {
    private struct State {
        var reserved: [CInt] = []
        var listeners: [any Channel] = []
        var socketPaths: [String] = []
        var loops: [ObjectIdentifier: NIOLoopBound<LoopState>] = [:]
        var addresses: [String: PeerAddress] = [:]
        var connections: [ObjectIdentifier: NIOLoopBound<ServerConnection>] = [:]
        var isShuttingDown = false
    }

    private struct LoopState {
        let router: ServiceRouter
        let turnstile: Turnstile
        let load: LoopLoad
        let receiving: ReceiveBuffer
    }

    private static let backlog: Int32 = 1_024
    private static let acceptPauseMilliseconds: Int64 = 200

    private let group: MultiThreadedEventLoopGroup
    private let limits: ServerLimits
    private let tls: TLS?
    private let makeRouter: @Sendable (any EventLoop) -> ServiceRouter
    private let counters: ServerCounters
    private let state = Mutex(State())

    /// - Parameter makeRouter: Called once on each event loop that gets a connection.
    package init(
        group: MultiThreadedEventLoopGroup, limits: ServerLimits, tls: TLS?,
        makeRouter: @escaping @Sendable (any EventLoop) -> ServiceRouter
    ) {
        self.group = group
        self.limits = limits
        counters = ServerCounters(limits: limits)
        self.tls = tls
        self.makeRouter = makeRouter
    }

    package var openConnections: Int { counters.openConnections.load(ordering: .relaxed) }
    /// Objects of connections and calls that are in memory, for tests: 0 when none is open and nothing leaks.
    package var liveObjects: Int { counters.live.count }
    package var openStreams: Int { counters.openStreams.load(ordering: .relaxed) }
    /// Connections closed because the peer broke HTTP/2.
    package var protocolErrors: Int { counters.protocolErrors.load(ordering: .relaxed) }
    /// Times that a connection let others go first, having worked for its share.
    package var turns: Int { counters.turns.load(ordering: .relaxed) }
    /// Calls refused because too much lay waiting for their peer.
    package var refusedCalls: Int { counters.refusedCalls.load(ordering: .relaxed) }
    /// Calls that were not begun under load, by reason.
    package var shedCalls: [(reason: Shed, count: Int)] {
        Shed.allCases.map { ($0, counters.shed[$0].load(ordering: .relaxed)) }
    }
    /// Times that no connection could be accepted, for want of descriptors or memory.
    package var acceptErrors: Int { counters.acceptErrors.load(ordering: .relaxed) }
    /// Connections that this side ended, by reason.
    package var endedConnections: [(reason: ConnectionEnd, count: Int)] {
        let counts = counters.ends.withLock { $0 }
        return ConnectionEnd.allCases.map { ($0, counts[$0.rawValue]) }
    }
    /// Connections closed because there were too many.
    package var refusedConnections: Int { counters.refusedConnections.load(ordering: .relaxed) }

    /// Takes a TCP address for this process without answering anybody on it yet: a client that connects is refused, as if nobody were
    /// there, and tries again. So a port that is in use is found before anything is loaded.
    ///
    /// - Parameters:
    ///   - port: 0 takes any free port.
    ///   - sharesPort: Whether other processes may take it, too, and each gets a part of the connections.
    /// - Throws: What the system says when the address cannot be had.
    package func reserve(host: String, port: Int, sharesPort: Bool = false) throws {
        let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        let descriptor = try Self.boundSocket(address, sharesPort: sharesPort)
        state.withLock { $0.reserved.append(descriptor) }
    }

    /// Takes a socket that somebody else has bound, and perhaps listens on already: who connects meanwhile waits in it.
    ///
    /// - Throws: What the system says when it is no socket that streams are accepted on.
    package func adopt(descriptor: CInt) throws {
        var kind: CInt = 0
        var length = socklen_t(MemoryLayout.size(ofValue: kind))
        guard getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &length) == 0 else {
            throw IOError(errnoCode: errno, reason: "descriptor \(descriptor)")
        }
        guard kind == CInt(SOCK_STREAM.rawValue) else {
            throw IOError(errnoCode: EPROTOTYPE, reason: "descriptor \(descriptor) is no stream socket")
        }
        state.withLock { $0.reserved.append(descriptor) }
    }

    /// Answers on the addresses that were reserved.
    ///
    /// - Returns: The addresses as bound, in the order in which they were reserved.
    /// - Throws: What the system says.
    package func listen() async throws -> [SocketAddress] {
        let reserved = state.withLock { state in
            defer { state.reserved = [] }
            return state.reserved
        }
        var addresses: [SocketAddress] = []
        for descriptor in reserved {
            let channel = try await bootstrap(tls: tls).withBoundSocket(descriptor).get()
            // The channel began to listen before its options were set; Linux takes another length of the queue at any time.
            _ = Glibc.listen(descriptor, Self.backlog)
            state.withLock { $0.listeners.append(channel) }
            guard let address = channel.localAddress else { preconditionFailure("a bound channel knows its address") }
            if address.protocol != .unix { addresses.append(address) }
        }
        return addresses
    }

    /// - Parameter port: 0 takes any free port.
    /// - Returns: The address as bound.
    /// - Throws: What the system says when the address cannot be had.
    package func bind(host: String, port: Int) async throws -> SocketAddress {
        try reserve(host: host, port: port)
        return try await listen()[0]
    }

    private static func boundSocket(_ address: SocketAddress, sharesPort: Bool) throws -> CInt {
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        var isReusable: CInt = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &isReusable, socklen_t(MemoryLayout.size(ofValue: isReusable)))
        if sharesPort {
            setsockopt(
                descriptor, SOL_SOCKET, SO_REUSEPORT, &isReusable, socklen_t(MemoryLayout.size(ofValue: isReusable)))
        }
        let outcome = address.withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) }
        guard outcome == 0 else {
            let code = errno
            close(descriptor)
            throw IOError(errnoCode: code, reason: "bind")
        }
        return descriptor
    }

    /// Binds a Unix socket; a file that nobody answers on any more is replaced.
    ///
    /// - Throws: What the system says, `.addressInUse` when somebody answers.
    package func bind(unixPath: String, mode: UInt32) async throws {
        if try await isAnswered(unixPath) {
            throw IOError(errnoCode: EADDRINUSE, reason: "another process answers on \(unixPath)")
        }
        var status = stat()
        if lstat(unixPath, &status) == 0, status.st_mode & S_IFMT != S_IFSOCK {
            throw IOError(errnoCode: EEXIST, reason: "\(unixPath) is there and is no socket")
        }
        // The mode is set before the file has the name that clients know, and a stale file is replaced in the same step.
        let temporary = unixPath + ".new"
        _ = unlink(temporary)
        let channel = try await bootstrap(tls: nil).bind(unixDomainSocketPath: temporary).get()
        guard chmod(temporary, mode) == 0, rename(temporary, unixPath) == 0 else {
            let code = errno
            try await channel.close().get()
            throw IOError(errnoCode: code, reason: "the socket \(unixPath)")
        }
        state.withLock {
            $0.listeners.append(channel)
            $0.socketPaths.append(unixPath)
        }
    }

    /// Takes no further connections and calls, lets those under way end, then closes everything.
    ///
    /// - Parameter withinMilliseconds: What is still open then is cut off.
    package func shutDownGracefully(withinMilliseconds: Int) async {
        let (listeners, paths) = state.withLock { ($0.listeners, $0.socketPaths) }
        for listener in listeners {
            // Closed already is as good.
            _ = try? await listener.close().get()
        }
        for path in paths { _ = unlink(path) }
        // Whoever was accepted until now is greeted and told like all others: a connection that is closed without a word loses calls.
        let connections = state.withLock { state in
            state.isShuttingDown = true
            return Array(state.connections.values)
        }
        for connection in connections { connection.eventLoop.execute { connection.value.drain() } }
        let end = NIODeadline.now() + .milliseconds(Int64(withinMilliseconds))
        while NIODeadline.now() < end, !state.withLock({ $0.connections.isEmpty }) {
            _ = try? await Task.sleep(for: .milliseconds(10))
        }
        for connection in state.withLock({ Array($0.connections.values) }) {
            connection.eventLoop.execute { connection.value.close() }
        }
        let cut = NIODeadline.now() + .seconds(1)
        while NIODeadline.now() < cut, !state.withLock({ $0.connections.isEmpty }) {
            _ = try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func bootstrap(tls: TLS?) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: Self.backlog)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [counters] channel in
                channel.eventLoop.makeCompletedFuture {
                    // Without descriptors it would be asked to accept again and again, without end.
                    let pause = AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { _ in
                        counters.acceptErrors.wrappingAdd(1, ordering: .relaxed)
                        return .milliseconds(Self.acceptPauseMilliseconds)
                    }
                    try channel.pipeline.syncOperations.addHandler(pause)
                }
            }
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel, tls: tls) }
            }
    }

    /// Runs on the connection's loop.
    private func accept(_ channel: any Channel, tls: TLS?) throws {
        let count = counters.openConnections.wrappingAdd(1, ordering: .relaxed).newValue
        let loop = loopState(channel.eventLoop)
        let key = Self.addressKey(channel.remoteAddress)
        let address = state.withLock { state in
            let address = state.addresses[key] ?? PeerAddress(limits: limits)
            state.addresses[key] = address
            address.connections.wrappingAdd(1, ordering: .relaxed)
            return address
        }
        let connection = ServerConnection(
            router: loop.router, limits: limits, counters: counters, turnstile: loop.turnstile,
            load: loop.load, receiving: tls == nil ? loop.receiving : nil, address: address, peer: Self.peer(channel))
        // Behind TLS bytes come in buffers of its own.
        if tls == nil, let options = channel.syncOptions {
            try options.setOption(
                .recvAllocator, value: LoopReceiveAllocator(NIOLoopBound(loop.receiving, eventLoop: channel.eventLoop)))
            try options.setOption(.maxMessagesPerRead, value: 1)
        }
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let identifier = ObjectIdentifier(connection)
        channel.closeFuture.whenComplete { [self] _ in
            counters.openConnections.wrappingSubtract(1, ordering: .relaxed)
            state.withLock { state in
                state.connections[identifier] = nil
                if address.connections.wrappingSubtract(1, ordering: .relaxed).newValue == 0 {
                    state.addresses[key] = nil
                }
            }
        }
        let isRefused = state.withLock { state in
            let fromAddress = address.connections.load(ordering: .relaxed)
            guard count <= limits.connectionsMax,
                limits.connectionsPerAddressMax == 0 || fromAddress <= limits.connectionsPerAddressMax
            else { return true }
            state.connections[identifier] = bound
            return false
        }
        connection.drainsAtStart = state.withLock { $0.isShuttingDown }
        if isRefused {
            counters.refusedConnections.wrappingAdd(1, ordering: .relaxed)
            channel.close(promise: nil)
            return
        }
        if channel.remoteAddress?.protocol == .inet || channel.remoteAddress?.protocol == .inet6 {
            try channel.syncOptions?.setOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            try channel.syncOptions?.setOption(ChannelOptions.socketOption(.so_keepalive), value: 1)
        }
        askPeer(channel, bound)
        if let tls {
            let check = ProtocolCheck { [counters] in counters.ended(.protocolName) }
            try channel.pipeline.syncOperations.addHandlers([check, NIOSSLServerHandler(context: tls.context)])
        }
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    /// Asks the system who is on the other side of a Unix socket. On the channel's loop this is answered at once.
    private func askPeer(_ channel: any Channel, _ connection: NIOLoopBound<ServerConnection>) {
        guard channel.localAddress?.protocol == .unix, let socket = channel as? any SocketOptionProvider else { return }
        let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        socket.unsafeGetSocketOption(level: .socket, name: option).whenSuccess { (credentials: PeerCredentials) in
            connection.value.peerUserID = credentials.userID
        }
    }

    private func loopState(_ loop: any EventLoop) -> LoopState {
        let identifier = ObjectIdentifier(loop)
        if let known = state.withLock({ $0.loops[identifier] }) { return known.value }
        let made = LoopState(
            router: makeRouter(loop), turnstile: Turnstile(loop: loop), load: LoopLoad(loop: loop, limits: limits),
            receiving: ReceiveBuffer())
        state.withLock { $0.loops[identifier] = NIOLoopBound(made, eventLoop: loop) }
        return made
    }

    private static func peer(_ channel: any Channel) -> ConnectionPeer {
        guard channel.localAddress?.protocol != .unix else {
            return ConnectionPeer(origin: .unixSocket, address: "unix")
        }
        let address = channel.remoteAddress?.ipAddress ?? ""
        // IPv4 on a socket of IPv6 is written as such. Source: RFC 4291, section 2.5.5.2.
        let plain = address.hasPrefix("::ffff:") ? String(address.dropFirst(7)) : address
        let isLoopback = plain == "::1" || (plain.hasPrefix("127.") && !plain.contains(":"))
        return ConnectionPeer(origin: isLoopback ? .loopback : .elsewhere, address: address)
    }

    /// Who counts as one peer: an address, of IPv6 the network that one customer has; all on the Unix socket are one.
    private static func addressKey(_ address: SocketAddress?) -> String {
        switch address {
        case .v4: address?.ipAddress ?? ""
        // Behind family, port and flow. Source: ipv6(7), `struct sockaddr_in6`.
        case .v6: address?.withSockAddr { "\(Array(UnsafeRawBufferPointer(start: $0, count: $1)[8..<16]))" } ?? ""
        case .unixDomainSocket, nil: ""
        }
    }

    private func isAnswered(_ path: String) async throws -> Bool {
        guard access(path, F_OK) == 0 else { return false }
        do {
            let channel = try await ClientBootstrap(group: group).connect(unixDomainSocketPath: path).get()
            try await channel.close().get()
            return true
        } catch {
            return false
        }
    }
}

/// `struct ucred`, which Linux gives for `SO_PEERCRED`. Source: unix(7).
private struct PeerCredentials: BitwiseCopyable, Sendable {
    var processID: Int32 = 0
    var userID: UInt32 = 0
    var groupID: UInt32 = 0
}
