internal import Model

/// How far local time is ahead of UTC.
package enum TimeZoneOffset {
    /// What clocks of a zone show.
    ///
    /// - Parameters:
    ///   - zone: A name of the IANA database such as `Europe/Paris`, or `+02:00`, `-02:30`, `02:00`.
    ///   - moment: Seconds since 1970.
    /// - Returns: nil when there is no such zone.
    package static func seconds(of zone: String, at moment: Int64) -> Int64? {
        if zone == "UTC" { return 0 }
        return fixed(Array(zone.utf8.prefix(8))) ?? ZoneCatalog.shared.offsetSeconds(zone, at: moment)
    }

    private static func fixed(_ text: [UInt8]) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
        guard digits.count == 5, let hours = Digits.number(digits.prefix(2)),
            let minutes = Digits.number(digits.suffix(2)),
            digits[digits.startIndex + 2] == UInt8(ascii: ":"), hours < 24, minutes < 60
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return isNegative ? -seconds : seconds
    }
}

/// Decimal digits as bytes.
enum Digits {
    /// - Returns: nil when there is none, or anything else, or more than 18.
    static func number(_ bytes: some Collection<UInt8>) -> Int64? {
        guard 1...18 ~= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            guard Lexer.isDigit(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }

    /// Nanoseconds as the digits behind a point, without zeros at the end.
    static func fraction(_ nanoseconds: Int64) -> String {
        var digits = padded(nanoseconds, 9)
        while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        return digits
    }
}
