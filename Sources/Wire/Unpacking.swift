internal import CBespokeProto

extension Arena {
    /// Decodes with a generated `unpack` function; the message and all it points to live until the next reset.
    ///
    /// - Parameters:
    ///   - bytes: The message without framing. Byte fields are copied out of it.
    ///   - name: For errors, such as `bespoke.v1.DecideRequest`.
    ///   - unpack: Calls the function, such as `bespoke__v1__decide_request__unpack`, with a `ProtobufCAllocator`, a count and an
    ///     address.
    package func unpack<Message>(
        _ bytes: UnsafeRawBufferPointer, as name: StaticString,
        with unpack: (UnsafeMutableRawPointer, Int, UnsafePointer<UInt8>) -> UnsafeMutablePointer<Message>?
    ) throws(WireError) -> UnsafeMutablePointer<Message> {
        // protobuf-c wants an address even for no bytes.
        var nothing: UInt8 = 0
        let message = withAllocator { allocator in
            withUnsafePointer(to: &nothing) { empty in
                unpack(allocator, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? empty)
            }
        }
        if let message { return message }
        if isExhausted { throw .overBudget(message: "\(name)", budgetBytes: budgetBytes) }
        throw .malformed(message: "\(name)")
    }
}
