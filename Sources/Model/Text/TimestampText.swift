/// Reads times as people and programs write them, and writes them in UTC.
package enum TimestampText {
    /// Reads an RFC 3339 time, such as `2026-11-20T10:00:00.5+02:00`, or a date, which stands for its midnight in UTC.
    ///
    /// A space is accepted for the `T`, and an offset without minutes, as PostgreSQL writes both; digits beyond microseconds are rounded; a
    /// leap second, which there is at the end of June or December in UTC, counts as the second after it.
    /// - Returns: Nil when it is neither, or names a day or time that does not exist.
    ///
    /// Source: RFC 3339, §5.6.
    package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        var reader = Digits(text: text)
        guard let midnight = reader.day() else { return nil }
        if reader.isAtEnd { return Timestamp(microseconds: midnight * 1_000_000) }
        guard let time = reader.time(needsSeconds: true), let offset = reader.offset(), reader.isAtEnd else {
            return nil
        }
        return reader.checked(Timestamp(microseconds: (midnight - offset) * 1_000_000 + time))
    }

    /// Reads what `parse` does, without the offset, seconds left out or not: what clocks show, as if they showed UTC.
    package static func parseLocal(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        var reader = Digits(text: text)
        guard let midnight = reader.day(), let time = reader.time(needsSeconds: false), reader.isAtEnd else {
            return nil
        }
        // No leap second: which time in UTC is meant is not known here.
        return reader.hasLeapSecond ? nil : Timestamp(microseconds: midnight * 1_000_000 + time)
    }

    /// Reads what programs print besides: `2026-11-20 10:00:00 UTC`, `2026-11-20 10:00 +0200`.
    package static func parseDatabase(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        var reader = Digits(text: text)
        guard let midnight = reader.day(), let time = reader.time(needsSeconds: false) else { return nil }
        _ = reader.take(" ")
        var offset: Int64?
        if let zone = reader.utcName() {
            offset = zone
        } else {
            offset = reader.offset(needsColon: false)
        }
        guard let offset, reader.isAtEnd else { return nil }
        return reader.checked(Timestamp(microseconds: (midnight - offset) * 1_000_000 + time))
    }

    /// Reads a date, or a date and time without an offset: what clocks show, as if they showed UTC.
    package static func local(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { bytes in bytes.count == 10 ? parse(bytes) : parseLocal(bytes) }
    }

    /// - Returns: Seconds since 1970; nil when there is no such day in the years from 1 on.
    static func midnight(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard year >= 1, (1...12).contains(month), day >= 1, day <= CivilDate.length(ofMonth: month, year) else {
            return nil
        }
        return CivilDate(year: year, month: month, day: day).dayNumber * 86_400
    }

    /// The same for a String.
    package static func parse(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    /// Such as `2026-11-20T10:00:00Z`, with three or six digits of a second when there are any.
    package static func format(_ time: Timestamp) -> String {
        let microsecondsPerDay: Int64 = 86_400_000_000
        var days = time.microseconds / microsecondsPerDay
        var rest = time.microseconds % microsecondsPerDay
        if rest < 0 {
            rest += microsecondsPerDay
            days -= 1
        }
        let date = CivilDate(dayNumber: days)
        let (seconds, fraction) = rest.quotientAndRemainder(dividingBy: 1_000_000)
        var text = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
        text += "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        if fraction % 1_000 != 0 {
            text += "." + padded(fraction, 6)
        } else if fraction != 0 {
            text += "." + padded(fraction / 1_000, 3)
        }
        return text + "Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// A reader of the parts of times.
    struct Digits {
        let text: UnsafeBufferPointer<UInt8>
        var index = 0
        /// Whether second 60 of a minute was read.
        private(set) var hasLeapSecond = false

        init(text: UnsafeBufferPointer<UInt8>) {
            self.text = text
        }

        var isAtEnd: Bool { index == text.count }

        /// - Parameter time: What was read, in UTC.
        /// - Returns: nil when it says second 60 where there has never been one.
        func checked(_ time: Timestamp) -> Timestamp? {
            guard hasLeapSecond else { return time }
            let (day, rest) = time.microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
            let date = CivilDate(dayNumber: day)
            return rest >= 0 && rest < 1_000_000 && date.day == 1 && (date.month == 1 || date.month == 7) ? time : nil
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard index < text.count, text[index] == UInt8(truncatingIfNeeded: character.value) else { return false }
            index += 1
            return true
        }

        mutating func number(_ digits: Int) -> Int64? { number(digits, max: digits) }

        mutating func number(_ least: Int, max: Int) -> Int64? {
            var value: Int64 = 0
            var count = 0
            while count < max, index < text.count, (0x30...0x39).contains(text[index]) {
                value = value * 10 + Int64(text[index] - 0x30)
                index += 1
                count += 1
            }
            return count >= least ? value : nil
        }

        /// Seconds since 1970 at the day's midnight.
        mutating func day() -> Int64? {
            guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2) else {
                return nil
            }
            return TimestampText.midnight(year: year, month: month, day: day)
        }

        /// Microseconds since midnight, with what stands before.
        mutating func time(needsSeconds: Bool) -> Int64? {
            guard take("T") || take("t") || take(" "), let hour = number(2), take(":"), let minute = number(2),
                hour < 24, minute < 60
            else { return nil }
            let minutes = (hour * 60 + minute) * 60_000_000
            guard take(":") else { return needsSeconds ? nil : minutes }
            guard let second = number(2), second <= 60, let microseconds = fraction() else { return nil }
            hasLeapSecond = second == 60
            return minutes + second * 1_000_000 + microseconds
        }

        /// Microseconds; 0 when there is no fraction, nil when a point has no digits behind it.
        mutating func fraction() -> Int64? {
            take(".") ? fractionDigits() : 0
        }

        /// Microseconds from the digits of a fraction, the nearest; half of one goes up.
        mutating func fractionDigits() -> Int64? {
            let start = index
            var value: Int64 = 0
            var unit: Int64 = 1_000_000
            while index < text.count, (0x30...0x39).contains(text[index]) {
                let digit = Int64(text[index] - 0x30)
                if unit == 1, digit >= 5 { value += 1 }
                unit /= 10
                value += digit * unit
                index += 1
            }
            return index > start ? value : nil
        }

        /// Seconds ahead of UTC.
        mutating func offset(needsColon: Bool = true) -> Int64? {
            if take("Z") || take("z") { return 0 }
            let sign: Int64
            if take("+") {
                sign = 1
            } else if take("-") {
                sign = -1
            } else {
                return nil
            }
            guard let hours = number(2), hours < 24 else { return nil }
            if isAtEnd { return sign * hours * 3_600 }
            guard take(":") || !needsColon, let minutes = number(2), minutes < 60 else { return nil }
            return sign * (hours * 3_600 + minutes * 60)
        }

        /// `UTC` or `GMT`: 0.
        mutating func utcName() -> Int64? {
            let rest = text[index...]
            guard rest.elementsEqual("UTC".utf8) || rest.elementsEqual("GMT".utf8) else { return nil }
            index = text.count
            return 0
        }

        /// A word: ASCII letters and whatever is beyond ASCII.
        mutating func word() -> UnsafeBufferPointer<UInt8> {
            let start = index
            while index < text.count, text[index] >= 0x80 || (97...122).contains(text[index] | 0x20) { index += 1 }
            return UnsafeBufferPointer(rebasing: text[start..<index])
        }

        /// `AM` or `PM`, in either case: whether it is the second.
        mutating func halfDay() -> Bool? {
            guard text.count - index >= 2, text[index + 1] | 0x20 == UInt8(ascii: "m") else { return nil }
            let letter = text[index] | 0x20
            guard letter == UInt8(ascii: "a") || letter == UInt8(ascii: "p") else { return nil }
            index += 2
            return letter == UInt8(ascii: "p")
        }

        /// The name of a month.
        mutating func month(_ names: MonthNames) -> Int64? {
            let start = index
            let word = word()
            var month = names.month(word)
            // Such as the `5月` of Japanese, whose digits are part of the name.
            if month == 0, word.isEmpty {
                while index < text.count, (0x30...0x39).contains(text[index]) { index += 1 }
                _ = self.word()
                month = names.month(UnsafeBufferPointer(rebasing: text[start..<index]))
            }
            guard month > 0 else { return nil }
            return month
        }
    }
}
