internal import Model

/// Reads and writes timestamps, such as `2027-03-01T09:30:00.5+01:00`.
///
/// Source: RFC 3339, section 5.6.
enum RFC3339 {
    /// - Throws: When the text is no timestamp, or one outside of the years 1 to 9999.
    static func parse(_ text: String) throws(Fault) -> Value {
        guard let moment = moment(Array(text.utf8.prefix(64))) else {
            throw Fault("`\(text.shortened)` is no timestamp; one is written `2027-03-01T09:30:00Z`")
        }
        return try moment.checkedTimestamp()
    }

    private static func moment(_ bytes: [UInt8]) -> Moment? {
        func number(_ start: Int, _ count: Int) -> Int64? {
            start + count <= bytes.count ? Digits.number(bytes[start..<start + count]) : nil
        }
        func has(_ character: Unicode.Scalar, at index: Int) -> Bool { bytes[index] == UInt8(ascii: character) }
        guard bytes.count >= 20, has("-", at: 4), has("-", at: 7), bytes[10] | 0x20 == UInt8(ascii: "t"),
            has(":", at: 13),
            has(":", at: 16), let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2), 1...12 ~= month,
            day >= 1, day <= CivilDate.length(ofMonth: month, year), hour < 24, minute < 60, second < 60
        else { return nil }
        var index = 19
        var nanoseconds: Int64 = 0
        if has(".", at: index) {
            let digits = bytes[(index + 1)...].prefix(while: Lexer.isDigit)
            guard 1...9 ~= digits.count, var fraction = Digits.number(digits) else { return nil }
            for _ in digits.count..<9 { fraction *= 10 }
            nanoseconds = fraction
            index += 1 + digits.count
        }
        guard index < bytes.count else { return nil }
        var offset: Int64 = 0
        if bytes[index] | 0x20 == UInt8(ascii: "z") {
            guard index + 1 == bytes.count else { return nil }
        } else {
            guard index + 6 == bytes.count, has("+", at: index) || has("-", at: index), has(":", at: index + 3),
                let hours = number(index + 1, 2), let minutes = number(index + 4, 2), hours < 24, minutes < 60
            else { return nil }
            offset = (has("-", at: index) ? -1 : 1) * (hours * 3_600 + minutes * 60)
        }
        let days = CivilDate(year: year, month: month, day: day).dayNumber
        return Moment(seconds: days * 86_400 + hour * 3_600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
    }

    static func text(_ moment: Moment) -> String {
        let day = moment.seconds.flooredQuotient(86_400)
        let second = moment.seconds - day * 86_400
        let date = CivilDate(dayNumber: day)
        let fraction = moment.nanoseconds == 0 ? "" : "." + Digits.fraction(moment.nanoseconds)
        return "\(Digits.padded(date.year, 4))-\(Digits.padded(date.month, 2))-\(Digits.padded(date.day, 2))T"
            + "\(Digits.padded(second / 3_600, 2)):\(Digits.padded(second / 60 % 60, 2)):"
            + "\(Digits.padded(second % 60, 2))\(fraction)Z"
    }
}
