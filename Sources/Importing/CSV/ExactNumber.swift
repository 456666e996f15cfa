/// A number as it is written, without rounding: a fraction of whole numbers of 128 bits.
package struct ExactNumber: Sendable, Hashable {
    private var numerator: Int128
    /// Positive.
    private var denominator: Int128

    /// Powers of ten that 128 bits hold.
    private static let exponentMax = 38

    private init(_ numerator: Int128, over denominator: Int128 = 1) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Reads decimal notation, with an exponent or without.
    ///
    /// - Returns: Nil when it is none, or has more digits than 128 bits hold.
    package init?(_ text: UnsafeBufferPointer<UInt8>) {
        var index = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative || text.first == UInt8(ascii: "+") { index = 1 }
        var value: Int128 = 0
        var exponent = 0
        var hasDigit = false
        var isPastPoint = false
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "."), !isPastPoint {
                isPastPoint = true
            } else if byte >= 0x30, byte <= 0x39 {
                let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
                let (next, overflowedAgain) = tens.addingReportingOverflow(Int128(byte - 0x30))
                guard !overflowed, !overflowedAgain else { return nil }
                value = next
                hasDigit = true
                if isPastPoint { exponent -= 1 }
            } else {
                break
            }
            index += 1
        }
        guard hasDigit else { return nil }
        if index < text.count {
            let rest = String(decoding: text[index...], as: UTF8.self)
            guard let letter = rest.utf8.first, letter | 0x20 == UInt8(ascii: "e"),
                let written = Int(rest.dropFirst()), written.magnitude < 1_000
            else { return nil }
            exponent += written
        }
        self.init(isNegative ? -value : value)
        guard value != 0 else { return }
        guard exponent.magnitude <= Self.exponentMax else { return nil }
        var power: Int128 = 1
        for _ in 0..<exponent.magnitude { power *= 10 }
        let scaled = exponent < 0 ? times(ExactNumber(1, over: power)) : times(ExactNumber(power))
        guard let scaled else { return nil }
        self = scaled
    }

    /// A factor as people write it: 0.92 is 92 hundredths, and what is 1 divided by a whole number, such as 0.016666666666666666,
    /// is that.
    ///
    /// - Returns: Nil when 128 bits do not hold it.
    package init?(_ value: Double) {
        let divisor = 1 / value
        if abs(value) < 1, divisor == divisor.rounded(), abs(divisor) < 1e15 {
            self.init(divisor < 0 ? -1 : 1, over: Int128(abs(divisor)))
            return
        }
        var text = "\(value)"
        guard let exact = text.withUTF8({ ExactNumber($0) }) else { return nil }
        self = exact
    }

    /// - Returns: Nil when 128 bits do not hold it.
    package func times(_ other: ExactNumber) -> ExactNumber? {
        // Divided before they are multiplied, so that the products stay small.
        let first = Self.commonDivisor(numerator, other.denominator)
        let second = Self.commonDivisor(other.numerator, denominator)
        let (top, overflowed) = (numerator / first).multipliedReportingOverflow(by: other.numerator / second)
        let (bottom, overflowedAgain) = (denominator / second).multipliedReportingOverflow(
            by: other.denominator / first)
        return overflowed || overflowedAgain ? nil : ExactNumber(top, over: bottom)
    }

    /// - Returns: Nil when 128 bits do not hold it.
    package func plus(_ other: ExactNumber) -> ExactNumber? {
        let (left, overflowed) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (right, overflowedAgain) = other.numerator.multipliedReportingOverflow(by: denominator)
        let (top, overflowedInSum) = left.addingReportingOverflow(right)
        let (bottom, overflowedBelow) = denominator.multipliedReportingOverflow(by: other.denominator)
        guard !overflowed, !overflowedAgain, !overflowedInSum, !overflowedBelow else { return nil }
        return ExactNumber(top, over: bottom)
    }

    /// Nil when it is no whole number.
    package var whole: Int128? { numerator % denominator == 0 ? numerator / denominator : nil }

    /// The nearest double; nil where finding it needs more than one division of doubles.
    package var double: Double? {
        let divisor = Self.commonDivisor(numerator, denominator)
        let (top, bottom) = (numerator / divisor, denominator / divisor)
        guard top.magnitude <= 1 << 53, bottom.magnitude <= 1 << 53 else { return nil }
        // Both are exact, and a division is rounded once. Source: IEEE 754, section 5.4.1.
        return Double(top) / Double(bottom)
    }

    /// Source: Euclid, Elements, VII.2.
    private static func commonDivisor(_ left: Int128, _ right: Int128) -> Int128 {
        var (larger, smaller) = (left.magnitude, right.magnitude)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        return larger == 0 || larger > UInt128(Int128.max) ? 1 : Int128(larger)
    }
}
