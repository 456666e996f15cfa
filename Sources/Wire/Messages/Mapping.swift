internal import CBespokeProto
internal import Model

/// A repeated message field as protobuf-c lays it out.
typealias RawList<Raw> = UnsafeMutablePointer<UnsafeMutablePointer<Raw>?>

extension WireError {
    /// The same, seen from the message that holds the field.
    func within(_ parent: String) -> WireError {
        guard case .invalid(let field, let problem) = self else { return self }
        return .invalid(field: "\(parent).\(field)", problem: problem)
    }
}

// MARK: - Decoding

/// - Throws: `.invalid` with paths that begin with `field`.
func decoded<Message: MappedMessage>(
    _ raw: UnsafeMutablePointer<Message.Raw>, _ field: @autoclosure () -> String
) throws(WireError) -> Message {
    do throws(WireError) {
        return try Message(raw)
    } catch {
        throw error.within(field())
    }
}

/// - Throws: `.invalid` with paths that begin with `field`, or for a message that is not there.
func required<Message: MappedMessage>(
    _ raw: UnsafeMutablePointer<Message.Raw>?, _ field: @autoclosure () -> String
) throws(WireError) -> Message {
    guard let raw else { throw .invalid(field: field(), problem: "is missing") }
    return try decoded(raw, field())
}

/// - Throws: `.invalid` with paths that begin with `field` and the element's index.
func decodedList<Message: MappedMessage>(
    _ list: RawList<Message.Raw>?, _ count: Int, _ field: StaticString
) throws(WireError) -> [Message] {
    var messages: [Message] = []
    messages.reserveCapacity(count)
    for index in 0..<count {
        messages.append(try required(list?[index], "\(field)[\(index)]"))
    }
    return messages
}

/// - Throws: `.invalid` with the path of the text that is not valid.
func decodedTexts(
    _ list: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ field: StaticString
) throws(WireError) -> [String] {
    guard let list else { return [] }
    var texts: [String] = []
    texts.reserveCapacity(count)
    for index in 0..<count {
        texts.append(try list[index].string("\(field)[\(index)]"))
    }
    return texts
}

/// - Returns: nil when the field is absent.
func decodedTime(
    _ raw: UnsafeMutablePointer<Google__Protobuf__Timestamp>?, _ field: StaticString
) throws(WireError) -> Timestamp? {
    guard let raw else { return nil }
    return try Timestamp(raw.pointee, "\(field)")
}

/// - Returns: A copy of a `bytes` field.
func decodedBytes(_ raw: ProtobufCBinaryData) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: raw.data, count: raw.len))
}

// MARK: - Encoding

extension Arena {
    func list<Message: MappedMessage>(_ messages: [Message]) throws(WireError) -> RawList<Message.Raw>? {
        guard let list = try makeArray(UnsafeMutablePointer<Message.Raw>?.self, count: messages.count) else {
            return nil
        }
        for index in messages.indices {
            (list + index).initialize(to: try messages[index].raw(in: self))
        }
        return list
    }

    func texts(_ texts: [String]) throws(WireError) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        guard let list = try makeArray(ProtobufCBinaryData.self, count: texts.count) else { return nil }
        for index in texts.indices {
            (list + index).initialize(to: try text(texts[index]))
        }
        return list
    }

    /// - Returns: A copy of the text in the arena; no memory for an empty one.
    func text(_ text: String) throws(WireError) -> ProtobufCBinaryData {
        text.isEmpty ? ProtobufCBinaryData() : try copy(text)
    }

    func copy(_ bytes: [UInt8]) throws(WireError) -> ProtobufCBinaryData {
        guard let memory = try makeArray(UInt8.self, count: bytes.count) else { return ProtobufCBinaryData() }
        _ = UnsafeMutableBufferPointer(start: memory, count: bytes.count).initialize(from: bytes)
        return ProtobufCBinaryData(len: bytes.count, data: memory)
    }

    /// - Throws: `.invalid` outside the years 1 to 9999, which the encoding cannot express.
    func time(
        _ time: Timestamp?, _ field: StaticString
    ) throws(WireError) -> UnsafeMutablePointer<Google__Protobuf__Timestamp>? {
        guard let time else { return nil }
        let raw = try make(google__protobuf__timestamp__init)
        (raw.pointee.seconds, raw.pointee.nanos) = time.secondsAndNanos
        _ = try Timestamp(raw.pointee, "\(field)")
        return raw
    }
}
