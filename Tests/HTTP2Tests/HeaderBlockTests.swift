import HTTP2
import Testing

private let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4)
private let endStream: UInt8 = 1
private let endHeaders: UInt8 = 4
private let padded: UInt8 = 8
private let priority: UInt8 = 32

private func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt8 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    [
        UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 255), UInt8(payload.count & 255), type, flags, 0, 0, 0,
        stream,
    ]
        + payload
}

/// HPACK's integer behind a prefix of `bits` bits. Source: RFC 7541, section 5.1.
private func integer(_ value: Int, bits: Int, pattern: UInt8 = 0) -> [UInt8] {
    let mask = (1 << bits) - 1
    guard value >= mask else { return [pattern | UInt8(value)] }
    var rest = value - mask
    var bytes = [pattern | UInt8(mask)]
    while rest >= 128 {
        bytes.append(UInt8(rest & 127) | 128)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

/// A field whose first byte says how it is kept: 0 is not, 0x10 never, 0x40 is.
private func literal(_ name: String, _ value: [UInt8], kind: UInt8 = 0, isHuffman: Bool = false) -> [UInt8] {
    [kind] + integer(name.utf8.count, bits: 7) + Array(name.utf8)
        + integer(value.count, bits: 7, pattern: isHuffman ? 128 : 0) + value
}

private let pseudo =
    literal(":method", Array("POST".utf8)) + literal(":scheme", Array("http".utf8)) + literal(":path", Array("/a".utf8))
    + literal(":authority", Array("here".utf8))

private func server() throws -> Peer {
    let peer = Peer()
    var limits = SessionLimits()
    limits.headerBlockBytesMax = 80_000
    peer.session = try Session(.server, limits: limits, delegate: peer)
    return peer
}

extension Peer {
    /// Hands bytes over in pieces.
    fileprivate func take(_ bytes: [UInt8], piece: Int = .max) throws {
        var start = 0
        while start < bytes.count {
            let end = start + min(piece, bytes.count - start)
            try bytes[start..<end].withUnsafeBytes { _ = try session?.receive($0) }
            start = end
        }
    }

    /// The code and the reason of the GOAWAY that is to be sent.
    fileprivate func goAway() throws -> (code: UInt8, reason: String)? {
        var bytes = try output()
        while bytes.count >= 9 {
            let length = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
            let payload = bytes[9..<9 + length]
            if bytes[3] == 7 { return (payload[16], String(decoding: payload.dropFirst(8), as: UTF8.self)) }
            bytes.removeFirst(9 + length)
        }
        return nil
    }
}

/// A block in one HEADERS frame and as many others as it takes.
private func frames(_ block: [UInt8], step: Int, stream: UInt8 = 1, flags: UInt8 = endStream) -> [UInt8] {
    var result: [UInt8] = []
    for start in stride(from: 0, to: block.count, by: step) {
        let end = min(start + step, block.count)
        let isLast = end == block.count
        result += frame(
            start == 0 ? 1 : 9, flags: (start == 0 ? flags : 0) | (isLast ? endHeaders : 0), stream: stream,
            Array(block[start..<end]))
    }
    return result
}

@Suite struct HeaderBlockTests {
    private static let expected = [
        "began 1", ":method=POST", ":scheme=http", ":path=/a", ":authority=here", "headers 1", "ended 1",
    ]

    @Test("A block in frames of any size, read in pieces of any size, is served", arguments: [1, 2, 9, 30, 1_000])
    func pieces(step: Int) throws {
        for piece in [1, 2, 3, 8, 9, 10, 11, 1_000] {
            let peer = try server()
            try peer.take(preface + frames(pseudo, step: step), piece: piece)
            #expect(peer.events == Self.expected, "in pieces of \(piece)")
            try peer.take(frames(pseudo, step: step, stream: 3), piece: piece)
            #expect(peer.events.count == 2 * Self.expected.count)
        }
    }

    @Test("Padding and priority of the first frame are taken off", arguments: [1, 7, 1_000])
    func paddedFrames(piece: Int) throws {
        for (flags, head) in [
            (padded, [3]), (priority, [0, 0, 0, 0, 9]), (padded | priority, [3, 0, 0, 0, 0, 9]),
        ] as [(UInt8, [UInt8])] {
            let tail = [UInt8](repeating: 0, count: flags & padded != 0 ? 3 : 0)
            let peer = try server()
            try peer.take(
                preface + frame(1, flags: flags | endStream, stream: 1, head + pseudo.prefix(20) + tail)
                    + frame(9, flags: endHeaders, stream: 1, Array(pseudo.dropFirst(20))), piece: piece)
            #expect(peer.events == Self.expected)
        }
    }

    @Test("Empty frames within a block are fine, and counted")
    func emptyFrames() throws {
        let peer = try server()
        try peer.take(preface + frame(1, flags: endStream, stream: 1, pseudo))
        for _ in 0..<1_000 { try peer.take(frame(9, stream: 1)) }
        try peer.take(frame(9, flags: endHeaders, stream: 1))
        #expect(peer.events == Self.expected)
        try peer.take(frame(1, flags: endStream, stream: 3, pseudo))
        #expect(throws: SessionError.self) { for _ in 0..<9_000 { try peer.take(frame(9, stream: 3)) } }
        #expect(peer.events == Self.expected)
    }

    @Test("A block beyond the limit ends the connection and says why")
    func tooLong() throws {
        let peer = try server()
        let block = pseudo + literal("x", [UInt8](repeating: 97, count: 79_000))
        try peer.take(preface + frames(block, step: 16_000))
        #expect(peer.events.last == "ended 1")
        let longer = pseudo + literal("x", [UInt8](repeating: 97, count: 81_000))
        #expect(throws: SessionError.self) { try peer.take(frames(longer, step: 16_000, stream: 3)) }
        let goAway = try #require(try peer.goAway())
        #expect(goAway.code == 11)
        #expect(goAway.reason == "the header block of a request has more than 80000 bytes")
    }

    @Test("W47: a value above 65,536 bytes costs its own request only", arguments: [0, 0x10, 0x40] as [UInt8])
    func hugeValues(kind: UInt8) throws {
        for isHuffman in [false, true] {
            let peer = try server()
            // Huffman's code for "0" is five zeros; eight of them are five bytes. Source: RFC 7541, appendix B.
            let value = [UInt8](repeating: isHuffman ? 0 : 97, count: 66_000)
            let huge = literal("x-huge", value, kind: kind, isHuffman: isHuffman)
            try peer.take(preface + frames(literal("x-first", [98], kind: 0x40), step: 9, stream: 1, flags: 0))
            try peer.take(frames(pseudo + huge + literal("x-after", [99]), step: 16_384, stream: 3))
            #expect(peer.events.contains("began 3") && peer.events.contains("x-after=c"))
            #expect(peer.events.contains { $0.hasPrefix("x-huge=") })
            // Both sides agree on the table: a field that is kept is found by its number, the newest first.
            let kept = pseudo + literal("x-kept", [100], kind: 0x40) + integer(62, bits: 7, pattern: 128)
            try peer.take(frames(kept, step: 1_000, stream: 5))
            #expect(peer.events.filter { $0 == "x-kept=d" }.count == 2)
            #expect(peer.events.last == "ended 5")
            if kind != 0x40 {
                // Nothing was pushed out of it.
                try peer.take(frames(pseudo + integer(63, bits: 7, pattern: 128), step: 1_000, stream: 7))
                #expect(peer.events.filter { $0 == "x-first=b" }.count == 2)
            }
            #expect(try peer.goAway() == nil)
        }
    }

    @Test("A name above 65,536 bytes costs its own request only")
    func hugeName() throws {
        let peer = try server()
        let block = pseudo + literal(String(repeating: "n", count: 70_000), [1])
        try peer.take(preface + frames(block, step: 16_384))
        try peer.take(frames(pseudo, step: 1_000, stream: 3))
        #expect(peer.events.last == "ended 3")
    }

    @Test(
        "What comes amid a block ends the connection with PROTOCOL_ERROR",
        arguments: [
            frame(0, stream: 1, [1]), frame(9, flags: endHeaders, stream: 3), frame(6, [1, 2, 3, 4, 5, 6, 7, 8]),
            frame(1, flags: endHeaders, stream: 3, pseudo), frame(8, stream: 1, [0, 0, 0, 1]),
        ])
    func interrupted(by stranger: [UInt8]) throws {
        for piece in [1, 5, 1_000] {
            let peer = try server()
            try peer.take(preface + frame(1, stream: 1, pseudo), piece: piece)
            try peer.take(frame(9, stream: 1) + stranger + frame(9, flags: endHeaders, stream: 1), piece: piece)
            #expect(try peer.goAway()?.code == 1)
            #expect(!peer.events.contains("headers 1"))
        }
    }

    @Test("Padding that the frame has no room for ends the connection with PROTOCOL_ERROR")
    func badPadding() throws {
        let peer = try server()
        try peer.take(preface + frame(1, flags: padded, stream: 1, [200, 1, 2, 3]))
        #expect(try peer.goAway()?.code == 1)
    }

    @Test("A frame beyond the size that was announced ends the connection with FRAME_SIZE_ERROR")
    func largeFrame() throws {
        for continues in [false, true] {
            let peer = try server()
            try peer.take(preface)
            if continues { try peer.take(frame(1, stream: 1, pseudo)) }
            try peer.take(frame(continues ? 9 : 1, stream: 1, [UInt8](repeating: 0, count: 16_385)))
            #expect(try peer.goAway()?.code == 6)
        }
    }

    @Test("A malformed block above the limit of one string ends the connection with COMPRESSION_ERROR")
    func malformed() throws {
        let peer = try server()
        let block = pseudo + [0, 1, 120] + integer(9_000_000, bits: 7) + [UInt8](repeating: 97, count: 70_000)
        // What nghttp2 makes of it is an error of the session or a farewell.
        do { try peer.take(preface + frames(block, step: 16_384)) } catch {}
        #expect(try peer.goAway()?.code == 9)
    }

    @Test("Fields that expand without end are cut off, and the table stays in step")
    func expanding() throws {
        let peer = try server()
        let kept = literal("x", [UInt8](repeating: 97, count: 3_900), kind: 0x40)
        let references = [UInt8](repeating: 0xbe, count: 12_000)
        try peer.take(preface + frames(pseudo + kept + references, step: 16_384, stream: 1, flags: endStream))
        #expect(peer.events.filter { $0.hasPrefix("x=") }.count < 60)
        #expect(!peer.events.contains("headers 1"))
        _ = try peer.output()
        #expect(peer.events.last == "closed 1 2")
    }
}

@Suite struct SessionPauseTests {
    @Test(
        "A pause comes back between two calls, and nothing is lost", arguments: [1, 9, 10, 17, 40, 97, 1_000],
        [false, true])
    func pauses(piece: Int, comesMeanwhile: Bool) throws {
        var bytes = preface
        for stream in [1, 3, 5, 7] as [UInt8] {
            bytes += frames(pseudo, step: stream == 3 ? 10 : 1_000, stream: stream, flags: 0)
            bytes += frame(0, flags: endStream, stream: stream, [65 + stream])
        }
        let plain = try server()
        try plain.take(bytes)
        let peer = try server()
        peer.pausesAtData = true
        var pending: [UInt8] = []
        var pauses = 0
        var rest = bytes[...]
        while !rest.isEmpty {
            pending += rest.prefix(piece)
            rest = rest.dropFirst(piece)
            repeat {
                let seen = peer.events.count
                let taken = try pending.withUnsafeBytes { try #require(peer.session).receive($0) }
                pending.removeFirst(taken)
                if try #require(peer.session).isPaused {
                    pauses += 1
                    if comesMeanwhile {
                        pending += rest.prefix(piece)
                        rest = rest.dropFirst(piece)
                    }
                    #expect(peer.events[seen...].filter { $0.hasPrefix("data") }.count <= 1)
                } else {
                    #expect(pending.isEmpty)
                }
            } while peer.session?.isPaused == true
        }
        #expect(peer.events == plain.events)
        #expect(pauses == 4)
    }
}
