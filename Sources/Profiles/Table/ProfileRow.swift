package import Model

/// A stored profile as the request path sees it: two pointers, trivially copyable.
///
/// Valid until the event loop's current task ends, or, on another thread, until the table's owner frees what was
/// retired (see `ProfileTable.takeRetired`). Nothing here allocates.
///
/// The row: its length in two bytes, the id's length − 1, flags, the id; the version; the account as a text; the base
/// time; when it was written, as an own time; the length of the presence bits, the presence bits by attribute; a bit for each value present that has its own
/// time; then in the order of attributes each value's own time, if any, and the value (`PackedValue`). Numbers are
/// varints. The base time is the one at which most values were learnt; an own time is 0 for "not known", else the
/// distance from it plus 1.
package struct ProfileRow: BitwiseCopyable {
    static let hasAccount: UInt8 = 1
    static let hasBaseTime: UInt8 = 2
    static let hasOwnTimes: UInt8 = 4
    static let headerBytes = 4

    let start: UnsafePointer<UInt8>
    private let context: UnsafePointer<RowContext>

    init(start: UnsafePointer<UInt8>, context: UnsafePointer<RowContext>) {
        self.start = start
        self.context = context
    }

    /// Members that a scratch buffer must have room for, so that the sets of any profile fit.
    package static let scratchMembersMax = ProfileLimits.profileMembersMax

    /// The id under which the profile is stored.
    package var id: BorrowedText { BorrowedText(start: start + Self.headerBytes, count: Int(start[2]) + 1) }

    /// How often the profile was written since it was made; from 1.
    package var version: UInt64 {
        var cursor = PackedCursor(start + Self.headerBytes + id.count)
        return cursor.varint()
    }

    /// For a visitor: the id of their account; empty when there is none.
    package var account: BorrowedText {
        guard flags & Self.hasAccount != 0 else { return .empty }
        var cursor = PackedCursor(start + Self.headerBytes + id.count)
        _ = cursor.varint()
        return text(&cursor, dictionary: TextDictionaries.accounts)
    }

    /// When the profile was last written, in seconds since 1970; 0: not known.
    package var writtenAtSeconds: Int64 {
        var cursor = PackedCursor(start + Self.headerBytes + id.count)
        return readTimes(&cursor).written
    }

    /// Skips what stands between the id and the presence bits, and reads the times in it.
    @inline(__always)
    func readTimes(_ cursor: inout PackedCursor) -> (base: Int64, written: Int64) {
        _ = cursor.varint()
        if flags & Self.hasAccount != 0 { _ = text(&cursor, dictionary: TextDictionaries.accounts) }
        let base = flags & Self.hasBaseTime == 0 ? 0 : ZigZag.decode(cursor.varint()) &+ PackedValue.epochSeconds
        let distance = cursor.varint()
        guard distance > 0 else { return (base, 0) }
        return (base, RowComposer.writeTimeBase(base) &+ ZigZag.decode(distance - 1))
    }

    /// Calls `body` with each value in the order of attributes.
    ///
    /// - Parameters:
    ///   - scratch: Room for the members of sets, which the values passed to `body` point into; keep it as long as
    ///     them.
    ///   - body: Takes the attribute's id in the schema, the value, and when it was learnt in seconds since 1970 (0:
    ///     not known).
    /// - Precondition: `scratch` has room for the members of all sets; `scratchMembersMax` always suffice.
    package func forEach(
        scratch: UnsafeMutableBufferPointer<BorrowedText>,
        _ body: (_ attribute: UInt16, _ value: Scalar, _ observedAtSeconds: Int64) -> Void
    ) {
        var values = RowValues(self)
        var used = 0
        while let next = values.next() {
            let value: Scalar
            switch next.type {
            case .string: value = Scalar(text(&values.cursor, dictionary: Int(next.attribute)))
            case .strings:
                let count = Int(values.cursor.varint())
                precondition(count <= scratch.count - used, "scratch has room for the members of all sets")
                let members = UnsafeMutableBufferPointer(rebasing: scratch[used..<used + count])
                for index in 0..<count {
                    members[index] = text(&values.cursor, dictionary: Int(next.attribute))
                }
                used += count
                value = Scalar(UnsafeBufferPointer(members))
            default: value = PackedValue.read(next.type, &values.cursor)
            }
            body(next.attribute, value, next.observedAtSeconds)
        }
    }

    var byteCount: Int { Int(start[0]) | Int(start[1]) << 8 }
    var flags: UInt8 { start[3] }

    @inline(__always)
    func type(of attribute: UInt16) -> AttributeType { context.pointee.type(of: attribute) }

    /// Reads a text: spelt out, or a code of a dictionary.
    @inline(__always)
    func text(_ cursor: inout PackedCursor, dictionary: Int) -> BorrowedText {
        PackedText.read(&cursor, dictionary: dictionary, in: context.pointee.directory)
    }

    func hasID(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard Int(start[2]) + 1 == other.count, let base = other.baseAddress else { return false }
        let mine = start + Self.headerBytes
        for index in 0..<other.count where mine[index] != base[index] { return false }
        return true
    }
}

