/// Whole numbers with more digits than a double holds, which reading would make others.
package enum DoubleDigits {
    /// - Parameters:
    ///   - value: The double that is nearest to the text.
    ///   - text: A decimal number.
    /// - Returns: Whether it is a whole number and the double another one. That a program writes a double in as few digits as name it
    ///   (1152921504606847000 for 2⁶⁰, as JavaScript does) is no other one; what has a fraction or an exponent is rounded as is usual.
    package static func areLost(by value: Double, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard value.magnitude >= 0x1p53, let whole = wholeMagnitude(text) else { return false }
        return UInt64(exactly: value.magnitude) != whole
            && significant("\(whole)") != significant("\(value.magnitude)")
    }

    /// The same of a text.
    package static func areLost(by value: Double, _ text: some StringProtocol) -> Bool {
        value.magnitude >= 0x1p53 && Array(text.utf8).withUnsafeBufferPointer { areLost(by: value, $0) }
    }

    /// What is wrong and what to do, behind the number.
    package static func problem(_ value: Double) -> String {
        "has more digits than a double holds, which would make it \(value); "
            + "declare the attribute as int, or as string when it is a number that names something"
    }

    /// Before the exponent, without a point and the zeros at the end.
    private static func significant(_ number: String) -> ArraySlice<UInt8> {
        var digits = number.utf8.prefix { $0 != UInt8(ascii: "e") }.filter { (0x30...0x39).contains($0) }[...]
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return digits
    }

    /// Of a whole number in digits, whose digits all count; nil for any other.
    private static func wholeMagnitude(_ text: UnsafeBufferPointer<UInt8>) -> UInt64? {
        var magnitude: UInt64 = 0
        for (index, byte) in text.enumerated() {
            if index == 0, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { continue }
            if byte == UInt8(ascii: ".") {
                return text[(index + 1)...].allSatisfy { $0 == UInt8(ascii: "0") } ? magnitude : nil
            }
            guard (0x30...0x39).contains(byte) else { return nil }
            let (tens, isTooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(UInt64(byte - 0x30))
            guard !isTooLarge, !overflows else { return nil }
            magnitude = sum
        }
        return magnitude
    }
}
