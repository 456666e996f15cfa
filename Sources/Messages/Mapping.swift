internal import CBespokeProto
internal import Model
internal import Wire

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

/// - Returns: nil for a message that is not there.
/// - Throws: `.invalid` with paths that begin with `field`.
func decodedIfAny<Message: MappedMessage>(
    _ raw: UnsafeMutablePointer<Message.Raw>?, _ field: StaticString
) throws(WireError) -> Message? {
    guard let raw else { return nil }
    return try decoded(raw, "\(field)")
}

/// - Returns: nil when the field is empty.
func decodedTextIfAny(_ raw: ProtobufCBinaryData, _ field: StaticString) throws(WireError) -> String? {
    raw.len == 0 ? nil : try raw.string("\(field)")
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
    return try Timestamp(seconds: raw.pointee.seconds, nanos: raw.pointee.nanos, "\(field)")
}

/// - Returns: A copy of a `bytes` field.
func decodedBytes(_ raw: ProtobufCBinaryData) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: raw.data, count: raw.len))
}

func decodedByteLists(
    _ list: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ field: StaticString
) throws(WireError) -> [[UInt8]] {
    guard let list else { return [] }
    return (0..<count).map { decodedBytes(list[$0]) }
}

func decodedNumbers<Number>(_ list: UnsafeMutablePointer<Number>?, _ count: Int) -> [Number] {
    Array(UnsafeBufferPointer(start: list, count: count))
}

/// A map of messages.
///
/// - Parameters:
///   - absent: What an entry without a value holds; nil when it must have one.
///   - parts: Key and value of an entry.
func decodedMap<Entry, Message: MappedMessage>(
    _ list: RawList<Entry>?, _ count: Int, _ field: StaticString, absent: Message?,
    _ parts: (Entry) -> (ProtobufCBinaryData, UnsafeMutablePointer<Message.Raw>?)
) throws(WireError) -> [String: Message] {
    var messages: [String: Message] = [:]
    for index in 0..<count {
        guard let entry = list?[index]?.pointee else { continue }
        let (key, value) = parts(entry)
        let name = try key.string("\(field): a name")
        if value == nil, let absent {
            messages[name] = absent
        } else {
            messages[name] = try required(value, "\(field)")
        }
    }
    return messages
}

/// A map of texts.
func decodedTextMap<Entry>(
    _ list: RawList<Entry>?, _ count: Int, _ field: StaticString,
    _ parts: (Entry) -> (ProtobufCBinaryData, ProtobufCBinaryData)
) throws(WireError) -> [String: String] {
    var texts: [String: String] = [:]
    for index in 0..<count {
        guard let entry = list?[index]?.pointee else { continue }
        let (key, value) = parts(entry)
        texts[try key.string("\(field): a name")] = try value.string("\(field)")
    }
    return texts
}

/// A map of texts, in the order in which it came.
func decodedEntries<Entry>(
    _ list: RawList<Entry>?, _ count: Int, _ field: StaticString,
    _ parts: (Entry) -> (ProtobufCBinaryData, ProtobufCBinaryData)
) throws(WireError) -> [TextEntry] {
    var entries: [TextEntry] = []
    for index in 0..<count {
        guard let entry = list?[index]?.pointee else { continue }
        let (key, value) = parts(entry)
        entries.append(
            TextEntry(name: try key.string("\(field)[\(index)]"), text: try value.string("\(field)[\(index)]")))
    }
    return entries
}

extension ProtobufCBinaryData {
    /// - Returns: The text, owned.
    /// - Throws: `WireError.invalid` naming `field`.
    func string(_ field: @autoclosure () -> String) throws(WireError) -> String {
        let text = BorrowedText(start: data, count: len)
        if let problem = text.problem { throw .invalid(field: field(), problem: problem.rawValue) }
        return String(text)
    }
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
        _ = try Timestamp(seconds: raw.pointee.seconds, nanos: raw.pointee.nanos, "\(field)")
        return raw
    }

    func byteLists(_ lists: [[UInt8]]) throws(WireError) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        guard let list = try makeArray(ProtobufCBinaryData.self, count: lists.count) else { return nil }
        for index in lists.indices {
            (list + index).initialize(to: try copy(lists[index]))
        }
        return list
    }

    func numbers<Number>(_ numbers: [Number]) throws(WireError) -> UnsafeMutablePointer<Number>? {
        guard let list = try makeArray(Number.self, count: numbers.count) else { return nil }
        _ = UnsafeMutableBufferPointer(start: list, count: numbers.count).initialize(from: numbers)
        return list
    }

    /// The entries of a map field, sorted by key, so that equal messages have equal bytes.
    ///
    /// - Parameter set: Fills one entry.
    func map<Entry, Message: MappedMessage>(
        _ values: [String: Message], _ initialise: (UnsafeMutablePointer<Entry>?) -> Void,
        _ set: (UnsafeMutablePointer<Entry>, ProtobufCBinaryData, UnsafeMutablePointer<Message.Raw>) -> Void
    ) throws(WireError) -> RawList<Entry>? {
        guard let list = try makeArray(UnsafeMutablePointer<Entry>?.self, count: values.count) else { return nil }
        for (index, (name, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = try make(initialise)
            set(entry, try text(name), try value.raw(in: self))
            (list + index).initialize(to: entry)
        }
        return list
    }

    /// The entries of a map of texts, likewise.
    func textMap<Entry>(
        _ texts: [String: String], _ initialise: (UnsafeMutablePointer<Entry>?) -> Void,
        _ set: (UnsafeMutablePointer<Entry>, ProtobufCBinaryData, ProtobufCBinaryData) -> Void
    ) throws(WireError) -> RawList<Entry>? {
        let sorted = texts.sorted { $0.key < $1.key }.map { TextEntry(name: $0.key, text: $0.value) }
        return try entries(sorted, initialise, set)
    }

    /// The entries of a map of texts, in their order.
    func entries<Entry>(
        _ texts: [TextEntry], _ initialise: (UnsafeMutablePointer<Entry>?) -> Void,
        _ set: (UnsafeMutablePointer<Entry>, ProtobufCBinaryData, ProtobufCBinaryData) -> Void
    ) throws(WireError) -> RawList<Entry>? {
        guard let list = try makeArray(UnsafeMutablePointer<Entry>?.self, count: texts.count) else { return nil }
        for index in texts.indices {
            let entry = try make(initialise)
            set(entry, try text(texts[index].name), try text(texts[index].text))
            (list + index).initialize(to: entry)
        }
        return list
    }
}
