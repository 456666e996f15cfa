internal import RealModule

/// Numbers in words, the same everywhere: no locale, no Foundation.
package enum NumberText {
    private static let digitsMax = 9

    /// A share as per cent.
    ///
    /// - Parameters:
    ///   - share: 0.041 for 4.1 %.
    ///   - digits: after the point, 0…9.
    ///   - signed: whether a plus is written.
    /// - Returns: such as "+4.1%" or "−1.2%".
    package static func percent(_ share: Double, digits: Int = 1, signed: Bool = true) -> String {
        "\(fixed(share * 100, digits: digits, signed: signed))%"
    }

    /// Both ends of an interval of shares, with as many digits as it takes that an end is not rounded to zero.
    ///
    /// - Parameter interval: shares.
    /// - Returns: such as "+4.1% to +9.8%".
    package static func percents(_ interval: EffectInterval) -> String {
        var digits = 1
        while digits < 4, [interval.low, interval.high].contains(where: { roundsToZero($0 * 100, digits) }) {
            digits += 1
        }
        return "\(percent(interval.low, digits: digits)) to \(percent(interval.high, digits: digits))"
    }

    /// A number with its sign and about three digits that matter.
    ///
    /// - Parameter value: any number.
    /// - Returns: such as "+0.0123" or "−41.5".
    package static func signed(_ value: Double) -> String {
        fixed(value, digits: digits(of: value), signed: true)
    }

    /// A number with about three digits that matter.
    ///
    /// - Parameter value: any number.
    /// - Returns: such as "0.0123".
    package static func plain(_ value: Double) -> String {
        fixed(value, digits: digits(of: value), signed: false)
    }

    /// A p-value.
    ///
    /// - Parameter value: in 0…1.
    /// - Returns: such as "0.034", or "<0.0001".
    package static func pValue(_ value: Double) -> String {
        value < 0.0001 ? "<0.0001" : fixed(value, digits: value < 0.01 ? 4 : 3, signed: false)
    }

    /// A number with a given count of digits after the point, rounded to nearest.
    ///
    /// - Parameters:
    ///   - value: any number; one that is not finite, or too large for digits, is written as Swift writes it.
    ///   - digits: after the point, bounded into 0…9.
    ///   - signed: whether a plus is written.
    /// - Returns: with a true minus sign (U+2212) for numbers below 0.
    package static func fixed(_ value: Double, digits: Int, signed: Bool) -> String {
        let places = min(max(digits, 0), digitsMax)
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = (abs(value) * Double(scale)).rounded()
        let sign = value < 0 ? (scaled == 0 ? "" : "−") : (signed && value > 0 && scaled > 0 ? "+" : "")
        guard value.isFinite else { return value.isNaN ? "?" : "\(value < 0 ? "−" : "+")∞" }
        guard scaled < 9e15 else { return sign + "\(abs(value))" }
        let whole = Int(scaled)
        guard places > 0 else { return "\(sign)\(whole)" }
        let rest = String(whole % scale)
        let zeros = String(repeating: "0", count: places - rest.utf8.count)
        return "\(sign)\(whole / scale).\(zeros)\(rest)"
    }

    /// A coordinate of a picture: one digit after the point, and the minus sign that XML's readers expect.
    static func coordinate(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    private static func roundsToZero(_ value: Double, _ digits: Int) -> Bool {
        value != 0 && abs(value) * Double.pow(10, Double(digits)) < 0.5
    }

    private static func digits(of value: Double) -> Int {
        let magnitude = abs(value)
        guard magnitude > 0, magnitude.isFinite else { return 1 }
        return min(max(2 - Int(Double.log10(magnitude).rounded(.down)), 0), digitsMax)
    }
}
