/// Reads times as people and programs write them.
package enum TimestampText {
    /// Reads an RFC 3339 time, such as `2026-11-20T10:00:00.5+02:00`, or a date, which stands for its midnight in UTC.
    ///
    /// A space is accepted for the `T`; digits beyond microseconds are cut off; a leap second counts as the second
    /// after it.
    /// - Returns: Nil when it is neither, or names a day or time that does not exist.
    ///
    /// Source: RFC 3339, §5.6.
    package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        var reader = Digits(text: text)
        guard let year = reader.number(4), year >= 1, reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), (1...12).contains(month), day >= 1, day <= days(inMonth: month, of: year)
        else { return nil }
        let midnight = daysSinceEpoch(year: year, month: month, day: day) * 86_400
        if reader.isAtEnd { return Timestamp(microseconds: midnight * 1_000_000) }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let hour = reader.number(2), reader.take(":"),
            let minute = reader.number(2), reader.take(":"), let second = reader.number(2), hour < 24, minute < 60,
            second <= 60, let microseconds = reader.fraction(), let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        let seconds = midnight + hour * 3_600 + minute * 60 + second - offset
        return Timestamp(microseconds: seconds * 1_000_000 + microseconds)
    }

    /// The same for a String.
    package static func parse(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013), days_from_civil.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        // Years begin in March, so that the leap day is the last; year 0 of an era of 400 years is never negative here.
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private struct Digits {
        let text: UnsafeBufferPointer<UInt8>
        var index = 0

        var isAtEnd: Bool { index == text.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        mutating func number(_ digits: Int) -> Int64? {
            guard text.count - index >= digits else { return nil }
            var value: Int64 = 0
            for _ in 0..<digits {
                guard (0x30...0x39).contains(text[index]) else { return nil }
                value = value * 10 + Int64(text[index] - 0x30)
                index += 1
            }
            return value
        }

        /// Microseconds; 0 when there is no fraction, nil when a point has no digits behind it.
        mutating func fraction() -> Int64? {
            guard take(".") else { return 0 }
            let start = index
            var value: Int64 = 0
            var unit: Int64 = 100_000
            while index < text.count, (0x30...0x39).contains(text[index]) {
                value += Int64(text[index] - 0x30) * unit
                unit /= 10
                index += 1
            }
            return index > start ? value : nil
        }

        /// Seconds ahead of UTC.
        mutating func offset() -> Int64? {
            if take("Z") || take("z") { return 0 }
            let sign: Int64
            if take("+") {
                sign = 1
            } else if take("-") {
                sign = -1
            } else {
                return nil
            }
            guard let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
                return nil
            }
            return sign * (hours * 3_600 + minutes * 60)
        }
    }
}
