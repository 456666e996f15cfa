internal import CBespokeProto
internal import Model

extension Arena {
    /// Decodes with a generated `unpack` function; the message and all it points to live until the next reset.
    ///
    /// - Parameters:
    ///   - bytes: The message without framing. Byte fields are copied out of it.
    ///   - name: For errors, such as `bespoke.v1.DecideRequest`.
    ///   - unpack: Such as `bespoke__v1__decide_request__unpack`.
    func unpack<Message>(
        _ bytes: UnsafeRawBufferPointer, as name: StaticString,
        with unpack: (UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?)
            -> UnsafeMutablePointer<Message>?
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

    /// - Returns: A message initialised with its generated `init` function, valid until the next reset.
    /// - Throws: `WireError.overBudget`.
    func make<Message>(
        _ initialise: (UnsafeMutablePointer<Message>?) -> Void
    ) throws(WireError) -> UnsafeMutablePointer<Message> {
        guard let memory = allocate(byteCount: MemoryLayout<Message>.size) else { throw replyOverBudget }
        let message = memory.bindMemory(to: Message.self, capacity: 1)
        initialise(message)
        return message
    }

    /// - Returns: Room for the elements of a repeated field, uninitialised.
    /// - Throws: `WireError.overBudget`.
    func makeArray<Element>(_ type: Element.Type, count: Int) throws(WireError) -> UnsafeMutablePointer<Element>? {
        guard count > 0 else { return nil }
        guard let memory = allocate(byteCount: MemoryLayout<Element>.stride * count) else { throw replyOverBudget }
        return memory.bindMemory(to: Element.self, capacity: count)
    }

    /// - Returns: A copy of the text in the arena.
    /// - Throws: `WireError.overBudget`.
    func copy(_ text: String) throws(WireError) -> ProtobufCBinaryData {
        let count = text.utf8.count
        guard count > 0 else { return ProtobufCBinaryData() }
        guard let bytes = allocate(UInt8.self, count: count) else { throw replyOverBudget }
        _ = bytes.initialize(from: text.utf8)
        return ProtobufCBinaryData(len: count, data: bytes.baseAddress)
    }

    /// - Returns: A copy of the bytes in the arena.
    /// - Throws: `WireError.overBudget`.
    func copy(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> ProtobufCBinaryData {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return ProtobufCBinaryData() }
        guard let memory = allocate(byteCount: bytes.count) else { throw replyOverBudget }
        memory.copyMemory(from: source, byteCount: bytes.count)
        return ProtobufCBinaryData(len: bytes.count, data: memory.assumingMemoryBound(to: UInt8.self))
    }

    private var replyOverBudget: WireError { .overBudget(message: "the message to send", budgetBytes: budgetBytes) }
}

extension ProtobufCBinaryData {
    /// A view of text for packing: protobuf-c reads it only.
    init(_ text: BorrowedText) {
        self.init(len: text.count, data: UnsafeMutablePointer(mutating: text.start))
    }
}

/// - Returns: The encoding of a message built in an arena.
/// - Parameter message: Any generated message; its first member is the `ProtobufCMessage` base.
func packed<Message>(_ message: UnsafeMutablePointer<Message>) -> [UInt8] {
    let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
    let byteCount = protobuf_c_message_get_packed_size(base)
    return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
        initializedCount = protobuf_c_message_pack(base, buffer.baseAddress)
    }
}
