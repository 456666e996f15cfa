internal import CNghttp2

/// What a session tells its owner, during `receive` and `drain` only.
package protocol SessionDelegate: AnyObject {
    /// The header fields of a request (server) or a response (client) begin on a stream.
    func headersBegan(on stream: Int32)
    /// One header field; the bytes are valid during the call. Names are lowercase.
    ///
    /// - Returns: Whether the stream goes on; else it is reset, and the rest of the fields are passed over.
    func header(on stream: Int32, name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) -> Bool
    func headersEnded(on stream: Int32)
    /// Part of a body. The owner gives credit back with `consume`.
    func data(on stream: Int32, _ bytes: UnsafeRawBufferPointer)
    /// The peer sends nothing more on the stream.
    func peerEnded(_ stream: Int32)
    /// This side's last frame of the stream has been handed out.
    func sentEnd(_ stream: Int32)
    /// The stream is gone. `errorCode` is HTTP/2's, 0 for a regular end.
    func streamClosed(_ stream: Int32, errorCode: UInt32)
    /// The peer resets a stream, which is closed next.
    func peerResets(_ stream: Int32) -> OnPeerReset
    /// Wanted: up to `buffer.count` bytes of the body to send.
    func body(of stream: Int32, into buffer: UnsafeMutableRawBufferPointer) -> OnBody
    /// The peer opens no further streams; those above `lastStream` were not processed.
    func peerGoesAway(lastStream: Int32)
}

/// What a reset of the peer's is.
package enum OnPeerReset {
    /// Work for nothing: one of `provokedResets`.
    case provoked
    /// A call whose time is up: one of `excusedResets`.
    case excused
    /// Of a stream that is over: a frame like others that carry no request.
    case over
}

/// What is to be sent next on a stream.
package enum OnBody {
    /// Nothing yet; `resume` asks again.
    case wait
    /// This many bytes were written, more may follow.
    case bytes(Int)
    /// This many bytes were written and end the body; the trailers submitted now end the stream.
    case trailers(Int)
    /// This many bytes were written and end the stream.
    case end(Int)
    /// The stream cannot go on.
    case fail
}

/// One header field to send, as bytes at an address that lives until the field has been submitted.
package struct HeaderField: @unchecked Sendable {
    // Sendable: an immutable view; whoever makes one keeps the bytes alive and unchanged while it is used.
    package var name: UnsafeBufferPointer<UInt8>
    package var value: UnsafeBufferPointer<UInt8>
    /// Both live as long as the process: nothing is copied.
    package var isStatic: Bool

    package init(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, isStatic: Bool = false) {
        self.name = name
        self.value = value
        self.isStatic = isStatic
    }

    package init(_ name: StaticString, _ value: StaticString) {
        self.init(
            name: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
            value: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount), isStatic: true)
    }
}

/// The peer broke HTTP/2, or memory ran out: the connection cannot go on.
package struct SessionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// nghttp2's error code, negative.
    package let code: Int32

    package var description: String { "HTTP/2: \(String(cString: nghttp2_strerror(code))) (\(code))" }
}

/// What a session accepts.
package struct SessionLimits: Sendable {
    /// What a server announces; its delegate refuses what is beyond.
    package var concurrentStreamsMax: UInt32 = 1_000
    package var headerListBytesMax: UInt32 = 16 * 1024
    /// What the frames of one request's header fields may have, heads included; one more byte ends the connection.
    package var headerBlockBytesMax = 256 * 1024
    /// Credit for unread bodies, for each stream and for the connection.
    package var streamWindowBytes: Int32 = 1024 * 1024
    package var connectionWindowBytes: Int32 = 8 * 1024 * 1024
    /// Acknowledgements that may wait in line before the peer counts as flooding.
    package var outboundAcknowledgementsMax = 1_000

    package init() {}
}

