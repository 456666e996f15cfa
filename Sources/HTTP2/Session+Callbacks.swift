internal import CNghttp2

extension Session {
    static let provider = nghttp2_data_provider(source: nghttp2_data_source(), read_callback: readBody)

    static func install(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, owner in
            guard let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
            return Session.call(owner) { session in
                session.delegate.headersBegan(on: frame.pointee.hd.stream_id)
            }
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, frame, name, nameCount, value, valueCount, _, owner in
            guard let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
            return Session.ask(owner) { session in
                let isTaken = session.delegate.header(
                    on: frame.pointee.hd.stream_id, name: UnsafeBufferPointer(start: name, count: nameCount),
                    value: UnsafeBufferPointer(start: value, count: valueCount))
                // nghttp2 resets the stream, and reads the rest of the block for the state of its table only.
                guard isTaken else { return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE }
                return session.isPausing ? NGHTTP2_ERR_PAUSE : nghttp2_error(0)
            }
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, data, count, owner in
            Session.ask(owner) { session in
                session.delegate.data(on: stream, UnsafeRawBufferPointer(start: data, count: count))
                return session.isPausing ? NGHTTP2_ERR_PAUSE : nghttp2_error(0)
            }
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, owner in
            guard let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
            return Session.call(owner) { $0.received(frame) }
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, owner in
            guard let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
            return Session.call(owner) { $0.sent(frame) }
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, errorCode, owner in
            Session.call(owner) { $0.delegate.streamClosed(stream, errorCode: errorCode) }
        }
    }

    private func sent(_ frame: UnsafePointer<nghttp2_frame>) {
        let head = frame.pointee.hd
        switch UInt32(head.type) {
        case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
            answeredFrames &+= 1
            if UInt32(head.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 { delegate.sentEnd(head.stream_id) }
        case NGHTTP2_RST_STREAM.rawValue:
            // These two are this side's own wish: the answer is out, or nobody waits for it.
            let code = frame.pointee.rst_stream.error_code
            if code != NGHTTP2_NO_ERROR.rawValue, code != NGHTTP2_CANCEL.rawValue { provokedResets &+= 1 }
        default: break
        }
    }

    private func received(_ frame: UnsafePointer<nghttp2_frame>) {
        let head = frame.pointee.hd
        switch UInt32(head.type) {
        case NGHTTP2_HEADERS.rawValue: delegate.headersEnded(on: head.stream_id)
        case NGHTTP2_DATA.rawValue: break
        case NGHTTP2_RST_STREAM.rawValue:
            switch delegate.peerResets(head.stream_id) {
            case .provoked: provokedResets &+= 1
            case .excused: excusedResets &+= 1
            case .over: break
            }
            return
        case NGHTTP2_SETTINGS.rawValue:
            if UInt32(head.flags) & NGHTTP2_FLAG_ACK.rawValue == 0 {
                hasPreface = true
            } else {
                hasSettings = true
                openSettings -= 1
            }
            return
        case NGHTTP2_GOAWAY.rawValue:
            delegate.peerGoesAway(lastStream: frame.pointee.goaway.last_stream_id)
            return
        default: return
        }
        if UInt32(head.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0 { delegate.peerEnded(head.stream_id) }
    }
}

/// nghttp2 asks for up to `capacity` bytes of a stream's body.
private func readBody(
    _: OpaquePointer?, stream: Int32, buffer: UnsafeMutablePointer<UInt8>?, capacity: Int,
    flags: UnsafeMutablePointer<UInt32>?, _: UnsafeMutablePointer<nghttp2_data_source>?,
    owner: UnsafeMutableRawPointer?
) -> Int {
    guard let flags, let owner else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
    let room = UnsafeMutableRawBufferPointer(start: buffer, count: capacity)
    let answer = Unmanaged<Session>.fromOpaque(owner)._withUnsafeGuaranteedRef { session in
        session.delegate.body(of: stream, into: room)
    }
    switch answer {
    case .wait:
        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    case .bytes(let count):
        return count
    case .trailers(let count):
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
        return count
    case .end(let count):
        flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        return count
    case .fail:
        return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
    }
}
