import GRPC
import NIOCore
import Testing

private func bytes<R>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    var text = text
    return text.withUTF8(body)
}

@Suite struct TimeoutTests {
    @Test(arguments: [
        ("1H", 3_600_000_000_000), ("2M", 120_000_000_000), ("3S", 3_000_000_000), ("4m", 4_000_000), ("5u", 5_000),
        ("6n", 6), ("0S", 0), ("99999999n", 99_999_999), ("99999999H", Int64.max),
    ])
    func `all six units are understood`(text: String, nanoseconds: Int64) {
        #expect(bytes(text) { Timeout.parse($0) } == nanoseconds)
    }

    @Test(arguments: ["", "S", "1", "1s", "1h", "100000000S", "-1S", "1.5S", "1 S", "S1"])
    func `anything else is refused`(text: String) {
        #expect(bytes(text) { Timeout.parse($0) } == nil)
    }

    @Test(arguments: [
        (Int64(0), "0n"), (99_999_999, "99999999n"), (100_000_000, "100000u"), (2_000_000_000, "2000000u"),
        (3_600_000_000_000, "3600000m"), (-5, "0n"), (Int64.max, "2562048H"),
    ])
    func `what is sent is never shorter than what was meant`(nanoseconds: Int64, text: String) {
        #expect(Timeout.text(nanoseconds: nanoseconds) == text)
    }
}

@Suite struct StatusMessageTests {
    @Test func `what is not printable ASCII is percent-encoded and comes back`() {
        let message = "größe 5 % → \n"
        let encoded = StatusMessage.encode(message)
        #expect(encoded.allSatisfy { (0x20...0x7e).contains($0) })
        #expect(String(decoding: encoded, as: UTF8.self) == "gr%C3%B6%C3%9Fe 5 %25 %E2%86%92 %0A")
        #expect(StatusMessage.decode(encoded) == message)
    }

    @Test func `broken encodings are taken as they stand`() {
        #expect(StatusMessage.decode(Array("50% of %zz %4".utf8)) == "50% of %zz %4")
    }
}

@Suite struct MessageReaderTests {
    private func prefixed(_ content: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        [flag, 0, 0, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }

    @Test func `messages come out whole however the bytes arrive`() {
        let stream = prefixed([1, 2, 3]) + prefixed([]) + prefixed([4], flag: 1)
        for step in 1...stream.count {
            var reader = MessageReader(messageBytesMax: 10)
            var found: [MessageReader.OnBytes] = []
            var index = 0
            while index < stream.count {
                let end = min(index + step, stream.count)
                stream[index..<end].withUnsafeBytes { reader.feed($0) }
                index = end
                while true {
                    let next = reader.next()
                    if next == .needMore { break }
                    found.append(next)
                }
            }
            #expect(
                found == [
                    .message(ByteBuffer(bytes: [1, 2, 3]), isCompressed: false),
                    .message(ByteBuffer(), isCompressed: false),
                    .message(ByteBuffer(bytes: [4]), isCompressed: true),
                ], "in steps of \(step)")
            #expect(!reader.isAmidMessage)
        }
    }

    @Test func `the limit is checked on the prefix alone`() {
        var reader = MessageReader(messageBytesMax: 10)
        [UInt8]([0, 0, 0, 0, 11]).withUnsafeBytes { reader.feed($0) }
        #expect(reader.next() == .tooLong(byteCount: 11))
        var atLimit = MessageReader(messageBytesMax: 10)
        prefixed([UInt8](repeating: 7, count: 10)).withUnsafeBytes { atLimit.feed($0) }
        #expect(atLimit.next() == .message(ByteBuffer(repeating: 7, count: 10), isCompressed: false))
    }

    @Test func `a first byte beyond one is refused`() {
        var reader = MessageReader(messageBytesMax: 10)
        [UInt8]([2, 0, 0, 0, 0]).withUnsafeBytes { reader.feed($0) }
        #expect(reader.next() == .badFlag(2))
    }

    @Test func `one whole message is handed over in place`() {
        let reader = MessageReader(messageBytesMax: 10)
        #expect(prefixed([1, 2]).withUnsafeBytes { reader.wholeMessage(in: $0)?.message.count } == 2)
        #expect((prefixed([1, 2]) + [0]).withUnsafeBytes { reader.wholeMessage(in: $0) == nil })
        #expect(prefixed([1, 2]).dropLast().withUnsafeBytes { reader.wholeMessage(in: $0) == nil })
        #expect(prefixed([UInt8](repeating: 0, count: 11)).withUnsafeBytes { reader.wholeMessage(in: $0) == nil })
    }
}

@Suite struct RequestHeadTests {
    private func head(_ fields: [(String, String)]) -> RequestHead {
        var head = RequestHead()
        for (name, value) in [(":method", "POST"), ("content-type", "application/grpc")] + fields {
            bytes(name) { name in bytes(value) { head.add(name: name, value: $0) } }
        }
        return head
    }

    @Test func `a plain request is accepted`() {
        #expect(head([]).verdict(isKnownMethod: true, path: "") == .accept)
        #expect(head([("content-type", "application/grpc+proto")]).verdict(isKnownMethod: true, path: "") == .accept)
        #expect(head([("content-type", "application/grpc;x=1")]).verdict(isKnownMethod: true, path: "") == .accept)
    }

    @Test(arguments: ["application/json", "application/grpcx", "application/grpc-web", "", "text/plain"])
    func `another content type is HTTP 415`(type: String) {
        #expect(head([("content-type", type)]).verdict(isKnownMethod: true, path: "") == .refuseHTTP(status: 415))
    }

    @Test func `another method is HTTP 405`() {
        #expect(head([(":method", "GET")]).verdict(isKnownMethod: true, path: "") == .refuseHTTP(status: 405))
    }

    @Test func `gRPC's own refusals carry a status`() {
        #expect(
            head([]).verdict(isKnownMethod: false, path: "/a.B/C")
                == .fail(Status(.unimplemented, "there is no method /a.B/C")))
        guard case .fail(let encoding) = head([("grpc-encoding", "snappy")]).verdict(isKnownMethod: true, path: ""),
            case .fail(let timeout) = head([("grpc-timeout", "5x")]).verdict(isKnownMethod: true, path: "")
        else {
            Issue.record("both are refused")
            return
        }
        #expect(encoding.code == .unimplemented)
        #expect(timeout.code == .invalidArgument)
    }

    @Test(arguments: [("gzip", true), ("identity, gzip", true), ("identity,deflate", false), ("gzipped", false)])
    func `gzip is used for those who accept it`(list: String, accepts: Bool) {
        #expect(head([("grpc-accept-encoding", list)]).acceptsGzip == accepts)
    }
}

@Suite struct MetadataTests {
    @Test func `names and values are kept in order`() {
        var metadata = Metadata()
        metadata.add("a", "1")
        metadata.add("b-bin", binary: [0, 255])
        metadata.add("a", "2")
        #expect(metadata.entries.map(\.name) == ["a", "b-bin", "a"])
        #expect(metadata.text("a") == "1")
        #expect(metadata.binaries("b-bin") == [[0, 255]])
        #expect(metadata.text("c") == nil)
    }
}
