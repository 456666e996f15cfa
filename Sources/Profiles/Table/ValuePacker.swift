internal import Model

/// Packs values as rows hold them, with the codes of the table's dictionaries. The cells it makes point into its buffer
/// and are good until the next `reset`.
struct ValuePacker: ~Copyable {
    private(set) var dictionaries: TextDictionaries
    private var buffer = PackedWriter(capacity: 2 * ProfileLimits.recordBytesMax)

    init(seed: UInt64) {
        dictionaries = TextDictionaries(seed: seed)
    }

    mutating func reset() {
        buffer.reset()
    }

    /// The account's code, when it has one.
    mutating func accountCode(of id: UnsafeBufferPointer<UInt8>) -> UInt64? {
        dictionaries.code(of: id, in: TextDictionaries.accounts)
    }

    /// The code of a text of any dictionary, when it has one; its hash is under the table's seed.
    mutating func code(of text: UnsafeBufferPointer<UInt8>, hash: UInt64, in dictionary: Int) -> UInt64? {
        dictionaries.code(of: text, hash: hash, in: dictionary)
    }

    /// Packs the values of a change, a cell for each; none for what is to be forgotten.
    mutating func pack(
        _ changes: [ProfileChange.Value], attributes: [ProfileSchema.Attribute], into cells: inout [PackedCell]
    ) throws(ProfileError) {
        for (position, change) in changes.enumerated() {
            // What is no longer declared can still be forgotten.
            guard Int(change.attribute) < attributes.count,
                attributes[Int(change.attribute)].isDeclared || change.value == nil
            else {
                throw .unknownAttribute(name: "number \(change.attribute)", suggestion: nil)
            }
            let attribute = attributes[Int(change.attribute)]
            guard !changes[..<position].contains(where: { $0.attribute == change.attribute }) else {
                throw .duplicateAttribute(name: attribute.name)
            }
            guard let value = change.value else { continue }
            guard change.observedAtSeconds >= 0, change.observedAtSeconds <= ProfileLimits.secondsMax else {
                throw .observedTimeOutOfRange(attribute: attribute.name, seconds: change.observedAtSeconds)
            }
            let start = buffer.count
            try pack(value, as: attribute)
            guard !buffer.overflowed else { throw .profileTooLarge }
            cells.append(
                PackedCell(
                    attribute: attribute.id, type: attribute.type, observedAtSeconds: change.observedAtSeconds,
                    start: buffer.pointer(at: start), count: buffer.count - start))
        }
    }

    /// Writes the value of a row's cell into a record: codes become texts.
    static func expand(
        _ cell: PackedCell, in directory: TextDictionaries.Directory, to writer: inout PackedWriter
    ) {
        var cursor = PackedCursor(cell.start)
        var count: UInt64 = 1
        switch cell.type {
        case .string: break
        case .strings:
            count = cursor.varint()
            writer.varint(count)
        default: return writer.bytes(cell.start, count: cell.count)
        }
        for _ in 0..<count {
            let text = PackedText.read(&cursor, dictionary: Int(cell.attribute), in: directory)
            PackedValue.write(text.bytes, to: &writer)
        }
    }

    private mutating func pack(
        _ value: AttributeValue, as attribute: ProfileSchema.Attribute
    ) throws(ProfileError) {
        switch (attribute.type, value) {
        case (.double, .int(let value)): PackedValue.write(Double(value), to: &buffer)
        case (.string, .string(let text)): try pack(text, of: attribute)
        case (.strings, .strings(let members)):
            guard members.count <= ProfileLimits.setMembersMax else {
                throw .tooManyMembers(attribute: attribute.name, count: members.count)
            }
            // By bytes: texts that only look alike are different members.
            var seen: Set<[UInt8]> = []
            let distinct = members.count < 2 ? members : members.filter { seen.insert(Array($0.utf8)).inserted }
            buffer.varint(UInt64(distinct.count))
            for member in distinct { try pack(member, of: attribute) }
        default:
            let refusal = value.plain.map { PackedValue.write($0, as: attribute.type, to: &buffer) } ?? .wrongType
            if let refusal {
                throw ProfileError(
                    refusal, attribute: attribute.name, expected: attribute.type, found: value.type)
            }
        }
    }

    private mutating func pack(_ text: String, of attribute: ProfileSchema.Attribute) throws(ProfileError) {
        try text.withBytes { bytes throws(ProfileError) in
            guard bytes.count <= ProfileLimits.textBytesMax else {
                throw .textTooLong(attribute: attribute.name, bytes: bytes.count)
            }
            guard !bytes.contains(0) else { throw .textHoldsNUL(attribute: attribute.name) }
            pack(bytes, dictionary: Int(attribute.id))
        }
    }

    private mutating func pack(_ text: UnsafeBufferPointer<UInt8>, dictionary: Int) {
        // A code takes at most three bytes, as many as the shortest text that can have one.
        if let code = dictionaries.code(of: text, in: dictionary) {
            buffer.varint(code << 1)
        } else {
            PackedValue.write(text, to: &buffer)
        }
    }
}
