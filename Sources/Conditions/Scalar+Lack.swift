public import Model

extension Scalar {
    /// What a comparison with this value comes to when the value is not known.
    @inlinable
    public var lack: Verdict {
        switch kind {
        case .missing, .stale: .lacksData
        case .unconsented: .lacksConsent
        case .missingAndUnconsented: .lacksBoth
        default: .failed
        }
    }

    /// What an operation on two values comes to when one of them is not known: unknown wins over failure.
    @inlinable
    public static func lack(_ left: Scalar, _ right: Scalar) -> Verdict {
        var bits: UInt8 = 0
        if !left.isKnown { bits |= left.lack.bits }
        if !right.isKnown { bits |= right.lack.bits }
        return Verdict(merging: bits)
    }
}

extension Verdict {
    /// The verdict as a value, for functions and comparisons of bools.
    @inlinable
    public var scalar: Scalar {
        switch bits {
        case 0: Scalar(false)
        case 1: Scalar(true)
        case 4: .missing
        case 8: .unconsented
        case 12: Scalar(kind: .missingAndUnconsented)
        default: .failed
        }
    }
}
