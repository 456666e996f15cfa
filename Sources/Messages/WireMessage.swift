internal import CBespokeProto
package import Wire

/// A protobuf message as plain Swift values, for everything but the request path of Decide.
///
/// Text is validated when decoding and unknown fields are skipped; nothing refers to the bytes afterwards.
package protocol WireMessage: Sendable {
    /// How the message is named, decoded and encoded.
    static var codec: WireCodec<Self> { get }
}

/// The protobuf encoding of one kind of message, both ways.
package struct WireCodec<Message: Sendable>: Sendable {
    let name: StaticString
    let decode: @Sendable (UnsafeRawBufferPointer, Arena) throws(WireError) -> Message
    let encode: @Sendable (Message, Arena) throws(WireError) -> [UInt8]
}

extension WireMessage {
    /// The full name, such as `bespoke.v1.PutProfileRequest`.
    package static var name: String { "\(codec.name)" }

    /// - Parameters:
    ///   - bytes: The message without framing.
    ///   - budgetBytes: What decoding may allocate; nil for what any honest message of that size needs.
    /// - Throws: `.malformed`, `.overBudget`, or `.invalid` with the field's path.
    package init(decoding bytes: UnsafeRawBufferPointer, budgetBytes: Int? = nil) throws(WireError) {
        let budget = budgetBytes ?? OwnedDecoding.budgetBytes(forByteCount: bytes.count)
        let arena = Arena(initialBytes: OwnedDecoding.arenaBytes, budgetBytes: budget)
        self = try Self.codec.decode(bytes, arena)
    }

    /// - Returns: The encoded message without framing. The same message gives the same bytes.
    /// - Throws: `.invalid` for a timestamp outside the years 1 to 9999.
    package func encoded() throws(WireError) -> [UInt8] {
        let arena = Arena(initialBytes: OwnedDecoding.arenaBytes, budgetBytes: OwnedDecoding.encodingBudgetBytes)
        return try Self.codec.encode(self, arena)
    }
}

/// Sizes of the arenas that owned messages pass through.
private enum OwnedDecoding {
    static let arenaBytes = 4 * 1_024
    /// Small numbers in maps grow the most in an honest message: about 15 times.
    static let amplificationMax = 24
    static let floorBytes = 256 * 1_024
    /// Our own values cannot be hostile; the transport limits what is sent.
    static let encodingBudgetBytes = 1 << 40

    static func budgetBytes(forByteCount byteCount: Int) -> Int {
        max(floorBytes, byteCount.multipliedReportingOverflow(by: amplificationMax).partialValue)
    }
}

/// A value that stands for one generated C structure.
protocol MappedMessage: Sendable {
    associatedtype Raw

    /// - Throws: `.invalid` with the field's path within this message.
    init(_ raw: UnsafeMutablePointer<Raw>) throws(WireError)

    /// - Returns: The structure and all it points to, in the arena.
    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Raw>
}

extension WireCodec where Message: MappedMessage {
    /// - Parameters:
    ///   - name: The full name.
    ///   - unpack: The generated function, such as `bespoke__v1__put_profile_request__unpack`.
    init(
        _ name: StaticString,
        _ unpack:
            @escaping @Sendable (UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?)
            -> UnsafeMutablePointer<Message.Raw>?
    ) {
        self.init(
            name: name,
            decode: { (bytes, arena) throws(WireError) in
                try Message(
                    arena.unpack(bytes, as: name) { allocator, byteCount, bytes in
                        unpack(allocator.assumingMemoryBound(to: ProtobufCAllocator.self), byteCount, bytes)
                    })
            },
            encode: { (message, arena) throws(WireError) in
                packed(try message.raw(in: arena))
            })
    }
}
