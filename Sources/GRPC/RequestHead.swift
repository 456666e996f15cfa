internal import NIOCore

/// What the header fields of a request say, gathered one by one. Pure, so that it is tested without sockets.
package struct RequestHead {
    /// Compression of the messages that come.
    package enum Encoding: Sendable, Equatable { case identity, gzip, other }

    /// What is to be done with the request once its headers are complete.
    package enum OnHeaders: Equatable {
        case accept
        /// An HTTP error, no gRPC: a wrong method or content type.
        case refuseHTTP(status: Int)
        case fail(Status)
    }

    package private(set) var isPOST = false
    package private(set) var hasGRPCContentType = false
    package private(set) var encoding = Encoding.identity
    package private(set) var acceptsGzip = false
    package private(set) var timeoutNanoseconds: Int64?
    package private(set) var hasBadTimeout = false
    /// The first `authorization` field; it is for the gate alone and never among the metadata that handlers see.
    package private(set) var authorization: [UInt8] = []
    package private(set) var authorizationCount = 0
    /// Custom metadata: names and values one after the other, with their lengths.
    private var kept: [UInt8] = []
    private var keptLengths: [(name: Int, value: Int)] = []

    package init() {}

    /// Forgets everything but the memory.
    package mutating func reset() {
        isPOST = false
        hasGRPCContentType = false
        encoding = .identity
        acceptsGzip = false
        timeoutNanoseconds = nil
        hasBadTimeout = false
        if authorizationCount > 0 {
            authorization.removeAll(keepingCapacity: true)
            authorizationCount = 0
        }
        if !kept.isEmpty { kept.removeAll(keepingCapacity: true) }
        if !keptLengths.isEmpty { keptLengths.removeAll(keepingCapacity: true) }
    }

    /// Takes one field other than `:path`.
    package mutating func add(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        if matches(name, ":method") {
            isPOST = matches(value, "POST")
        } else if matches(name, "content-type") {
            hasGRPCContentType = Self.isGRPC(value)
        } else if matches(name, "grpc-timeout") {
            timeoutNanoseconds = Timeout.parse(value)
            hasBadTimeout = timeoutNanoseconds == nil
        } else if matches(name, "grpc-encoding") {
            encoding = matches(value, "identity") ? .identity : matches(value, "gzip") ? .gzip : .other
        } else if matches(name, "grpc-accept-encoding") {
            acceptsGzip = Self.list(value, contains: "gzip")
        } else if matches(name, "authorization") {
            if authorizationCount == 0 { authorization += value }
            authorizationCount += 1
        } else if !Metadata.isReserved(name) {
            kept += name
            kept += value
            keptLengths.append((name.count, value.count))
        }
    }

    /// To be asked when the headers are complete.
    package func verdict(isKnownMethod: Bool, path: @autoclosure () -> String) -> OnHeaders {
        guard isPOST else { return .refuseHTTP(status: 405) }
        guard hasGRPCContentType else { return .refuseHTTP(status: 415) }
        guard isKnownMethod else { return .fail(Status(.unimplemented, "there is no method \(path())")) }
        guard encoding != .other else {
            return .fail(Status(.unimplemented, "the message encoding is not supported; use identity or gzip"))
        }
        guard !hasBadTimeout else {
            return .fail(Status(.invalidArgument, "grpc-timeout is not up to eight digits and one of H M S m u n"))
        }
        return .accept
    }

    var metadata: Metadata {
        var metadata = Metadata()
        kept.withUnsafeBufferPointer { kept in
            var start = 0
            for (name, value) in keptLengths {
                metadata.addReceived(
                    name: UnsafeBufferPointer(rebasing: kept[start..<start + name]),
                    value: UnsafeBufferPointer(rebasing: kept[start + name..<start + name + value]))
                start += name + value
            }
        }
        return metadata
    }

    /// `application/grpc`, alone or followed by `+proto` or parameters.
    private static func isGRPC(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        let wanted: StaticString = "application/grpc"
        guard value.count >= wanted.utf8CodeUnitCount else { return false }
        let head = UnsafeBufferPointer(rebasing: value[..<wanted.utf8CodeUnitCount])
        guard matches(head, wanted) else { return false }
        if value.count == wanted.utf8CodeUnitCount { return true }
        let rest = UnsafeBufferPointer(rebasing: value[wanted.utf8CodeUnitCount...])
        return rest.first == UInt8(ascii: ";") || rest.starts(with: "+proto".utf8)
    }

    private static func list(_ value: UnsafeBufferPointer<UInt8>, contains word: StaticString) -> Bool {
        value.split(separator: UInt8(ascii: ",")).contains { part in
            let trimmed = part.drop { $0 == 0x20 }
            return trimmed.count >= word.utf8CodeUnitCount
                && trimmed.prefix { $0 != 0x20 && $0 != UInt8(ascii: ";") }.elementsEqual(
                    UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        }
    }
}

/// Compares bytes without making a String.
@inline(__always)
func matches(_ bytes: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<bytes.count where bytes[index] != text.utf8Start[index] { return false }
    return true
}
