internal import CXXHash
public import Glibc
public import Model

/// Finds a number by text without allocating: open addressing over XXH3-64.
///
/// Trivial: whoever holds one keeps the `TableStorage` alive in which it was built.
public struct TextIndex: BitwiseCopyable, @unchecked Sendable {
    // Sendable: nothing changes after `init`; see `TableStorage` for who keeps the memory.

    private struct Entry: BitwiseCopyable {
        var start: UnsafePointer<UInt8>?
        /// -1 marks a free entry.
        var byteCount: Int32 = -1
        var value: UInt32 = 0
    }

    private let entries: UnsafePointer<Entry>
    private let mask: UInt64

    /// - Parameter items: Texts held by `storage`; of equal ones the first counts.
    package init(_ items: [(text: BorrowedText, value: UInt32)], in storage: TableStorage) {
        var capacity = 2
        while capacity < items.count * 2 { capacity *= 2 }
        var entries = [Entry](repeating: Entry(), count: capacity)
        let mask = UInt64(capacity - 1)
        for (text, value) in items {
            var position = Int(TextIndex.hash(text) & mask)
            while entries[position].byteCount >= 0, !TextIndex.holds(entries[position], text) {
                position = (position + 1) & (capacity - 1)
            }
            if entries[position].byteCount < 0 {
                entries[position] = Entry(start: text.start, byteCount: Int32(text.count), value: value)
            }
        }
        self.entries = storage.freeze(entries)
        self.mask = mask
    }

    /// - Returns: The number under that text, or nil.
    public subscript(text: BorrowedText) -> UInt32? {
        var position = TextIndex.hash(text) & mask
        while true {
            let entry = entries[Int(position)]
            if entry.byteCount < 0 { return nil }
            if TextIndex.holds(entry, text) { return entry.value }
            position = (position + 1) & mask
        }
    }

    /// Whether the text is in the index.
    public func contains(_ text: BorrowedText) -> Bool { self[text] != nil }

    private static func holds(_ entry: Entry, _ text: BorrowedText) -> Bool {
        Int(entry.byteCount) == text.count
            && sameBytes(BorrowedText(start: entry.start, count: text.count), text)
    }

    /// Names are short: up to 16 bytes are mixed here, without a call. The texts in an index come from the rules, so
    /// nobody who asks can make them collide.
    @inline(__always)
    private static func hash(_ text: BorrowedText) -> UInt64 {
        guard let start = text.start, text.count > 0 else { return 0x9E37_79B9_7F4A_7C15 }
        guard text.count <= 16 else { return XXH3_64bits(start, text.count) }
        let (first, last) = ends(UnsafeRawPointer(start), text.count)
        let product = (first ^ 0x9E37_79B9_7F4A_7C15)
            .multipliedFullWidth(by: last ^ 0xC2B2_AE3D_27D4_EB4F ^ UInt64(truncatingIfNeeded: text.count))
        return product.high ^ product.low
    }
}

/// The first and the last bytes of 1 to 16 bytes; together they are all of them.
@inlinable @inline(__always)
func ends(_ start: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64) {
    if count >= 8 {
        return (
            start.loadUnaligned(as: UInt64.self), start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        )
    }
    if count >= 4 {
        return (
            UInt64(start.loadUnaligned(as: UInt32.self)),
            UInt64(start.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        )
    }
    let middle = UInt64(start.load(fromByteOffset: count / 2, as: UInt8.self))
    let last = UInt64(start.load(fromByteOffset: count - 1, as: UInt8.self))
    return (UInt64(start.load(as: UInt8.self)), middle << 8 | last)
}

/// Whether two texts have the same bytes.
@inlinable @inline(__always)
public func sameBytes(_ left: BorrowedText, _ right: BorrowedText) -> Bool {
    guard left.count == right.count else { return false }
    guard let leftStart = left.start, let rightStart = right.start, left.count > 0 else { return true }
    guard left.count > 16 else {
        return ends(UnsafeRawPointer(leftStart), left.count) == ends(UnsafeRawPointer(rightStart), left.count)
    }
    return leftStart == rightStart || memcmp(leftStart, rightStart, left.count) == 0
}

/// How two texts stand by their bytes, which for UTF-8 is the order of their code points.
public func byteOrder(_ left: BorrowedText, _ right: BorrowedText) -> Order {
    let common = min(left.count, right.count)
    if common > 0, let leftStart = left.start, let rightStart = right.start {
        let difference = memcmp(leftStart, rightStart, common)
        if difference != 0 { return difference < 0 ? .ascending : .descending }
    }
    return left.count == right.count ? .same : left.count < right.count ? .ascending : .descending
}
