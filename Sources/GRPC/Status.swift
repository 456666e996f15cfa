/// How a call ended. As an error it ends the call with that code and message.
///
/// Source: github.com/grpc/grpc/blob/master/doc/statuscodes.md
package struct Status: Error, Sendable, Hashable, CustomStringConvertible {
    /// The codes of the specification, by number.
    package enum Code: Int, Sendable, CaseIterable, Hashable {
        case ok = 0
        case cancelled = 1
        case unknown = 2
        case invalidArgument = 3
        case deadlineExceeded = 4
        case notFound = 5
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case aborted = 10
        case outOfRange = 11
        case unimplemented = 12
        case internalError = 13
        case unavailable = 14
        case dataLoss = 15
        case unauthenticated = 16

        /// As the specification writes it, such as `NOT_FOUND`.
        package var name: String {
            switch self {
            case .ok: "OK"
            case .cancelled: "CANCELLED"
            case .unknown: "UNKNOWN"
            case .invalidArgument: "INVALID_ARGUMENT"
            case .deadlineExceeded: "DEADLINE_EXCEEDED"
            case .notFound: "NOT_FOUND"
            case .alreadyExists: "ALREADY_EXISTS"
            case .permissionDenied: "PERMISSION_DENIED"
            case .resourceExhausted: "RESOURCE_EXHAUSTED"
            case .failedPrecondition: "FAILED_PRECONDITION"
            case .aborted: "ABORTED"
            case .outOfRange: "OUT_OF_RANGE"
            case .unimplemented: "UNIMPLEMENTED"
            case .internalError: "INTERNAL"
            case .unavailable: "UNAVAILABLE"
            case .dataLoss: "DATA_LOSS"
            case .unauthenticated: "UNAUTHENTICATED"
            }
        }
    }

    package let code: Code
    /// What, where, and how to mend it; empty for OK.
    package let message: String
    /// When it is worth to try again; nil when nothing is known of that.
    package let retryMilliseconds: Int?
    /// Whether the caller sent a secret that is not the right one, and so perhaps tries what might fit.
    package let isWrongCredential: Bool

    package init(
        _ code: Code, _ message: String = "", retryMilliseconds: Int? = nil, isWrongCredential: Bool = false
    ) {
        self.code = code
        self.message = message
        self.retryMilliseconds = retryMilliseconds
        self.isWrongCredential = isWrongCredential
    }

    package static let ok = Status(.ok)

    package var description: String { message.isEmpty ? code.name : "\(code.name): \(message)" }
}

/// `grpc-message` on the wire: UTF-8, percent-encoded outside printable ASCII.
///
/// Source: github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Percent-Byte".
package enum StatusMessage {
    /// Longer messages are cut, so that trailers stay within what peers accept.
    package static let bytesMax = 2_048

    package static func encode(_ message: String) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in message.utf8.prefix(bytesMax) {
            if byte >= 0x20, byte <= 0x7e, byte != UInt8(ascii: "%") {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return result
    }

    /// Never fails: what is not a percent-encoded byte stays as it is, invalid UTF-8 is repaired.
    package static func decode(_ bytes: some Collection<UInt8>) -> String {
        let bytes = Array(bytes)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Self.digit(bytes[index + 1]), let low = Self.digit(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
