internal import Access
internal import Glibc
internal import Testing

/// Of glibc's malloc.h, which the module Glibc leaves out.
@_silgen_name("malloc_usable_size")
private func usableSize(_ pointer: UnsafeMutableRawPointer) -> Int

@Suite("Tokens")
struct TokenTests {
    @Test("have 256 bits, a beginning that scanners know, and are kept as their SHA-256")
    func text() throws {
        var generator = SystemRandomNumberGenerator()
        let (text, digest) = TokenText.make(using: &generator)
        #expect(text.hasPrefix("bespoke_") && text.utf8.count == 72 && TokenText.byteCount == 72)
        #expect(text != TokenText.make(using: &generator).text)
        #expect(Array(text.utf8).withUnsafeBytes { TokenText.digest($0) } == digest)
        #expect(TokenDigest(stored: digest.bytes) == digest)
        #expect(TokenDigest(stored: digest.bytes.dropLast()) == nil)
        // Source: printf 'bespoke_%064d' 0 | sha256sum
        let zeros = "bespoke_" + String(repeating: "0", count: 64)
        let known = try #require(Array(zeros.utf8).withUnsafeBytes { TokenText.digest($0) })
        #expect(known.bytes.count == 32)
        #expect(known.bytes.prefix(4).map { String($0, radix: 16) }.joined(separator: " ") == Self.sumOfZeros)
    }

    private static let sumOfZeros = "93 c6 15 e0"

    private static let good = "bespoke_" + String(repeating: "5a", count: 32)

    private static let notTokens: [String] = {
        let digits = String(repeating: "5a", count: 32)
        var texts: [String] = ["", "bespoke_", good + "0", good + good, good.uppercased()]
        texts.append(String(good.dropLast()))
        for end in ["g", "\0", "\u{7f}"] { texts.append(String(good.dropLast()) + end) }
        for prefix in ["Bespoke_", "bespoke-", "        "] { texts.append(prefix + digits) }
        texts.append(String(repeating: "bespoke_", count: 9))
        texts.append(String(repeating: "a", count: 65_536))
        return texts
    }()

    @Test("that are not well-formed are none", arguments: notTokens)
    func malformed(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { TokenText.digest($0) } == nil)
        #expect(Array(Self.good.utf8).withUnsafeBytes { TokenText.digest($0) } != nil)
    }

    @Test("begin as many calls a second as they may, and twice as many at once")
    func rate() {
        var door = Door()
        let bearer = "Bearer " + door.token(.decide, perSecond: 10)
        var connection = door.connection()
        let decide = "/bespoke.v1.DecisionService/Decide"
        var admitted = 0
        for _ in 0..<100 where connection.call(decide, bearer, now: 5_000_000_000) == nil { admitted += 1 }
        #expect(admitted == 20)
        let refusal = connection.call(decide, bearer, now: 5_000_000_000)
        #expect(refusal == .budget(.rate(perSecond: 10, milliseconds: 101)))
        // Another connection of the same token shares the budget.
        var other = door.connection()
        #expect(other.call(decide, bearer, now: 5_099_000_000) != nil)
        #expect(other.call(decide, bearer, now: 5_101_000_000) == nil)
        #expect(other.call(decide, bearer, now: 5_102_000_000) != nil)
        admitted = 0
        for _ in 0..<100 where connection.call(decide, bearer, now: 60_000_000_000) == nil { admitted += 1 }
        #expect(admitted == 20)
    }

    @Test("send and receive as many bytes a second as they may, and what is beyond it is paid off first")
    func bytes() {
        var door = Door()
        let bearer = "Bearer " + door.token(.decide, bytes: 1_000)
        var connection = door.connection()
        let decide = "/bespoke.v1.DecisionService/Decide"
        func spend(_ bytes: Int, at seconds: UInt64) -> Refusal? {
            ConnectionAccess.spent(connection.principal, bytes: bytes, now: seconds * 1_000_000_000)
        }
        #expect(connection.call(decide, bearer, now: 5_000_000_000) == nil)
        #expect(spend(2_000, at: 5) == nil)
        #expect(connection.call(decide, bearer, now: 5_000_000_000) == nil)
        #expect(spend(10, at: 5) == .budget(.bytes(perSecond: 1_000, milliseconds: 11)))
        #expect(
            connection.call(decide, bearer, now: 5_000_000_000) == .budget(.bytes(perSecond: 1_000, milliseconds: 11)))
        #expect(connection.call(decide, bearer, now: 5_010_000_000) == nil)
        // Another connection of the same token owes the same, also what a call that has ended took.
        var other = door.connection()
        #expect(other.call(decide, bearer, now: 60_000_000_000) == nil)
        ConnectionAccess.ended(other.principal, bytes: 3_000, now: 60_000_000_000)
        let refusal = connection.call(decide, bearer, now: 60_000_000_000)
        #expect(refusal == .budget(.bytes(perSecond: 1_000, milliseconds: 1_001)))
        #expect(Set([1, 7].map { BudgetRefusal.bytes(perSecond: 1, milliseconds: $0).retryMilliseconds }) == [1, 7])
        #expect(connection.call(decide, bearer, now: 61_000_000_000) == nil)
        // More than any message has does not overflow.
        #expect(spend(.max, at: 100) != nil)
    }

    @Test("refused for its bytes leaves no call under way")
    func bytesAndCalls() {
        var door = Door()
        let bearer = "Bearer " + door.token(.decide, concurrent: 1, bytes: 10)
        var connection = door.connection()
        let decide = "/bespoke.v1.DecisionService/Decide"
        #expect(connection.call(decide, bearer) == nil)
        ConnectionAccess.ended(connection.principal, bytes: 1_000, now: 1)
        for _ in 0..<3 {
            guard case .budget(.bytes) = connection.call(decide, bearer) else { Issue.record("it owes bytes"); return }
        }
        #expect(connection.call(decide, bearer, now: 200_000_000_000) == nil)
    }

    @Test("have as many calls under way as they may")
    func concurrent() {
        var door = Door()
        let bearer = "Bearer " + door.token(.decide, concurrent: 2)
        var connection = door.connection()
        let decide = "/bespoke.v1.DecisionService/Decide"
        #expect(connection.call(decide, bearer) == nil)
        #expect(connection.call(decide, bearer) == nil)
        #expect(connection.call(decide, bearer) == .budget(.concurrent(max: 2)))
        ConnectionAccess.ended(connection.principal)
        #expect(connection.call(decide, bearer) == nil)
        #expect(connection.call(decide, bearer) == .budget(.concurrent(max: 2)))
    }

    @Test("take less than 2 MB for 10,000")
    func memory() {
        var generator = Sequence64(3)
        let book = TokenBook()
        for index in 0..<TokenBook.countMax {
            book.put(
                TokenText.make(using: &generator).digest,
                TokenFacts(name: "token-\(index)", role: .decide, createdAt: 1))
        }
        #expect(book.count == TokenBook.countMax)
        let objects = book.tokens.reduce(0) { $0 + usableSize(Unmanaged.passUnretained($1).toOpaque()) }
        // A dictionary is at most three quarters full, and has a power of two of places: a number and a reference in each.
        #expect(objects > 0 && objects + 16_384 * 16 < 2_000_000, "\(objects)")
    }
}
