internal import CBespokeProto
internal import Wire

extension Arena {
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

    private var replyOverBudget: WireError { .overBudget(message: "the message to send", budgetBytes: budgetBytes) }
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
