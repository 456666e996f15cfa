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
            writer.varint(distance << 4 | UInt64(cell.type.storageCode) << 1 | (hasOwnTime ? 1 : 0))
            if hasOwnTime { RowComposer.writeOwnTime(cell.observedAtSeconds, base: base, to: &writer) }
            expand(cell, &writer)
            next = cell.attribute + 1
        }
        writer.checksum()
    }

    /// Reads and checks a record; the cells point into `bytes`.
    ///
    /// - Parameter cells: An empty array to be filled, so that its memory is used again.
    /// - Throws: `ProfileError.corrupt`.
    static func read(
        _ bytes: UnsafeRawBufferPointer, cells: consuming [PackedCell] = []
    ) throws(ProfileError) -> PackedProfile {
        var reader = try CheckedCursor(checksummed: bytes, of: "a profile")
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
        var profile = PackedProfile(
            id: id, version: version, account: account, writtenAtSeconds: written, cells: cells)
        var next: UInt64 = 0
        var members = 0
        for _ in 0..<count {
            let head = try reader.varint()
            let attribute = next + head >> 4
            guard head >> 4 < ProfileLimits.attributesMax, attribute < ProfileLimits.attributesMax,
                let type = AttributeType(storageCode: UInt8(head >> 1 & 7))
            else { throw reader.damaged("a bad attribute") }
            let time = head & 1 == 0 ? base : try readTime(&reader, relativeTo: base)
            let offset = reader.offset
            guard let start = reader.position else { throw reader.damaged("an early end") }
            members += try PackedValue.check(type, &reader)
            profile.cells.append(
                PackedCell(
                    attribute: UInt16(attribute), type: type, observedAtSeconds: time, start: start,
                    count: reader.offset - offset))
            next = attribute + 1
        }
        if found == 1 {
            // The nearest that can be known.
            profile.writtenAtSeconds = profile.cells.reduce(0) { max($0, $1.observedAtSeconds) }
        }
        guard reader.isAtEnd else { throw reader.damaged("bytes after the end") }
        guard members <= ProfileLimits.profileMembersMax else { throw reader.damaged("too many members") }
        return profile
    }

    private static func readTime(_ reader: inout CheckedCursor, relativeTo base: Int64) throws(ProfileError) -> Int64 {
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
        for index in 0..<id.count {
            // U+0000…U+001F and U+007F are single bytes; U+0080…U+009F are 0xC2 and their last byte.
            let byte = id[index]
            if byte < 0x20 || byte == 0x7F { return .controlCharacter }
            if byte == 0xC2, index + 1 < id.count, id[index + 1] < 0xA0 { return .controlCharacter }
        }
        return UTF8Check.isValid(id) ? nil : .notUTF8
    }

    /// The same for a String.
    package static func fault(in id: String) -> ProfileError.IDFault? {
        var id = id
        return id.withUTF8 { fault(in: $0) }
    }
}
