internal import Model

/// The journal's form of a profile: complete in itself but for the schema, without dictionary codes, checksummed.
///
/// Format, version, id, account, base time + 1 (0: none), time of writing + 1 (0: not known; from format 2 on), number of values; for each value the distance from the
/// attribute before × 16 + type × 2 + whether it has its own time, that time, and the value; at the end XXH64. Numbers
/// are varints, texts are spelt out.
enum RecordFormat {
    static let format: UInt8 = 2
    /// Lacks the time of writing.
    static let formatMin: UInt8 = 1

    /// - Parameter expand: Writes the value of a cell with every text spelt out.
    static func write(
        _ profile: PackedProfile, to writer: inout PackedWriter, expand: (PackedCell, inout PackedWriter) -> Void
    ) {
        let base = profile.commonTime
        writer.byte(format)
        writer.varint(profile.version)
        writer.counted(profile.id)
        writer.counted(profile.account)
        writer.varint(base == 0 ? 0 : ZigZag.encode(base - PackedValue.epochSeconds) + 1)
        RowComposer.writeOwnTime(profile.writtenAtSeconds, base: RowComposer.writeTimeBase(base), to: &writer)
        writer.varint(UInt64(profile.cells.count))
        var next: UInt16 = 0
        for cell in profile.cells {
            let hasOwnTime = cell.observedAtSeconds != base
            let distance = UInt64(cell.attribute - next)
            writer.varint(distance << 4 | UInt64(cell.type.rawValue) << 1 | (hasOwnTime ? 1 : 0))
            if hasOwnTime { RowComposer.writeOwnTime(cell.observedAtSeconds, base: base, to: &writer) }
            expand(cell, &writer)
            next = cell.attribute + 1
        }
        writer.checksum()
    }

    /// What stands before the values of a record.
    struct Head {
        let format: UInt8
        let version: UInt64
        let id: UnsafeBufferPointer<UInt8>
        /// Empty when there is none.
        let account: UnsafeBufferPointer<UInt8>
        /// When values without an own time were learnt; 0: not known.
        let base: Int64
        /// 0 when it is not known or the format lacks it.
        let writtenAtSeconds: Int64
        /// Of the values that follow.
        let count: Int
    }

    /// What stands before a value.
    struct ValueHead {
        let attribute: UInt16
        let type: AttributeType
        let hasOwnTime: Bool
    }

    /// Reads and checks a record; the cells point into `bytes`.
    ///
    /// - Parameter cells: An empty array to be filled, so that its memory is used again.
    /// - Throws: `ProfileError.corrupt`.
    static func read(
        _ bytes: UnsafeRawBufferPointer, cells: consuming [PackedCell] = []
    ) throws(ProfileError) -> PackedProfile {
        var reader = try CheckedCursor(checksummed: bytes, of: "a profile")
        let head = try readHead(&reader)
        var profile = PackedProfile(
            id: head.id, version: head.version, account: head.account, writtenAtSeconds: head.writtenAtSeconds,
            cells: cells)
        var next = 0
        var members = 0
        for _ in 0..<head.count {
            let value = try readValueHead(&reader, next: &next)
            let time = value.hasOwnTime ? try readTime(&reader, relativeTo: head.base) : head.base
            let offset = reader.offset
            guard let start = reader.position else { throw reader.damaged("an early end") }
            members += try PackedValue.check(value.type, &reader)
            profile.cells.append(
                PackedCell(
                    attribute: value.attribute, type: value.type, observedAtSeconds: time, start: start,
                    count: reader.offset - offset))
        }
        if head.format == 1 {
            // The nearest that can be known.
            profile.writtenAtSeconds = profile.cells.reduce(0) { max($0, $1.observedAtSeconds) }
        }
        try checkEnd(&reader, members: members)
        return profile
    }

    /// The id in a record, unchecked.
    ///
    /// - Precondition: There stands a whole record, as `write` wrote it.
    static func id(at record: UnsafePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var cursor = PackedCursor(record + 1)
        _ = cursor.varint()
        let count = Int(cursor.varint())
        return UnsafeBufferPointer(start: cursor.next, count: count)
    }

