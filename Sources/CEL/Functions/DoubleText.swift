internal import Glibc

/// Doubles as text.
enum DoubleText {
    /// The fewest digits that read back as the same double; an exponent for very large and very small ones.
    static func shortest(_ value: Double) -> String {
        if let special = special(value) { return special }
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The same digits, never with an exponent.
    static func plain(_ value: Double) -> String {
        if let special = special(value) { return special }
        let text = shortest(value)
        guard let exponentStart = text.firstIndex(of: "e"),
            let exponent = Int(text[text.index(after: exponentStart)...])
        else { return text }
        let isNegative = value < 0
        let mantissa = text[..<exponentStart].drop { $0 == "-" }.split(separator: ".")
        let digits = mantissa.joined()
        let point = (mantissa.first?.utf8.count ?? 0) + exponent
        let sign = isNegative ? "-" : ""
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        guard point < digits.utf8.count else {
            return sign + digits + String(repeating: "0", count: point - digits.utf8.count)
        }
        let split = digits.index(digits.startIndex, offsetBy: point)
        return sign + digits[..<split] + "." + digits[split...]
    }

    /// So many digits behind the point, the exact value rounded to nearest, halves to even.
    static func fixed(_ value: Double, precision: Int) -> String {
        special(value) ?? printed("%.*f", value, precision)
    }

    /// One digit before the point, so many behind it, and an exponent of two digits or more.
    static func scientific(_ value: Double, precision: Int) -> String {
        special(value) ?? printed("%.*e", value, precision)
    }

    private static func special(_ value: Double) -> String? {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return nil
    }

    private static func printed(_ form: String, _ value: Double, _ precision: Int) -> String {
        // The longest double has 309 digits before the point; sign, point and end need three bytes more.
        let capacity = precision + 320
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            let count = withVaList([Int32(precision), value]) { vsnprintf(buffer.baseAddress, capacity, form, $0) }
            let written = UnsafeRawBufferPointer(buffer).prefix(max(0, min(Int(count), capacity - 1)))
            return String(decoding: written, as: UTF8.self)
        }
    }
}
