/// `grpc-timeout`: at most eight digits and a unit.
///
/// Source: github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Timeout".
package enum Timeout {
    /// - Returns: Nanoseconds, at most a hundred million hours; nil when the text is no timeout.
    package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard text.count >= 2, text.count <= 9 else { return nil }
        var value: Int64 = 0
        for byte in text.dropLast() {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        let unit: Int64
        switch text[text.count - 1] {
        case UInt8(ascii: "H"): unit = 3_600_000_000_000
        case UInt8(ascii: "M"): unit = 60_000_000_000
        case UInt8(ascii: "S"): unit = 1_000_000_000
        case UInt8(ascii: "m"): unit = 1_000_000
        case UInt8(ascii: "u"): unit = 1_000
        case UInt8(ascii: "n"): unit = 1
        default: return nil
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit)
        return overflow ? Int64.max : product
    }

    /// The shortest form that loses least: whole nanoseconds while they fit into eight digits, then larger units, rounded up.
    package static func text(nanoseconds: Int64) -> String {
        let units: [(Int64, String)] = [
            (1, "n"), (1_000, "u"), (1_000_000, "m"), (1_000_000_000, "S"), (60_000_000_000, "M"),
            (3_600_000_000_000, "H"),
        ]
        let nanoseconds = max(0, nanoseconds)
        for (unit, letter) in units {
            let value = nanoseconds / unit + (nanoseconds % unit == 0 ? 0 : 1)
            if value <= 99_999_999 { return "\(value)\(letter)" }
        }
        return "99999999H"
    }
}
