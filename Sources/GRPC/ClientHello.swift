/// What a client offers in its first message of a TLS connection, as far as ALPN goes. Read before the library sees it, which would go
/// on without a word when nothing fits.
///
/// Source: RFC 8446, sections 4.1.2 and 5.1; RFC 7301, section 3.1.
package enum ClientHello {
    /// What is known of it.
    package enum Offer: Equatable {
        /// More bytes are needed.
        case incomplete
        /// It offers the protocol, or speaks of none; or it is no such message, which is the library's to refuse.
        case passes
        /// It offers others only.
        case othersOnly
    }

    /// More than a client sends; a longer one is the library's to judge.
    static let bytesMax = 16 * 1_024 + 4
    private static let recordsMax = 16
    private static let handshakeRecord: UInt8 = 22
    private static let clientHello: UInt8 = 1
    private static let protocolExtension = 16

    /// - Parameters:
    ///   - bytes: All that has come so far.
    ///   - name: The protocol that is spoken here.
    package static func offer(of name: StaticString, in bytes: UnsafeRawBufferPointer) -> Offer {
        var message: [UInt8] = []
        var records = Reader(bytes)
        for _ in 0..<recordsMax {
            guard let kind = records.number(1) else { return .incomplete }
            guard kind == Int(handshakeRecord) else { return .passes }
            guard records.number(2) != nil, let count = records.number(2) else { return .incomplete }
            let rest = records.rest
            message += rest.prefix(count)
            guard message.first ?? clientHello == clientHello else { return .passes }
            if message.count >= 4 {
                let total = 4 + Int(message[1]) << 16 + Int(message[2]) << 8 + Int(message[3])
                guard total <= bytesMax else { return .passes }
                if message.count >= total {
                    return message.withUnsafeBytes { offers(name, Reader($0[4..<total])) } ? .passes : .othersOnly
                }
            }
            guard rest.count >= count, records.part(count) != nil else { return .incomplete }
        }
        return .passes
    }

    private static func offers(_ name: StaticString, _ hello: Reader) -> Bool {
        var hello = hello
        // Version and random; session, cipher suites, compression methods.
        guard hello.part(2 + 32) != nil, hello.counted(1) != nil, hello.counted(2) != nil, hello.counted(1) != nil,
            var extensions = hello.counted(2)
        else { return true }
        while let kind = extensions.number(2), let content = extensions.counted(2) {
            guard kind == protocolExtension else { continue }
            var content = content
            guard var names = content.counted(2) else { return true }
            while let offered = names.counted(1) {
                if name.withUTF8Buffer({ $0.elementsEqual(offered.rest) }) { return true }
            }
            return false
        }
        return true
    }

    /// Takes one thing after the other; nil where there is too little.
    private struct Reader {
        var rest: Slice<UnsafeRawBufferPointer>

        init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

        init(_ bytes: Slice<UnsafeRawBufferPointer>) { rest = bytes }

        mutating func part(_ count: Int) -> Slice<UnsafeRawBufferPointer>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        mutating func number(_ byteCount: Int) -> Int? { part(byteCount)?.reduce(0) { $0 << 8 | Int($1) } }

        /// What stands behind its length.
        mutating func counted(_ byteCount: Int) -> Reader? {
            number(byteCount).flatMap { part($0) }.map(Reader.init)
        }
    }
}
