internal import Model

/// One entry of a map of `bespoke.v1.Value`, read in place. Source: value.proto.
struct AttributeEntry: BitwiseCopyable {
    private(set) var name: BorrowedText = .empty

    /// The member of the `oneof` that is set, by its field number; 0 for none.
    private var member: UInt32 = 0
    private var bits: UInt64 = 0
    private var text: BorrowedText = .empty
    private var seconds: Int64 = 0
    private var nanos: Int32 = 0
    /// The encoded list of a set; when a list comes in several parts, those before are in the arena already.
    private var members = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)

    private enum Member {
        static let bool: UInt32 = 1
        static let int: UInt32 = 2
        static let double: UInt32 = 3
        static let string: UInt32 = 4
        static let strings: UInt32 = 5
        static let timestamp: UInt32 = 6
    }

    /// Why an entry cannot be read.
    enum Problem: Error {
        case malformed
        case overBudget
        case tooManyMembers(Int)
    }

    /// An entry without a name, whose value is read part by part.
    init() {}

    /// The same value under a name.
    func named(_ name: BorrowedText) -> AttributeEntry {
        var entry = self
        entry.name = name
        return entry
    }

    /// - Parameter arena: Where the members of a set are laid out; texts stay where they are.
    init(_ bytes: BorrowedText, arena: Arena) throws(Problem) {
        var reader = ProtoReader(bytes)
        while let field = try Self.next(&reader) {
            switch field.number {
            case 1:
                name = try Self.delimited(field)
            case 2:
                // A part that comes later is merged into what came before.
                try read(value: try Self.delimited(field), arena)
            default:
                continue
            }
        }
    }

    /// Reads the form in which encoders write small entries: the name, then the value with its one member, each length in a byte.
    ///
    /// - Returns: Name and value, neither checked; nil for any other form.
    @inline(__always)
    static func usual(_ bytes: BorrowedText) -> (name: BorrowedText, value: Scalar)? {
        guard let start = bytes.start, bytes.count >= 6, start[0] == 0x0a else { return nil }
        let nameCount = Int(start[1])
        let head = nameCount + 4
        guard nameCount < 0x80, head + 2 <= bytes.count, start[nameCount + 2] == 0x12,
            Int(start[nameCount + 3]) == bytes.count - head, bytes.count - head < 0x80
        else { return nil }
        let name = BorrowedText(start: start + 2, count: nameCount)
        return usual(value: start + head, count: bytes.count - head).map { (name, $0) }
    }

    /// Reads the form in which encoders write small values: one member, its length, if any, in a byte.
    ///
    /// - Returns: The value, its text not checked; nil for any other form.
    /// - Precondition: There are two bytes at least.
    @inline(__always)
    static func usual(value: UnsafePointer<UInt8>, count: Int) -> Scalar? {
        let rest = count - 2
        switch value[0] {
        case 0x08:
            guard rest == 0, value[1] < 0x80 else { return nil }
            return Scalar(value[1] != 0)
        case 0x10:
            return number(value + 1, rest + 1).map { Scalar(Int64(bitPattern: $0)) }
        case 0x19:
            guard rest == 7 else { return nil }
            let bits = UnsafeRawPointer(value + 1).loadUnaligned(as: UInt64.self).littleEndian
            let number = Double(bitPattern: bits)
            return number.isNaN ? nil : Scalar(number)
        case 0x22:
            guard Int(value[1]) == rest else { return nil }
            return Scalar(BorrowedText(start: value + 2, count: rest))
        default:
            return nil
        }
    }

    /// One varint of at most nine bytes that fills its place.
    @inline(__always)
    private static func number(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64? {
        guard count <= 9 else { return nil }
        var value: UInt64 = 0
        for index in 0..<count {
            let isLast = index == count - 1
            guard (start[index] < 0x80) == isLast else { return nil }
            value |= UInt64(start[index] & 0x7f) << UInt64(7 * index)
        }
        return value
    }

    /// Merges a `bespoke.v1.Value` into what was read before.
    mutating func read(value: BorrowedText, _ arena: Arena) throws(Problem) {
        var reader = ProtoReader(value)
        while let field = try Self.next(&reader) {
            switch field.number {
            case Member.bool, Member.int:
                guard field.wireType == ProtoReader.varint else { throw .malformed }
                bits = field.bits
            case Member.double:
                guard field.wireType == ProtoReader.fixed64 else { throw .malformed }
                bits = field.bits
            case Member.string:
                text = try Self.delimited(field)
            case Member.strings:
                if member != Member.strings { members = UnsafeBufferPointer(start: nil, count: 0) }
                try readMembers(try Self.delimited(field), arena)
            case Member.timestamp:
                if member != Member.timestamp { (seconds, nanos) = (0, 0) }
                try readTimestamp(try Self.delimited(field))
            default:
                continue
            }
            member = field.number
        }
    }

    private mutating func readMembers(_ list: BorrowedText, _ arena: Arena) throws(Problem) {
        var count = members.count
        var counting = ProtoReader(list)
        while let field = try Self.next(&counting) {
            if field.number == 1 { count += 1 }
        }
        guard count <= WireLimits.setMembersMax else { throw .tooManyMembers(count) }
        guard let all = arena.allocate(BorrowedText.self, count: count) else { throw .overBudget }
        var index = 0
        for member in members {
            all.initializeElement(at: index, to: member)
            index += 1
        }
        var reader = ProtoReader(list)
        while let field = try Self.next(&reader) {
            guard field.number == 1 else { continue }
            all.initializeElement(at: index, to: try Self.delimited(field))
            index += 1
        }
        members = UnsafeBufferPointer(all)
    }

    private mutating func readTimestamp(_ message: BorrowedText) throws(Problem) {
        try Self.readTimestamp(message, &seconds, &nanos)
    }

    /// Merges a `google.protobuf.Timestamp` into what was read before.
    static func readTimestamp(_ message: BorrowedText, _ seconds: inout Int64, _ nanos: inout Int32) throws(Problem) {
        var reader = ProtoReader(message)
        while let field = try next(&reader) {
            guard field.number <= 2 else { continue }
            guard field.wireType == ProtoReader.varint else { throw .malformed }
            if field.number == 1 {
                seconds = Int64(bitPattern: field.bits)
            } else {
                nanos = Int32(truncatingIfNeeded: field.bits)
            }
        }
    }

    static func next(_ reader: inout ProtoReader) throws(Problem) -> ProtoReader.Field? {
        do throws(ProtoReader.Malformed) { return try reader.next() } catch { throw .malformed }
    }

    static func delimited(_ field: ProtoReader.Field) throws(Problem) -> BorrowedText {
        guard field.wireType == ProtoReader.delimited else { throw .malformed }
        return field.bytes
    }

    // MARK: Checking

    /// The value, checked.
    ///
    /// - Parameters:
    ///   - entity: Whose attribute it is, for errors.
    ///   - arena: Where texts are laid out that did not come in their one form.
    /// - Throws: `.invalid` naming the attribute, `.overBudget`.
    func value(of entity: Entity, arena: Arena) throws(WireError) -> Scalar {
        switch member {
        case Member.bool:
            return Scalar(bits != 0)
        case Member.int:
            return Scalar(Int64(bitPattern: bits))
        case Member.double:
            let number = Double(bitPattern: bits)
            guard !number.isNaN else { throw invalid(entity, "is NaN; leave it out when it is not known") }
            return Scalar(number)
        case Member.string:
            return Scalar(try Self.checked(text, entity, name, arena))
        case Member.strings:
            return Scalar(try checkedMembers(entity, arena))
        case Member.timestamp:
            return Scalar(
                try Timestamp(
                    seconds: seconds, nanos: nanos, "\(entity.name)[\"\(String(name))\"].timestamp"))
        default:
            throw invalid(entity, "has no value; set one member of bespoke.v1.Value")
        }
    }

    private func invalid(_ entity: Entity, _ problem: String) -> WireError {
        Self.invalid(entity, name, problem)
    }

    static func invalid(_ entity: Entity, _ name: BorrowedText, _ problem: String) -> WireError {
        .invalid(field: "\(entity.name)[\"\(String(name))\"]", problem: problem)
    }

    /// A text of a value, validated and in its one form.
    ///
    /// - Parameters:
    ///   - name: Of the attribute, for errors.
    ///   - member: Which of a set it is, for errors.
    /// - Throws: `.invalid`, `.overBudget`.
    @inline(__always)
    static func checked(
        _ text: BorrowedText, _ entity: Entity, _ name: BorrowedText, member: Int? = nil, _ arena: Arena
    ) throws(WireError) -> BorrowedText {
        if text.count <= WireLimits.textBytesMax, case .sound = text.form { return text }
        return try mended(text, entity, name, member, arena)
    }

    @inline(never)
    private static func mended(
        _ text: BorrowedText, _ entity: Entity, _ name: BorrowedText, _ member: Int?, _ arena: Arena
    ) throws(WireError) -> BorrowedText {
        try DecideRequestView.checkAttributeName(name, entity)
        let which = member.map { "member \($0) " } ?? ""
        guard text.count <= WireLimits.textBytesMax else {
            throw invalid(
                entity, name, which + "is \(text.count) bytes long; the limit is \(WireLimits.textBytesMax)")
        }
        if let problem = text.problem { throw invalid(entity, name, which + problem.rawValue) }
        guard let normal = text.normalised(in: arena) else {
            throw .overBudget(message: "value", budgetBytes: arena.budgetBytes)
        }
        guard normal.count <= WireLimits.textBytesMax else {
            throw invalid(
                entity, name,
                which + "is \(normal.count) bytes long in Unicode's form NFC; the limit is \(WireLimits.textBytesMax)")
        }
        return normal
    }

    private func checkedMembers(
        _ entity: Entity, _ arena: Arena
    ) throws(WireError) -> UnsafeBufferPointer<BorrowedText> {
        var changed: UnsafeMutableBufferPointer<BorrowedText>?
        for index in 0..<members.count {
            let text = try Self.checked(members[index], entity, name, member: index, arena)
            guard changed != nil || text.start != members[index].start else { continue }
            if changed == nil {
                changed = arena.allocate(BorrowedText.self, count: members.count)
                _ = changed?.initialize(from: members)
            }
            guard let changed else { throw .overBudget(message: "value", budgetBytes: arena.budgetBytes) }
            changed[index] = text
        }
        return changed.map { UnsafeBufferPointer($0) } ?? members
    }
}