    @inline(__always)
    static func readHead(_ reader: inout CheckedCursor) throws(ProfileError) -> Head {
        let found = try reader.byte()
        guard (formatMin...format).contains(found) else {
            throw .corrupt("a profile has format \(found), this version reads \(format)")
        }
        let version = try reader.varint()
        let id = try reader.counted()
        guard ProfileID.fault(in: id) == nil else { throw reader.damaged("a bad id") }
        let account = try reader.counted()
        guard account.isEmpty || ProfileID.fault(in: account) == nil else { throw reader.damaged("a bad account id") }
        let base = try readTime(&reader, relativeTo: PackedValue.epochSeconds)
        let written = found == 1 ? 0 : try readTime(&reader, relativeTo: RowComposer.writeTimeBase(base))
        let count = try reader.varint()
        guard count <= ProfileLimits.attributesMax else { throw reader.damaged("too many values") }
        return Head(
            format: found, version: version, id: id, account: account, base: base, writtenAtSeconds: written,
            count: Int(count))
    }

    /// - Parameter next: The first attribute that the value can be of; then that of the value after it.
    @inline(__always)
    static func readValueHead(_ reader: inout CheckedCursor, next: inout Int) throws(ProfileError) -> ValueHead {
        let head = try reader.varint()
        guard head >> 4 < ProfileLimits.attributesMax, next + Int(head >> 4) < ProfileLimits.attributesMax,
            let type = AttributeType(rawValue: UInt8(head >> 1 & 7))
        else { throw reader.damaged("a bad attribute") }
        let attribute = next + Int(head >> 4)
        next = attribute + 1
        return ValueHead(attribute: UInt16(attribute), type: type, hasOwnTime: head & 1 != 0)
    }

    /// - Parameter members: Of all sets.
    @inline(__always)
    static func checkEnd(_ reader: inout CheckedCursor, members: Int) throws(ProfileError) {
        guard reader.isAtEnd else { throw reader.damaged("bytes after the end") }
        guard members <= ProfileLimits.profileMembersMax else { throw reader.damaged("too many members") }
    }

    @inline(__always)
    static func readTime(_ reader: inout CheckedCursor, relativeTo base: Int64) throws(ProfileError) -> Int64 {
        let distance = try reader.varint()
        if distance == 0 { return 0 }
        let time = base.addingReportingOverflow(ZigZag.decode(distance - 1))
        guard !time.overflow, time.partialValue > 0, time.partialValue <= ProfileLimits.secondsMax else {
            throw reader.damaged("a time out of range")
        }
        return time.partialValue
    }
}

/// What an id must be.
package enum ProfileID {
    /// - Returns: What is wrong with an id of a visitor or an account; nil when nothing is.
    package static func fault(in id: UnsafeBufferPointer<UInt8>) -> ProfileError.IDFault? {
        if id.isEmpty { return .empty }
        if id.count > ProfileLimits.idBytesMax { return .tooLong(bytes: id.count) }
        if isPrintableASCII(id) { return nil }
        for index in 0..<id.count {
            // U+0000…U+001F and U+007F are single bytes; U+0080…U+009F are 0xC2 and their last byte.
            let byte = id[index]
            if byte < 0x20 || byte == 0x7F { return .controlCharacter }
            if byte == 0xC2, index + 1 < id.count, id[index + 1] < 0xA0 { return .controlCharacter }
        }
        return UTF8Check.isValid(id) ? nil : .notUTF8
    }

    /// Whether all bytes are U+0020…U+007E, as those of nearly every id; eight at a time.
    ///
    /// Source: S. E. Anderson, "Bit Twiddling Hacks", "Determine if a word has a byte less than n".
    private static func isPrintableASCII(_ id: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = id.baseAddress, id.count >= 8 else { return false }
        let ones: UInt64 = 0x0101_0101_0101_0101
        var faults: UInt64 = 0
        var index = 0
        while index < id.count {
            // The last word goes over bytes once more.
            let start = base + min(index, id.count - 8)
            let word = UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
            // In the top bit of a byte: it is above 0x7F, is 0x7F, or is below 0x20.
            faults |= word | (word &+ ones) | ~((word | ones &<< 7) &- ones &<< 5)
            index += 8
        }
        return faults & ones &<< 7 == 0
    }

    /// The same for a String.
    package static func fault(in id: String) -> ProfileError.IDFault? {
        var id = id
        return id.withUTF8 { fault(in: $0) }
    }
}
