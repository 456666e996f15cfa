internal import HTTP2

/// Header fields of answers; the usual ones are made once and never copied.
enum ResponseFields {
    private static let status = HeaderField(":status", "200")
    private static let contentType = HeaderField("content-type", "application/grpc")
    private static let acceptEncoding = HeaderField("grpc-accept-encoding", "identity,gzip")

    static let identity = [status, contentType, acceptEncoding]
    static let gzip = identity + [HeaderField("grpc-encoding", "gzip")]
    static let okTrailers = [HeaderField("grpc-status", "0")]
    static let unsupportedMediaType = [HeaderField(":status", "415"), HeaderField("accept-post", "application/grpc")]
    static let methodNotAllowed = [HeaderField(":status", "405"), HeaderField("allow", "POST")]

    static func withTrailers(_ status: Status, _ trailers: Metadata, _ body: ([HeaderField]) -> Void) {
        withFields([], status, trailers, body)
    }

    static func withTrailersOnly(_ status: Status, _ trailers: Metadata, _ body: ([HeaderField]) -> Void) {
        withFields([Self.status, contentType, acceptEncoding], status, trailers, body)
    }

    private static func withFields(
        _ head: [HeaderField], _ status: Status, _ trailers: Metadata, _ body: ([HeaderField]) -> Void
    ) {
        var pairs: [(name: [UInt8], value: [UInt8])] = [
            (Array("grpc-status".utf8), Array(String(status.code.rawValue).utf8))
        ]
        if !status.message.isEmpty { pairs.append((Array("grpc-message".utf8), StatusMessage.encode(status.message))) }
        if let milliseconds = status.retryMilliseconds {
            // Source: github.com/grpc/proposal/blob/master/A6-client-retries.md, "Pushback"; RFC 9110, section 10.2.3.
            pairs.append((Array("grpc-retry-pushback-ms".utf8), Array(String(milliseconds).utf8)))
            pairs.append((Array("retry-after".utf8), Array(String((milliseconds + 999) / 1_000).utf8)))
        }
        pairs += trailers.wire
        withHeaderFields(pairs) { body(head + $0) }
    }
}

/// Lays names and values out in one buffer for the time of the call.
func withHeaderFields<R>(
    _ pairs: [(name: [UInt8], value: [UInt8])], _ body: ([HeaderField]) throws -> R
) rethrows -> R {
    var bytes: [UInt8] = []
    for pair in pairs { bytes += pair.name + pair.value }
    return try bytes.withUnsafeBufferPointer { bytes in
        var fields: [HeaderField] = []
        var start = 0
        for (name, value) in pairs {
            fields.append(
                HeaderField(
                    name: UnsafeBufferPointer(rebasing: bytes[start..<start + name.count]),
                    value: UnsafeBufferPointer(rebasing: bytes[start + name.count..<start + name.count + value.count])))
            start += name.count + value.count
        }
        return try body(fields)
    }
}
