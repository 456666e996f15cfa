import HTTP2
import Testing

private func pair() throws -> (client: Peer, server: Peer) {
    let client = Peer()
    let server = Peer()
    client.session = try Session(.client, limits: SessionLimits(), delegate: client)
    server.session = try Session(.server, limits: SessionLimits(), delegate: server)
    return (client, server)
}

private func withFields<R>(_ pairs: [(String, String)], _ body: ([HeaderField]) throws -> R) rethrows -> R {
    let bytes = pairs.flatMap { Array($0.0.utf8) + Array($0.1.utf8) }
    return try bytes.withUnsafeBufferPointer { bytes in
        var start = 0
        let fields = pairs.map { name, value in
            let middle = start + name.utf8.count
            let end = middle + value.utf8.count
            defer { start = end }
            return HeaderField(
                name: UnsafeBufferPointer(rebasing: bytes[start..<middle]),
                value: UnsafeBufferPointer(rebasing: bytes[middle..<end]))
        }
        return try body(fields)
    }
}

private let request = [(":method", "POST"), (":scheme", "http"), (":path", "/a"), (":authority", "here")]

@Suite struct SessionTests {
    @Test func `a request and its answer cross byte by byte`() throws {
        let (client, server) = try pair()
        let stream = try withFields(request) { try #require(client.session).submitRequest($0) }
        client.bodies[stream] = Array("question".utf8)
        // Every byte alone, both ways, until neither has anything to say.
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for (from, to) in [(client, server), (server, client)] {
                for byte in try from.output() {
                    isQuiet = false
                    try withUnsafeBytes(of: byte) { _ = try to.session?.receive($0) }
                }
            }
            if server.events.last == "ended 1" {
                server.bodies[1] = Array("answer".utf8)
                withFields([(":status", "200")]) { server.session?.submitResponse(on: 1, $0) }
                isQuiet = false
                server.events.append("answered")
            }
        }
        let asked = server.events.filter { $0.hasPrefix("data") }.map { $0.dropFirst(5) }.joined()
        #expect(asked == "question")
        #expect(server.events.first == "began 1")
        #expect(server.events.contains(":path=/a"))
        let answered = client.events.filter { $0.hasPrefix("data") }.map { $0.dropFirst(5) }.joined()
        #expect(answered == "answer")
        #expect(client.events.contains(":status=200"))
        #expect(client.events.last == "closed 1 0")
        #expect(server.events.last == "closed 1 0")
    }

    @Test func `a body that waits goes on when it is resumed`() throws {
        let (client, server) = try pair()
        client.hasEnded = false
        let stream = try withFields(request) { try #require(client.session).submitRequest($0) }
        try client.output().withUnsafeBytes { _ = try server.session?.receive($0) }
        #expect(!server.events.contains { $0.hasPrefix("data") })
        client.bodies[stream] = Array("late".utf8)
        client.session?.resume(stream)
        try client.output().withUnsafeBytes { _ = try server.session?.receive($0) }
        #expect(server.events.last == "data late")
    }

    @Test func `bytes that are no HTTP2 end the session with an error`() throws {
        let (_, server) = try pair()
        #expect(throws: SessionError.self) {
            try Array("GET / HTTP/1.1\r\n\r\nxxxxxxxxxx".utf8).withUnsafeBytes { _ = try server.session?.receive($0) }
        }
    }

    @Test func `goaway reaches the peer and refuses what comes later`() throws {
        let (client, server) = try pair()
        try client.output().withUnsafeBytes { _ = try server.session?.receive($0) }
        server.session?.goAway()
        try server.output().withUnsafeBytes { _ = try client.session?.receive($0) }
        #expect(client.events.contains("goaway 0"))
    }

    /// nghttp2 by itself says GOAWAY after a thousand of them, those of clients whose time is up included.
    @Test func `resets of the peer are counted as the owner has it, and end nothing by themselves`() throws {
        let (client, server) = try pair()
        for number in 0..<1_200 {
            server.onReset = number < 600 ? .excused : number < 1_000 ? .provoked : .over
            let stream = try withFields(request) { try #require(client.session).submitRequest($0) }
            try client.output().withUnsafeBytes { _ = try server.session?.receive($0) }
            client.session?.reset(stream, errorCode: 8)
            try client.output().withUnsafeBytes { _ = try server.session?.receive($0) }
            try server.output().withUnsafeBytes { _ = try client.session?.receive($0) }
        }
        #expect(server.session?.excusedResets == 600 && server.session?.provokedResets == 400)
        #expect(server.events.count { $0.hasPrefix("reset ") } == 1_200)
        #expect(!client.events.contains { $0.hasPrefix("goaway") })
    }

    @Test func `a client hears how many streams it may have, and again when that changes`() throws {
        let (client, server) = try pair()
        try client.output().withUnsafeBytes { _ = try server.session?.receive($0) }
        func exchange() throws -> [UInt8] {
            let bytes = try server.output()
            try bytes.withUnsafeBytes { _ = try client.session?.receive($0) }
            try client.output().withUnsafeBytes { _ = try server.session?.receive($0) }
            return bytes
        }
        _ = try exchange()
        #expect(server.session?.openSettings == 0)
        server.session?.announce(streamsMax: 7)
        #expect(server.session?.openSettings == 1)
        #expect(try exchange() == [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 7])
        #expect(server.session?.openSettings == 0)
        #expect(try exchange() == [])
    }

    @Test func `a token stays with its stream until it is gone`() throws {
        let (client, server) = try pair()
        let stream = try withFields(request) { try #require(client.session).submitRequest($0) }
        try client.output().withUnsafeBytes { _ = try server.session?.receive($0) }
        #expect(server.session?.token(of: stream) == 0)
        server.session?.setToken(7, of: stream)
        #expect(server.session?.token(of: stream) == 7)
        server.session?.reset(stream, errorCode: 8)
        _ = try server.output()
        #expect(server.events.last == "closed \(stream) 8")
        #expect(server.session?.token(of: stream) == 0)
    }
}
