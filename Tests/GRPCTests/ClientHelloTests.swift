import GRPC
import Testing

@Suite struct ClientHelloTests {
    private static func counted(_ bytes: [UInt8], _ byteCount: Int) -> [UInt8] {
        (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) } + bytes
    }

    /// - Parameter protocols: nil for none of the extension.
    private static func message(_ protocols: [String]?, session: Int = 32) -> [UInt8] {
        var extensions: [UInt8] = [0, 23, 0, 0]  // extended_master_secret
        if let protocols {
            let names = protocols.flatMap { counted(Array($0.utf8), 1) }
            extensions += [0, 16] + counted(counted(names, 2), 2)
        }
        extensions += [0, 43] + counted([2, 3, 4], 2)  // supported_versions
        let hello: [UInt8] =
            [3, 3] + [UInt8](repeating: 7, count: 32) + counted([UInt8](repeating: 1, count: session), 1)
            + counted([0x13, 1], 2) + counted([0], 1) + counted(extensions, 2)
        return [1] + counted(hello, 3)
    }

    /// - Parameter size: Of the records that it is cut into.
    private static func records(_ message: [UInt8], size: Int = .max) -> [UInt8] {
        stride(from: 0, to: message.count, by: min(size, message.count)).flatMap { start in
            [22, 3, 1] + counted(Array(message[start..<min(message.count, start &+ min(size, message.count))]), 2)
        }
    }

    private static func offer(_ bytes: [UInt8]) -> ClientHello.Offer {
        bytes.withUnsafeBytes { ClientHello.offer(of: "h2", in: $0) }
    }

    @Test(
        arguments: [
            (nil, .passes), (["h2"], .passes), (["http/1.1", "h2"], .passes), ([], .othersOnly),
            (["http/1.1"], .othersOnly), (["h2c", "h", "H2"], .othersOnly), (["http/1.1", "h3"], .othersOnly),
        ] as [([String]?, ClientHello.Offer)])
    func `What is offered is read, whole or in parts`(_ protocols: [String]?, _ expected: ClientHello.Offer) {
        for size in [Int.max, 40, 12] {
            let bytes = Self.records(Self.message(protocols), size: size)
            #expect(Self.offer(bytes) == expected)
            // What follows is another message's.
            #expect(Self.offer(bytes + [20, 3, 3, 0, 1, 1]) == expected)
            for count in 0..<bytes.count { #expect(Self.offer(Array(bytes.prefix(count))) == .incomplete) }
        }
    }

    @Test func `What is no such message is the library's to refuse`() {
        let good = Self.message(["http/1.1"])
        #expect(Self.offer(Array("PRI * HTTP/2.0\r\n".utf8)) == .passes)
        #expect(Self.offer([22, 3, 1, 0, 4, 2, 0, 0, 0]) == .passes)
        // Longer than any, and in more records than any.
        #expect(Self.offer([22, 3, 1, 0, 4, 1, 1, 0, 0]) == .passes)
        #expect(Self.offer(Self.records(good, size: 3)) == .passes)
        // Lengths that lead out of what there is.
        for index in 4..<good.count {
            var broken = good
            broken[index] = 0xff
            _ = Self.offer(Self.records(broken))
        }
        for count in 4..<good.count {
            var cut = Array(good.prefix(count))
            (cut[1], cut[2], cut[3]) = (0, UInt8((count - 4) >> 8), UInt8((count - 4) & 255))
            _ = Self.offer(Self.records(cut))
        }
    }
}
