internal import Model

/// A truth value that remembers why it is unknown.
///
/// One byte: bit 0 is yes; bits 2 and 3 say what is lacking; bit 4 says that a computation failed. No bit at all is no.
struct Verdict: BitwiseCopyable, Equatable {
    let bits: UInt8

    private init(bits: UInt8) { self.bits = bits }

    init(_ value: Bool) { bits = value ? 1 : 0 }

    static let no = Verdict(bits: 0)
    static let yes = Verdict(bits: 1)
    static let lacksData = Verdict(bits: 4)
    static let lacksConsent = Verdict(bits: 8)
    static let lacksBoth = Verdict(bits: 12)
    static let failed = Verdict(bits: 16)

    private static let lackMask: UInt8 = 12

    /// The verdict of a connective none of whose operands settled it: what is lacking wins over what failed.
    ///
    /// - Parameter bits: The union of the operands' bits, of which at least one is not bit 0.
    init(merging bits: UInt8) {
        let lacking = bits & Verdict.lackMask
        self.bits = lacking != 0 ? lacking : Verdict.failed.bits
    }

    /// - Precondition: The bits come from `bits` of a verdict.
    init(stored bits: UInt8) { self.bits = bits }

    var isYes: Bool { bits == 1 }
    var isNo: Bool { bits == 0 }
    var isSettled: Bool { bits <= 1 }
    var isLackingData: Bool { bits & 4 != 0 }
    var isLackingConsent: Bool { bits & 8 != 0 }

    /// Kleene's negation.
    var negated: Verdict { isSettled ? Verdict(bits: bits ^ 1) : self }

    /// Kleene's conjunction.
    func and(_ other: Verdict) -> Verdict {
        if isNo || other.isNo { return .no }
        if isYes && other.isYes { return .yes }
        return Verdict(merging: bits | other.bits)
    }

    /// The verdict as a value, for functions and comparisons of bools.
    var scalar: Scalar {
        switch bits {
        case 0: Scalar(false)
        case 1: Scalar(true)
        case 4: .missing
        case 8: .unconsented
        case 12: Scalar(tag: .missingAndUnconsented)
        default: .failed
        }
    }

    var truth: Truth {
        switch bits {
        case 0: .no
        case 1: .yes
        default: .unknown
        }
    }
}