/// One HTTP/2 connection without a socket: bytes in, callbacks out, bytes out. The only user of libnghttp2.
///
/// Not thread-safe; lives on one event loop. Pointers from callbacks never outlive them.
package final class Session {
    /// Which end of the connection this is.
    package enum Role: Sendable { case server, client }

    @exclusivity(unchecked) fileprivate var session: OpaquePointer?
    private let role: Role
    private let headerBlockBytesMax: Int
    /// Of a server: what its client sends.
    @exclusivity(unchecked) private var frames = ClientFrames()
    @exclusivity(unchecked) private var block: HeaderBlock?
    /// Whether the peer's preface, of which SETTINGS are the end, has come.
    @exclusivity(unchecked) package internal(set) var hasPreface = false
    /// Whether the peer has acknowledged this side's SETTINGS.
    @exclusivity(unchecked) package internal(set) var hasSettings = false
    /// HEADERS and DATA frames that were handed out.
    @exclusivity(unchecked) package internal(set) var answeredFrames = 0
    /// Streams that were reset because of what the peer did.
    @exclusivity(unchecked) package internal(set) var provokedResets = 0
    /// Resets of the peer's of calls whose time was up.
    @exclusivity(unchecked) package internal(set) var excusedResets = 0
    /// The delegate wants `receive` to return.
    @exclusivity(unchecked) private(set) var isPausing = false
    /// Where it did, counted from what was not taken.
    @exclusivity(unchecked) private var pausedAt: Step?
    /// What a server's SETTINGS shall say of streams at once, until they have been handed out.
    @exclusivity(unchecked) private var unsaidStreamsMax: UInt32?
    /// SETTINGS of this side that the peer has not acknowledged.
    @exclusivity(unchecked) package internal(set) var openSettings = 1
    /// Strong, though the owner holds the session: read of an unowned reference, it would be counted in every callback. The owner lets
    /// go of the session at its end, and so ends the cycle.
    let delegate: any SessionDelegate

    package init(_ role: Role, limits: SessionLimits, delegate: any SessionDelegate) throws(SessionError) {
        precondition(
            limits.headerListBytesMax < HeaderStrings.bytesMax, "a string that is cut must be beyond the limit")
        self.delegate = delegate
        self.role = role
        headerBlockBytesMax = limits.headerBlockBytesMax
        var callbacks: OpaquePointer?
        try Self.check(nghttp2_session_callbacks_new(&callbacks))
        defer { nghttp2_session_callbacks_del(callbacks) }
        Self.install(callbacks)
        var options: OpaquePointer?
        try Self.check(nghttp2_option_new(&options))
        defer { nghttp2_option_del(options) }
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_max_outbound_ack(options, limits.outboundAcknowledgementsMax)
        nghttp2_option_set_max_send_header_block_length(options, Int(limits.headerListBytesMax) * 4)
        nghttp2_option_set_no_closed_streams(options, 1)
        // nghttp2 counts every reset of the peer's, those of clients whose time was up too; `peerResets` tells them apart.
        nghttp2_option_set_stream_reset_rate_limit(options, 1 << 32, 1 << 32)
        let owner = Unmanaged.passUnretained(self).toOpaque()
        switch role {
        case .server:
            nghttp2_option_set_max_continuations(options, limits.headerBlockBytesMax / HeaderBlock.frameBytesMax + 1)
            try Self.check(nghttp2_session_server_new2(&session, callbacks, owner, options))
        case .client: try Self.check(nghttp2_session_client_new2(&session, callbacks, owner, options))
        }
        try submitSettings(role, limits)
    }

    deinit {
        nghttp2_session_del(session)
    }

    /// Feeds what came from the peer; callbacks run during the call.
    ///
    /// - Returns: How many bytes were taken: all, unless the delegate asked for a pause. Then `isPaused` holds, and the rest, which may
    ///   be none, is to be handed in before anything else.
    /// - Throws: `SessionError` when the connection must be closed; what `drain` gives then tells the peer why.
    @discardableResult
    package func receive(_ bytes: UnsafeRawBufferPointer) throws(SessionError) -> Int {
        isPausing = false
        var fed = 0
        var step = Step(end: bytes.count, offset: bytes.count)
        let isServer = role == .server
        if let pausedAt {
            self.pausedAt = nil
            step = pausedAt
        } else if isServer {
            step = try nextStep(bytes, from: 0, fed: &fed)
        }
        while true {
            fed += try feed(UnsafeRawBufferPointer(rebasing: bytes[fed..<step.end]))
            if isPausing {
                pausedAt = Step(end: step.end - fed, offset: step.offset - fed, found: step.found)
                return fed
            }
            fed = step.offset
            if let found = step.found {
                guard try handle(found) else { return bytes.count }
            } else if fed == bytes.count {
                return bytes.count
            }
            // Without anything found there is more only if it came while this side paused.
            step = try nextStep(bytes, from: fed, fed: &fed)
        }
    }

    /// Frames that brought no part of a request (server).
    package var idleFrames: Int { frames.idleCount }

    /// The number of the frame or header block that has begun and not ended; nil between two (server).
    package var openFrame: UInt64? { frames.isAmidFrame || block != nil ? frames.count : nil }

    /// Whether the delegate is to hand in again what was not taken.
    package var isPaused: Bool { pausedAt != nil }

    /// To be called by the delegate: others wait, so `receive` shall return soon.
    package func pause() { isPausing = true }

    /// What is to be fed, and what is to be looked at behind it.
    private struct Step {
        var end: Int
        var offset: Int
        var found: ClientFrames.Found?
    }

    private func nextStep(
        _ bytes: UnsafeRawBufferPointer, from start: Int, fed: inout Int
    ) throws(SessionError) -> Step {
        var offset = start
        if block != nil {
            try gather(bytes, from: &offset)
            fed = offset
        }
        guard block == nil else { return Step(end: fed, offset: fed) }
        let found = frames.next(in: bytes, from: &offset)
        // What came before counts, so nghttp2 must know it first. A head that is not whole or begins a block is kept from it.
        guard let found else { return Step(end: max(fed, offset - frames.heldBytes), offset: bytes.count) }
        if found.wasSplit { return Step(end: fed, offset: offset, found: found) }
        return Step(end: found.beginsBlock ? offset - FrameHead.byteCount : offset, offset: offset, found: found)
    }

    /// - Returns: Whether the connection goes on.
    private func handle(_ found: ClientFrames.Found) throws(SessionError) -> Bool {
        if found.wasSplit, !found.beginsBlock { try feedAll(frames.split.bytes) }
        switch found.offence {
        case nil: break
        case .afterReset(let stream): reset(stream, errorCode: NGHTTP2_STREAM_CLOSED.rawValue)
        case .afterEnd, .unusedStream:
            let code = found.offence == .afterEnd ? NGHTTP2_STREAM_CLOSED : NGHTTP2_PROTOCOL_ERROR
            try Self.check(nghttp2_session_terminate_session(session, code.rawValue))
            return false
        }
        if found.beginsBlock { block = HeaderBlock(found.head, bytesMax: headerBlockBytesMax) }
        return true
    }

    private func gather(_ bytes: UnsafeRawBufferPointer, from offset: inout Int) throws(SessionError) {
        let outcome = block?.take(bytes, from: &offset) ?? .needMore
        guard outcome != .needMore, let whole = block else { return }
        block = nil
        if outcome == .tooLong {
            goAway(
                errorCode: NGHTTP2_ENHANCE_YOUR_CALM.rawValue,
                reason: "the header block of a request has more than \(headerBlockBytesMax) bytes")
            throw SessionError(code: NGHTTP2_ERR_FLOODED.rawValue)
        }
        if let stranger = whole.stranger, stranger.length > HeaderBlock.frameBytesMax {
            // nghttp2 looks at the size of first frames only. Source: RFC 9113, section 4.2.
            try Self.check(nghttp2_session_terminate_session(session, NGHTTP2_FRAME_SIZE_ERROR.rawValue))
        }
        frames.pass(whole.stranger ?? FrameHead(length: 0, type: 0, flags: 0, stream: 0))
        try feedAll(whole.frames + (whole.stranger?.bytes ?? []))
    }

    /// Feeds bytes that lie nowhere else, without a pause.
    private func feedAll(_ bytes: [UInt8]) throws(SessionError) {
        var failure: SessionError?
        bytes.withUnsafeBytes { bytes in
            var fed = 0
            repeat {
                do throws(SessionError) {
                    fed += try feed(UnsafeRawBufferPointer(rebasing: bytes[fed...]))
                } catch {
                    failure = error
                }
            } while failure == nil && fed < bytes.count
        }
        if let failure { throw failure }
    }

    private func feed(_ bytes: UnsafeRawBufferPointer) throws(SessionError) -> Int {
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let count = nghttp2_session_mem_recv(session, base, bytes.count)
        guard count >= 0 else { throw SessionError(code: Int32(count)) }
        return count
    }

    /// Hands out what is ready to be sent, in pieces valid during each call.
    ///
    /// - Parameter byteCountMax: Stops after the piece that reaches it; nil hands out everything.
    /// - Returns: Whether everything was handed out.
    @discardableResult
    package func drain(
        upTo byteCountMax: Int = .max, _ send: (UnsafeRawBufferPointer) -> Void
    ) throws(SessionError) -> Bool {
        var total = 0
        while total < byteCountMax {
            var piece: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &piece)
            guard count >= 0 else { throw SessionError(code: Int32(count)) }
            guard count > 0 else { return true }
            let bytes = UnsafeRawBufferPointer(start: piece, count: count)
            if let unsaidStreamsMax, FrameHead.isSettings(bytes) {
                self.unsaidStreamsMax = nil
                Self.settings(bytes, streamsMax: unsaidStreamsMax).withUnsafeBytes(send)
            } else {
                send(bytes)
            }
            total += count
        }
        return false
    }

    /// Whether the connection has nothing left to do in either direction.
    package var isFinished: Bool {
        nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0
    }

    /// Opens a stream (client).
    ///
    /// - Returns: Its number.
    package func submitRequest(_ headers: [HeaderField]) throws(SessionError) -> Int32 {
        var provider = Self.provider
        let stream = withFields(headers) { nghttp2_submit_request(session, nil, $0, headers.count, &provider, nil) }
        guard stream >= 0 else { throw SessionError(code: stream) }
        return stream
    }

    /// Answers a stream with headers and the body that the delegate gives.
    package func submitResponse(on stream: Int32, _ headers: [HeaderField]) {
        var provider = Self.provider
        // A stream that is gone by now needs no answer: the delegate hears of it by `streamClosed`.
        _ = withFields(headers) { nghttp2_submit_response(session, stream, $0, headers.count, &provider) }
    }

    /// Answers a stream with headers alone.
    package func submitHeadersOnly(on stream: Int32, _ headers: [HeaderField]) {
        _ = withFields(headers) { nghttp2_submit_response(session, stream, $0, headers.count, nil) }
    }

    /// To be called while the delegate answers `.trailers`.
    package func submitTrailers(on stream: Int32, _ headers: [HeaderField]) {
        _ = withFields(headers) { nghttp2_submit_trailer(session, stream, $0, headers.count) }
    }

    /// The delegate has something to send again on a stream that it let wait.
    package func resume(_ stream: Int32) {
        // An error says that the stream is gone or was not waiting: either way there is nothing to do.
        _ = nghttp2_session_resume_data(session, stream)
    }

    /// Gives credit back to the peer for that many bytes of a stream's body; when the stream is gone, the connection's alone.
    package func consume(_ stream: Int32, byteCount: Int) {
        // Fails only when memory is gone; what is read next says so too.
        _ = nghttp2_session_consume(session, stream, byteCount)
    }

    /// Gives back the connection's credit for bytes of a stream that is being closed and needs none.
    package func consumeConnection(byteCount: Int) {
        _ = nghttp2_session_consume_connection(session, byteCount)
    }

    /// - Parameter errorCode: HTTP/2's: 0 no error, 1 protocol, 7 refused, 8 cancel.
    package func reset(_ stream: Int32, errorCode: UInt32) {
        _ = nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, errorCode)
    }

    /// Announces that the connection will end; streams may still come for a round trip.
    package func announceShutdown() {
        _ = nghttp2_submit_shutdown_notice(session)
    }

    /// Takes no further streams; those open are finished.
    package func goAway() {
        _ = nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(session), 0, nil, 0)
    }

    /// Tells the peer that the connection ends now, and why.
    ///
    /// - Parameters:
    ///   - errorCode: HTTP/2's.
    ///   - reason: For whoever reads the peer's logs.
    package func goAway(errorCode: UInt32, reason: String) {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        _ = Array(reason.utf8).withUnsafeBufferPointer {
            nghttp2_submit_goaway(session, none, last, errorCode, $0.baseAddress, $0.count)
        }
    }

    /// Small number kept with the stream; 0 when none was set or the stream is gone.
    package func token(of stream: Int32) -> Int {
        Int(bitPattern: nghttp2_session_get_stream_user_data(session, stream))
    }

    /// Keeps a small number, other than 0, with the stream.
    package func setToken(_ token: Int, of stream: Int32) {
        _ = nghttp2_session_set_stream_user_data(session, stream, UnsafeMutableRawPointer(bitPattern: token))
    }

    private func submitSettings(_ role: Role, _ limits: SessionLimits) throws(SessionError) {
        func entry(_ id: nghttp2_settings_id, _ value: UInt32) -> nghttp2_settings_entry {
            nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: value)
        }
        var settings = [
            entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(limits.streamWindowBytes)),
            entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerListBytesMax),
        ]
        switch role {
        case .server:
            // nghttp2 ends the connection for one stream too many, where RFC 9113, section 5.1.2, wants that stream refused. So it
            // is not told of the limit, which the delegate keeps; the client is.
            settings.append(entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, UInt32(Int32.max)))
            unsaidStreamsMax = limits.concurrentStreamsMax
        case .client: settings.append(entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        try Self.check(nghttp2_submit_settings(session, none, settings, settings.count))
        try Self.check(nghttp2_session_set_local_window_size(session, none, 0, limits.connectionWindowBytes))
    }

    /// Tells the client how many streams it may have at once from now on (server). It is advice: the delegate refuses what is beyond.
    package func announce(streamsMax: UInt32) {
        var entry = nghttp2_settings_entry(
            settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: UInt32(Int32.max))
        guard nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), &entry, 1) == 0 else { return }
        unsaidStreamsMax = streamsMax
        openSettings += 1
    }

    /// SETTINGS of a server, with its own value for the streams at once.
    private static func settings(_ frame: UnsafeRawBufferPointer, streamsMax: UInt32) -> [UInt8] {
        var frame = [UInt8](frame)
        // Behind the head, entries of two bytes for the name and four for the value. Source: RFC 9113, section 6.5.1.
        for start in stride(from: 9, through: frame.count - 6, by: 6)
        where frame[start] == 0 && frame[start + 1] == UInt8(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue) {
            for byte in 0..<4 {
                frame[start + 2 + byte] = UInt8(truncatingIfNeeded: streamsMax >> (24 - 8 * UInt32(byte)))
            }
        }
        return frame
    }

    private func withFields(_ headers: [HeaderField], _ body: (UnsafePointer<nghttp2_nv>?) -> Int32) -> Int32 {
        withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: headers.count) { fields in
            for (index, header) in headers.enumerated() {
                let flags: UInt32 =
                    header.isStatic
                    ? NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
                    : NGHTTP2_NV_FLAG_NONE.rawValue
                fields.initializeElement(
                    at: index,
                    to: nghttp2_nv(
                        name: UnsafeMutablePointer(mutating: header.name.baseAddress),
                        value: UnsafeMutablePointer(mutating: header.value.baseAddress), namelen: header.name.count,
                        valuelen: header.value.count, flags: UInt8(truncatingIfNeeded: flags)))
            }
            return body(fields.baseAddress)
        }
    }

    private static func check(_ code: Int32) throws(SessionError) {
        guard code == 0 else { throw SessionError(code: code) }
    }

    /// The session is handed through C as an unretained pointer: it calls back only while one of its methods runs, so it need
    /// not be retained either.
    ///
    /// - Returns: What nghttp2 expects of a callback: 0, or that there is no session.
    @inline(__always)
    static func call(_ pointer: UnsafeMutableRawPointer?, _ body: (Session) -> Void) -> Int32 {
        guard let pointer else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        Unmanaged<Session>.fromOpaque(pointer)._withUnsafeGuaranteedRef(body)
        return 0
    }

    /// The same for callbacks that have a say in what follows.
    @inline(__always)
    static func ask(_ pointer: UnsafeMutableRawPointer?, _ body: (Session) -> nghttp2_error) -> Int32 {
        guard let pointer else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        return Unmanaged<Session>.fromOpaque(pointer)._withUnsafeGuaranteedRef { body($0).rawValue }
    }
}
