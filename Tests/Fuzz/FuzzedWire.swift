internal import GRPC
internal import HTTP2
internal import Messages
internal import Model
internal import NIOCore
internal import Wire

/// What comes in over a connection, layer by layer. However it is split, the same comes out.
enum FuzzedWire {
    // MARK: Frames and header fields

    /// A connection of a client whose bytes are the input, in pieces as long as its first byte says; requests are read as the server does.
    static func frames(_ bytes: [UInt8]) {
        guard let first = bytes.first, let server = try? FuzzedServer() else { return }
        let length = max(1, Int(first))
        var rest = bytes.dropFirst()
        while !rest.isEmpty {
            let piece = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            guard server.receive(piece) else { return }
        }
    }

    /// Fields of one request, `name: value` a line.
    static func headers(_ bytes: [UInt8]) {
        var head = RequestHead()
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let colon = line.dropFirst().firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            let name = Array(line[..<colon])
            let value = Array(line[colon...].dropFirst().drop { $0 == UInt8(ascii: " ") })
            name.withUnsafeBufferPointer { name in value.withUnsafeBufferPointer { head.add(name: name, value: $0) } }
        }
        _ = head.verdict(isKnownMethod: true, path: "")
        if let time = head.timeoutNanoseconds { precondition(time >= 0, "A time is not negative.") }
    }

    // MARK: Messages

    /// Length-prefixed messages, whole and byte by byte.
    static func messages(_ bytes: [UInt8]) {
        let whole = cut(bytes, pieceLength: max(1, bytes.count))
        precondition(cut(bytes, pieceLength: 1) == whole, "The split of a stream says nothing.")
    }

    private static func cut(_ bytes: [UInt8], pieceLength: Int) -> [MessageReader.OnBytes] {
        var reader = MessageReader(messageBytesMax: 4_096)
        var found: [MessageReader.OnBytes] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            rest.prefix(pieceLength).withUnsafeBytes { reader.feed($0) }
            rest = rest.dropFirst(pieceLength)
            while true {
                let next = reader.next()
                if case .needMore = next { break }
                found.append(next)
                guard case .message = next else { return found }
            }
        }
        return found
    }

    // MARK: Protobuf

    /// A message of the kind that the first byte says. What can be read can be written, and reads the same again.
    static func protobuf(_ bytes: [UInt8]) {
        guard let kind = bytes.first else { return }
        let message = Array(bytes.dropFirst())
        switch kind % 8 {
        case 0: decide(message)
        case 1: again(DecideRequestMessage.self, message)
        case 2: again(RecordRequest.self, message)
        case 3: again(ImportProfilesRequest.self, message)
        case 4: again(PushRulesRequest.self, message)
        case 5: again(SetConsentRequest.self, message)
        case 6: again(PutProfileRequest.self, message)
        default: again(GetExperimentRequest.self, message)
        }
    }

    /// As a decision reads it, within a budget.
    private static func decide(_ bytes: [UInt8]) {
        let arena = Arena(budgetBytes: 1 << 20)
        bytes.withUnsafeBytes { bytes in
            guard let request = try? DecideRequestView(decoding: bytes, into: arena) else { return }
            var total = request.visitorID.count + request.accountID.count
            for index in 0..<request.placementCount { total += request.placement(at: index).count }
            for index in 0..<request.routeCount { total += request.route(at: index).count }
            for index in 0..<request.grantedCount { total += request.granted(at: index).count }
            for index in 0..<request.deniedCount { total += request.denied(at: index).count }
            precondition(total <= bytes.count, "Texts are not longer than what they came in.")
        }
    }

    private static func again<Message: WireMessage & Equatable>(_: Message.Type, _ bytes: [UInt8]) {
        guard let message = bytes.withUnsafeBytes({ try? Message(decoding: $0) }),
            let encoded = try? message.encoded()
        else { return }
        let read = encoded.withUnsafeBytes { try? Message(decoding: $0) }
        // A number that is none is not the same as itself.
        guard message == message else { return }
        precondition(read == message, "What is written reads the same.")
    }
}

/// A server's end of a connection: frames, fields and messages of each stream, as far as its limits go.
private final class FuzzedServer: SessionDelegate {
    private var session: Session?
    private var machines: [Int32: ServerStreamMachine] = [:]
    private var heads: [Int32: RequestHead] = [:]

    init() throws {
        session = try Session(.server, limits: SessionLimits(), delegate: self)
    }

    /// - Returns: Whether the connection goes on.
    func receive(_ bytes: [UInt8]) -> Bool {
        do {
            var rest = bytes[...]
            while !rest.isEmpty {
                let taken = try rest.withUnsafeBytes { try session?.receive($0) ?? 0 }
                try session?.drain { _ in }
                guard taken > 0 else { return false }
                rest = rest.dropFirst(taken)
            }
            return true
        } catch {
            return false
        }
    }

    func headersBegan(on stream: Int32) {
        machines[stream] = ServerStreamMachine(limits: ServerLimits())
        heads[stream] = RequestHead()
    }

    func header(on stream: Int32, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard machines[stream] != nil else { return false }
        heads[stream]?.add(name: name, value: value)
        return machines[stream]?.field(nameBytes: name.count, valueBytes: value.count) == .take
    }

    func headersEnded(on stream: Int32) {
        _ = heads[stream]?.verdict(isKnownMethod: true, path: "")
        session?.submitHeadersOnly(on: stream, [HeaderField(":status", "200")])
    }

    func data(on stream: Int32, _ bytes: UnsafeRawBufferPointer) { session?.consume(stream, byteCount: bytes.count) }
    func peerEnded(_ stream: Int32) {}
    func sentEnd(_ stream: Int32) {}
    func peerResets(_ stream: Int32) -> OnPeerReset { .provoked }
    func peerGoesAway(lastStream: Int32) {}
    func body(of stream: Int32, into buffer: UnsafeMutableRawBufferPointer) -> OnBody { .end(0) }

    func streamClosed(_ stream: Int32, errorCode: UInt32) {
        machines[stream] = nil
        heads[stream] = nil
    }
}