/// What a row needs to be read, beside its bytes: the same for all rows of a table, at a place that never moves.
struct RowContext {
    /// Raw values of `AttributeType` by attribute id; an entry is set before any row uses it and never changed again.
    let types: UnsafeMutablePointer<UInt8>
    let directory: TextDictionaries.Directory

    static let unassigned = UInt8.max

    @inline(__always)
    func type(of attribute: UInt16) -> AttributeType {
        guard let type = AttributeType(rawValue: types[Int(attribute)]) else {
            preconditionFailure("a row holds only attributes of the schema")
        }
        return type
    }
}

/// Goes over the values of a row; after each `next`, the caller reads or skips the value at `cursor`.
struct RowValues {
    private let row: ProfileRow
    private let bitmap: UnsafePointer<UInt8>
    private let bitmapCount: Int
    private let ownTimes: UnsafePointer<UInt8>?
    private let baseTime: Int64
    private var byteIndex = -1
    private var bits: UInt8 = 0
    private var ordinal = 0
    var cursor: PackedCursor

    init(_ row: ProfileRow) {
        self.row = row
        cursor = PackedCursor(row.start + ProfileRow.headerBytes + row.id.count)
        baseTime = row.readTimes(&cursor).base
        bitmapCount = Int(cursor.varint())
        bitmap = cursor.next
        cursor.skip(bitmapCount)
        guard row.flags & ProfileRow.hasOwnTimes != 0 else {
            ownTimes = nil
            return
        }
        ownTimes = cursor.next
        var present = 0
        for index in 0..<bitmapCount { present += bitmap[index].nonzeroBitCount }
        cursor.skip((present + 7) / 8)
    }

    /// Whether there is a value of an attribute.
    func has(_ attribute: UInt16) -> Bool {
        Int(attribute / 8) < bitmapCount && bitmap[Int(attribute / 8)] >> (attribute % 8) & 1 != 0
    }

    @inline(__always)
    mutating func next() -> (attribute: UInt16, type: AttributeType, observedAtSeconds: Int64)? {
        while bits == 0 {
            byteIndex += 1
            if byteIndex >= bitmapCount { return nil }
            bits = bitmap[byteIndex]
        }
        let attribute = UInt16(byteIndex * 8 + bits.trailingZeroBitCount)
        bits &= bits &- 1
        var time = baseTime
        if let ownTimes, ownTimes[ordinal / 8] >> (ordinal % 8) & 1 != 0 {
            let distance = cursor.varint()
            time = distance == 0 ? 0 : baseTime &+ ZigZag.decode(distance - 1)
        }
        ordinal += 1
        return (attribute, row.type(of: attribute), time)
    }
}
