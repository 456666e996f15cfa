import HTTP2

/// Notes what a session says and answers requests with a body.
final class Peer: SessionDelegate {
    var session: Session?
    var events: [String] = []
    var bodies: [Int32: [UInt8]] = [:]
    var hasEnded = true
    var pausesAtData = false
    var onReset = OnPeerReset.provoked
    private var fieldBytes = 0

    func headersBegan(on stream: Int32) { events.append("began \(stream)") }
    func header(on stream: Int32, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) -> Bool {
        events.append("\(String(decoding: name, as: UTF8.self))=\(String(decoding: value.prefix(99), as: UTF8.self))")
        fieldBytes += value.count
        return fieldBytes < 200_000
    }
    func headersEnded(on stream: Int32) { events.append("headers \(stream)") }
    func data(on stream: Int32, _ bytes: UnsafeRawBufferPointer) {
        events.append("data \(String(decoding: bytes, as: UTF8.self))")
        if pausesAtData { session?.pause() }
        session?.consume(stream, byteCount: bytes.count)
    }
    func sentEnd(_ stream: Int32) {}
    func peerEnded(_ stream: Int32) { events.append("ended \(stream)") }
    func peerResets(_ stream: Int32) -> OnPeerReset {
        events.append("reset \(stream)")
        return onReset
    }
    func streamClosed(_ stream: Int32, errorCode: UInt32) { events.append("closed \(stream) \(errorCode)") }
    func peerGoesAway(lastStream: Int32) { events.append("goaway \(lastStream)") }
    func body(of stream: Int32, into room: UnsafeMutableRawBufferPointer) -> OnBody {
        let body = bodies[stream] ?? []
        let count = min(room.count, body.count)
        room.copyBytes(from: body[..<count])
        bodies[stream] = Array(body[count...])
        guard count == body.count else { return .bytes(count) }
        if !hasEnded { return count == 0 ? .wait : .bytes(count) }
        return .end(count)
    }

    func output() throws -> [UInt8] {
        var bytes: [UInt8] = []
        try session?.drain { bytes += $0 }
        return bytes
    }
}
