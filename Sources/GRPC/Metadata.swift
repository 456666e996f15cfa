/// Name and value pairs that go with a call, in order; names may repeat.
///
/// Source: github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Custom-Metadata".
package struct Metadata: Sendable, Hashable {
    /// What stands under a name.
    package enum Value: Sendable, Hashable {
        /// Printable ASCII.
        case text(String)
        /// Any bytes; the name ends with `-bin`.
        case binary([UInt8])
    }

    package private(set) var entries: [(name: String, value: Value)] = []

    package init() {}

    /// Adds a text value.
    ///
    /// - Precondition: `name` is lowercase, of `[a-z0-9_.-]`, does not end with `-bin`; `value` is printable ASCII.
    package mutating func add(_ name: String, _ value: String) {
        precondition(Self.isName(name) && !name.hasSuffix("-bin"), "a metadata name is lowercase and says its kind")
        precondition(value.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "a text value is printable ASCII")
        entries.append((name, .text(value)))
    }

    /// Adds a binary value.
    ///
    /// - Precondition: `name` is lowercase, of `[a-z0-9_.-]`, and ends with `-bin`.
    package mutating func add(_ name: String, binary value: [UInt8]) {
        precondition(Self.isName(name) && name.hasSuffix("-bin"), "a binary value's name ends with -bin")
        entries.append((name, .binary(value)))
    }

    /// The first text value of that name.
    package func text(_ name: String) -> String? {
        for case (name, .text(let value)) in entries { return value }
        return nil
    }

    /// All binary values of that name.
    package func binaries(_ name: String) -> [[UInt8]] {
        entries.compactMap { entry in
            guard entry.name == name, case .binary(let value) = entry.value else { return nil }
            return value
        }
    }

    package static func == (left: Metadata, right: Metadata) -> Bool {
        left.entries.elementsEqual(right.entries) { $0.name == $1.name && $0.value == $1.value }
    }

    package func hash(into hasher: inout Hasher) {
        for entry in entries {
            hasher.combine(entry.name)
            hasher.combine(entry.value)
        }
    }

    /// Adds a header field as received; reserved fields are passed over, a binary value that is not base64 is dropped.
    mutating func addReceived(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        guard !Self.isReserved(name) else { return }
        let text = String(decoding: name, as: UTF8.self)
        guard text.hasSuffix("-bin") else {
            entries.append((text, .text(String(decoding: value, as: UTF8.self))))
            return
        }
        for part in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            if let bytes = Base64.decode(part) { entries.append((text, .binary(bytes))) }
        }
    }

    /// Name and value as they go on the wire.
    var wire: [(name: [UInt8], value: [UInt8])] {
        entries.map { entry in
            switch entry.value {
            case .text(let value): (Array(entry.name.utf8), Array(value.utf8))
            case .binary(let value): (Array(entry.name.utf8), Base64.encode(value))
            }
        }
    }

    /// Whether a header field belongs to HTTP/2 or gRPC rather than to the application.
    static func isReserved(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = name.first else { return true }
        if first == UInt8(ascii: ":") || name.starts(with: "grpc-".utf8) { return true }
        return matches(name, "te") || matches(name, "content-type") || matches(name, "user-agent")
            || matches(name, "content-length")
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_.-".utf8.contains(byte)
            }
    }
}

/// Base64 with or without padding. Source: RFC 4648, section 4.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Without padding, as gRPC wants senders to write.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 4 / 3 + 3)
        var index = 0
        while index < bytes.count {
            let rest = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
            for position in 0..<min(rest + 1, 4) {
                result.append(alphabet[Int(group >> UInt32(18 - 6 * position) & 63)])
            }
            index += 3
        }
        return result
    }

    /// - Returns: nil when a character or the length is not base64's.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var characters = Array(text)
        while characters.last == UInt8(ascii: "=") { characters.removeLast() }
        guard characters.count % 4 != 1 else { return nil }
        var result: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        for character in characters {
            guard let value = value(character) else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return result
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
