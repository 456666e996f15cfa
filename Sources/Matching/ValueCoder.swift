public import Conditions
public import Model

/// The values that rules tell apart in one slot, as 16-bit codes: all values to which every rule gives the same answer have one.
///
/// Of texts those that rules name have codes, 0 is any other. Numbers and times are cut where an answer changes. Where there are
/// more than fit, neighbours share a code: then a range of codes lets through more values than its comparison, never fewer.
public struct ValueCoder: BitwiseCopyable, @unchecked Sendable {
    // Sendable: nothing changes after `init`; see `TableStorage` for who keeps the memory.

    /// Codes from here on stand for what is unknown; their bits 2 and 3 say what is lacking, as in `Verdict`.
    @inlinable @inline(__always)
    public static var firstUnknown: UInt16 { 0xFFF0 }

    /// Which slot it encodes.
    public let slot: Row<Slot>
    let kind: Scalar.Kind
    let cuts: UnsafePointer<Int64>
    let cutCount: UInt32
    let texts: TextIndex

    /// The most codes for known values, so that two more than that stay free.
    static let codesMax = 60_000

    /// - Returns: The value's code.
    /// - Complexity: O(log cuts) for numbers, O(1) for texts.
    public func code(of value: Scalar) -> UInt16 {
        guard value.kind == kind else { return ValueCoder.unknown(value) }
        if kind == .string { return texts[value.text].map { UInt16(truncatingIfNeeded: $0) } ?? 0 }
        guard let key = NumberKey.key(of: value) else { return notANumber }
        return code(of: key)
    }

    /// The code of a double that has no order.
    var notANumber: UInt16 { UInt16(cutCount) + 1 }

    /// A code that no value has.
    var nothing: UInt16 { UInt16(cutCount) + 2 }

    /// How many cuts lie at or below the key.
    func code(of key: Int64) -> UInt16 {
        var low: UInt32 = 0
        var count = cutCount
        while count > 0 {
            let half = count / 2
            if cuts[Int(low + half)] <= key {
                low += half + 1
                count -= half + 1
            } else {
                count = half
            }
        }
        return UInt16(truncatingIfNeeded: low)
    }

    /// Something that failed counts as lacking all: whoever meets it asks the evaluator.
    private static func unknown(_ value: Scalar) -> UInt16 {
        let lack = value.lack.bits & 0x0C
        return firstUnknown | UInt16(lack == 0 || value.isKnown ? 0x0C : lack)
    }
}
