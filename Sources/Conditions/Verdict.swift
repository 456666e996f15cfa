package import Model

/// A truth value that remembers why it is unknown.
///
/// One byte: bit 0 is yes; bits 2 and 3 say what is lacking; bit 4 says that a computation failed. No bit at all is no.
public struct Verdict: BitwiseCopyable, Equatable, Sendable {
    /// See above.
    public let bits: UInt8

    @inlinable @inline(__always)
    init(bits: UInt8) { self.bits = bits }

    /// Yes or no.
    @inlinable @inline(__always)
    public init(_ value: Bool) { bits = value ? 1 : 0 }

    /// Known not to hold.
    @inlinable @inline(__always)
    public static var no: Verdict { Verdict(bits: 0) }
    /// Known to hold.
    @inlinable @inline(__always)
    public static var yes: Verdict { Verdict(bits: 1) }
    /// Unknown: a value is missing or too old.
    @inlinable @inline(__always)
    public static var lacksData: Verdict { Verdict(bits: 4) }
    /// Unknown: a value may not be read.
    @inlinable @inline(__always)
    public static var lacksConsent: Verdict { Verdict(bits: 8) }
    /// Unknown for both reasons.
    @inlinable @inline(__always)
    public static var lacksBoth: Verdict { Verdict(bits: 12) }
    /// A computation failed.
    @inlinable @inline(__always)
    public static var failed: Verdict { Verdict(bits: 16) }

    @usableFromInline static var lackMask: UInt8 { @inlinable @inline(__always) get { 12 } }

    /// The verdict of a connective none of whose operands settled it: what is lacking wins over what failed.
    ///
    /// - Parameter bits: The union of the operands' bits, of which at least one is not bit 0.
    @inlinable @inline(__always)
    public init(merging bits: UInt8) {
        let lacking = bits & Verdict.lackMask
        self.bits = lacking != 0 ? lacking : Verdict.failed.bits
    }

    /// - Precondition: The bits come from `bits` of a verdict.
    @inlinable @inline(__always)
    public init(stored bits: UInt8) { self.bits = bits }

    /// Whether it is known to hold.
    @inlinable @inline(__always)
    public var isYes: Bool { bits == 1 }
    /// Whether it is known not to hold.
    @inlinable @inline(__always)
    public var isNo: Bool { bits == 0 }
    /// Whether it is known.
    @inlinable @inline(__always)
    public var isSettled: Bool { bits <= 1 }
    /// Whether data is lacking, alone or beside consent.
    @inlinable @inline(__always)
    public var isLackingData: Bool { bits & 4 != 0 }
    /// Whether consent is lacking, alone or beside data.
    @inlinable @inline(__always)
    public var isLackingConsent: Bool { bits & 8 != 0 }

    /// Kleene's negation.
    @inlinable @inline(__always)
    public var negated: Verdict { isSettled ? Verdict(bits: bits ^ 1) : self }

    /// Kleene's conjunction.
    @inlinable
    public func and(_ other: Verdict) -> Verdict {
        if isNo || other.isNo { return .no }
        if isYes && other.isYes { return .yes }
        return Verdict(merging: bits | other.bits)
    }

    /// Without the reason.
    package var truth: Truth {
        switch bits {
        case 0: .no
        case 1: .yes
        default: .unknown
        }
    }
}
