internal import Model

/// A value on its way into a row or a record: where its packed bytes stand.
struct PackedCell {
    let attribute: UInt16
    let type: AttributeType
    /// Seconds since 1970; 0 when not known.
    let observedAtSeconds: Int64
    let start: UnsafePointer<UInt8>
    let count: Int
}

/// A whole profile on its way into a row or a record; its cells in the order of attributes.
struct PackedProfile {
    var id: UnsafeBufferPointer<UInt8>
    var version: UInt64
    /// Empty when there is none.
    var account: UnsafeBufferPointer<UInt8>
    /// In seconds since 1970; 0 when not known.
    var writtenAtSeconds: Int64
    var cells: [PackedCell]

    /// A time at which most values were learnt, if any: the candidate of a majority vote.
    ///
    /// Source: R. S. Boyer, J S. Moore, "MJRTY: A Fast Majority Vote Algorithm" (1981).
    var commonTime: Int64 {
        var candidate: Int64 = 0
        var lead = 0
        for cell in cells where cell.observedAtSeconds != 0 {
            if lead == 0 { candidate = cell.observedAtSeconds }
            lead += cell.observedAtSeconds == candidate ? 1 : -1
        }
        return candidate
    }
}

enum RowComposer {
    /// Bytes by which a row can be larger than the record of the same profile: header and presence bits.
    static let rowOverheadMax = ProfileLimits.attributesMax / 8 * 2 + 64

    /// Writes a row, as `ProfileRow` describes it, after what the writer holds.
    ///
    /// - Parameters:
    ///   - profile: Its cells hold values whose texts are codes of `row`'s dictionaries or spelt out.
    ///   - accountCode: The account's code, if it has one.
    static func writeRow(_ profile: PackedProfile, accountCode: UInt64?, to writer: inout PackedWriter) {
        let base = profile.commonTime
        let hasOwnTimes = profile.cells.contains { $0.observedAtSeconds != base }
        var flags: UInt8 = 0
        if !profile.account.isEmpty { flags |= ProfileRow.hasAccount }
        if base != 0 { flags |= ProfileRow.hasBaseTime }
        if hasOwnTimes { flags |= ProfileRow.hasOwnTimes }
        let length = writer.zeros(2)
        writer.byte(UInt8(profile.id.count - 1))
        writer.byte(flags)
        writer.bytes(profile.id.baseAddress, count: profile.id.count)
        writer.varint(profile.version)
        if let accountCode {
            writer.varint(accountCode << 1)
        } else if !profile.account.isEmpty {
            PackedValue.write(profile.account, to: &writer)
        }
        if base != 0 { writer.varint(ZigZag.encode(base - PackedValue.epochSeconds)) }
        writeOwnTime(profile.writtenAtSeconds, base: writeTimeBase(base), to: &writer)
        let bitmapCount = profile.cells.last.map { Int($0.attribute) / 8 + 1 } ?? 0
        writer.varint(UInt64(bitmapCount))
        let bitmap = writer.zeros(bitmapCount)
        for cell in profile.cells { writer.set(1 << (cell.attribute % 8), at: bitmap + Int(cell.attribute) / 8) }
        if hasOwnTimes {
            let times = writer.zeros((profile.cells.count + 7) / 8)
            for (ordinal, cell) in profile.cells.enumerated() where cell.observedAtSeconds != base {
                writer.set(1 << UInt8(ordinal % 8), at: times + ordinal / 8)
            }
        }
        for cell in profile.cells {
            if cell.observedAtSeconds != base { writeOwnTime(cell.observedAtSeconds, base: base, to: &writer) }
            writer.bytes(cell.start, count: cell.count)
        }
        writeLength(of: length, to: &writer)
    }

    /// Ends a row that begins at `start` with two zeros.
    @inline(__always)
    static func writeLength(of start: Int, to writer: inout PackedWriter) {
        let count = writer.count - start
        writer.set(UInt8(truncatingIfNeeded: count), at: start)
        writer.set(UInt8(truncatingIfNeeded: count >> 8), at: start + 1)
    }

    /// What the time of writing is told from: mostly the values were learnt when they were written, and one byte is enough.
    static func writeTimeBase(_ base: Int64) -> Int64 { base == 0 ? PackedValue.epochSeconds : base }

    @inline(__always)
    static func writeOwnTime(_ time: Int64, base: Int64, to writer: inout PackedWriter) {
        writer.varint(time == 0 ? 0 : ZigZag.encode(time - base) + 1)
    }
}
