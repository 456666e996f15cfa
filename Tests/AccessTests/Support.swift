internal import Access

/// A random sequence that is the same each time.
struct Sequence64: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// Source: S. Vigna, SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A daemon's tokens with one made for a role, and a connection that may show it.
struct Door {
    static let now: UInt32 = 1_800_000_000
    static let paths = MethodRights.table.map(\.path)

    let book = TokenBook()
    private var generator = Sequence64(7)

    /// - Returns: The clear text.
    mutating func token(
        _ role: Role, scope: TokenScope = TokenScope(), expiresAt: UInt32 = 0, revokedAt: UInt32 = 0,
        perSecond: UInt32 = 0, concurrent: UInt32 = 0,
        bytes: UInt32 = 0
    ) -> String {
        let (text, digest) = TokenText.make(using: &generator)
        book.put(
            digest,
            TokenFacts(
                name: "test-\(book.count)", role: role, scope: scope, createdAt: 1, expiresAt: expiresAt,
                revokedAt: revokedAt, callsPerSecondMax: perSecond, concurrentCallsMax: concurrent,
                bytesPerSecondMax: bytes))
        return text
    }

    func connection(
        own: Principal = Principal(.none, roles: []), clock: @escaping @Sendable () -> UInt32 = { Self.now }
    ) -> ConnectionAccess {
        ConnectionAccess(book: book, rights: Self.paths.map { MethodRights.of($0) }, own: own, clock: clock)
    }
}

extension ConnectionAccess {
    /// Calls a method with a header field, or without.
    mutating func call(_ path: String, _ authorization: String?, now: UInt64 = 1) -> Refusal? {
        guard let index = Door.paths.firstIndex(of: path) else { preconditionFailure("the table has \(path)") }
        let bytes = Array((authorization ?? "").utf8)
        return bytes.withUnsafeBufferPointer {
            admit(index, authorization: $0, count: authorization == nil ? 0 : 1, now: now)
        }
    }
}
