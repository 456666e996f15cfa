internal import Engine
internal import GRPC
internal import Model
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Posts records to a web server as JSON lines, each batch on a connection of its own.
///
/// Any 2xx takes a batch.
struct WebSink: Sink {
    let address: SinkAddress.WebAddress
    /// Value of the `Authorization` field; nil for none.
    let authorization: Secret?
    private let group: any EventLoopGroup
    private let tls: NIOSSLContext?

    private static let connectSeconds: Int64 = 10
    private static let answerSeconds: Int64 = 30
    private static let bodyBytesShown = 200

    /// - Throws: `DaemonError` when the authority's file cannot be read.
    init(
        _ address: SinkAddress.WebAddress, authorization: Secret?, authorityPath: String?, group: any EventLoopGroup
    ) throws(DaemonError) {
        (self.address, self.authorization, self.group) = (address, authorization, group)
        guard address.usesTLS else {
            tls = nil
            return
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        configuration.minimumTLSVersion = .tlsv12
        do {
            if let authorityPath {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorityPath))
            }
            tls = try NIOSSLContext(configuration: configuration)
        } catch {
            throw DaemonError("sink_authority \(authorityPath ?? ""): \(PlainWords.of(error))")
        }
    }

    func deliver(_ batch: Outbox.Batch) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await post(batch) }
            tasks.addTask {
                try await Task.sleep(for: .seconds(Self.answerSeconds))
                throw SinkError("\(address.authority) has not answered within \(Self.answerSeconds) s")
            }
            defer { tasks.cancelAll() }
            _ = try await tasks.next()
        }
    }

    private typealias Exchange = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func post(_ batch: Outbox.Batch) async throws {
        let channel: Exchange
        do {
            channel = try await connect()
        } catch {
            throw SinkError("\(address.authority) cannot be reached: \(PlainWords.of(error))")
        }
        // An answer counts as soon as it came: a close that fails after it must not send the batch again.
        var isTaken = false
        do {
            try await channel.executeThenClose { inbound, outbound in
                let body = ByteBuffer(string: batch.records.map(\.jsonLine).joined())
                try await outbound.write(.head(head(byteCount: body.readableBytes)))
                try await outbound.write(.body(.byteBuffer(body)))
                try await outbound.write(.end(nil))
                try await check(inbound)
                isTaken = true
            }
        } catch let error as SinkError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            if isTaken { return }
            throw SinkError("\(address.authority) broke off: \(PlainWords.of(error))")
        }
    }

    private func check(_ answer: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws {
        var status: HTTPResponseStatus?
        var shown = ""
        for try await part in answer {
            switch part {
            case .head(let head):
                // 1xx: the real one follows.
                if head.status.code >= 200 { status = head.status }
                if (200..<300).contains(head.status.code) { return }
            case .body(let bytes):
                if shown.utf8.count < Self.bodyBytesShown { shown += String(buffer: bytes).prefix(Self.bodyBytesShown) }
            case .end:
                guard let status else { continue }
                let words = shown.isEmpty ? "" : ": \(JSONText.quoted(String(shown.prefix(Self.bodyBytesShown))))"
                throw SinkError("\(address.authority) answers \(status.code)\(words)")
            }
        }
        throw SinkError("\(address.authority) closed the connection without an answer")
    }

    private func head(byteCount: Int) -> HTTPRequestHead {
        var fields = HTTPHeaders([
            ("host", address.authority), ("user-agent", "bespoked/\(Daemon.version)"),
            ("content-type", "application/x-ndjson"), ("content-length", "\(byteCount)"), ("connection", "close"),
        ])
        if let authorization { fields.add(name: "authorization", value: authorization.revealed()) }
        return HTTPRequestHead(version: .http1_1, method: .POST, uri: address.target, headers: fields)
    }

    private func connect() async throws -> Exchange {
        try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(Self.connectSeconds))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    if let tls {
                        // An address in digits is compared with the certificate's addresses.
                        let name = Self.isNumeric(address.host) ? nil : address.host
                        try operations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try operations.addHTTPClientHandlers()
                    return try Exchange(wrappingChannelSynchronously: channel)
                }
            }
    }

    private static func isNumeric(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }
}
