internal import Foundation

/// Timestamps as dates and times of day; the only user of the system's time zones here.
enum Calendar {
    /// `getHours` and the like of a timestamp in a zone: an IANA name or `+02:00`.
    ///
    /// - Returns: nil when there is no such part.
    static func part(_ name: String, of moment: Moment, zone: String) -> Outcome? {
        guard parts.contains(name) else { return nil }
        guard let offset = offset(of: zone, at: moment) else { return .failure("`\(zone)` is no time zone") }
        let seconds = moment.seconds + offset
        let days = floorDivide(seconds, 86_400)
        let secondOfDay = seconds - days * 86_400
        let date = civil(days)
        let value: Int64 =
            switch name {
            case "getFullYear": date.year
            case "getMonth": date.month - 1
            case "getDayOfMonth": date.day - 1
            case "getDate": date.day
            case "getDayOfWeek": floorModulo(days + 4, 7)
            case "getDayOfYear": days - self.days(year: date.year, month: 1, day: 1)
            case "getHours": secondOfDay / 3_600
            case "getMinutes": secondOfDay / 60 % 60
            case "getSeconds": secondOfDay % 60
            default: moment.nanoseconds / 1_000_000
            }
        return .value(.int(value))
    }

    /// The same of a duration: hours, minutes and seconds in all; milliseconds beyond the seconds.
    static func part(_ name: String, of duration: Moment) -> Outcome? {
        let isNegative = duration.seconds < 0
        let positive = isNegative ? Moment(seconds: 0, nanoseconds: 0) - duration : duration
        let value: Int64
        switch name {
        case "getHours": value = positive.seconds / 3_600
        case "getMinutes": value = positive.seconds / 60
        case "getSeconds": value = positive.seconds
        case "getMilliseconds": value = positive.nanoseconds / 1_000_000
        default: return nil
        }
        return .value(.int(isNegative ? -value : value))
    }

    private static let parts: Set<String> = [
        "getFullYear", "getMonth", "getDayOfMonth", "getDate", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes",
        "getSeconds", "getMilliseconds",
    ]

    /// Seconds ahead of UTC.
    private static func offset(of zone: String, at moment: Moment) -> Int64? {
        if zone == "UTC" { return 0 }
        let parts = zone.drop { $0 == "+" || $0 == "-" }.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, let hours = Int64(parts[0]), let minutes = Int64(parts[1]), hours < 24, minutes < 60 {
            return (zone.hasPrefix("-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
        }
        guard let found = TimeZone(identifier: zone) else { return nil }
        return Int64(found.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.seconds))))
    }

    /// RFC 3339 with a zone.
    static func parse(_ text: String) -> Moment? {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (48...57).contains($0) }) else { return nil }
            return Int64(String(decoding: bytes[range], as: UTF8.self))
        }
        guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[10] | 0x20 == 116, bytes[13] == 58, bytes[16] == 58,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month),
            day >= 1, day <= length(of: month, year), hour < 24, minute < 60, second < 60
        else { return nil }
        var index = 19
        var nanoseconds: Int64 = 0
        if bytes[index] == 46 {
            let digits = bytes[(index + 1)...].prefix { (48...57).contains($0) }
            guard !digits.isEmpty, digits.count <= 9 else { return nil }
            nanoseconds = Int64(String(decoding: digits, as: UTF8.self) + String(repeating: "0", count: 9 - digits.count)) ?? 0
            index += 1 + digits.count
        }
        let rest = String(decoding: bytes[index...], as: UTF8.self)
        var offset: Int64 = 0
        if rest != "Z", rest != "z" {
            guard rest.utf8.count == 6, let hours = number(index + 1..<index + 3), let minutes = number(index + 4..<index + 6),
                bytes[index + 3] == 58, bytes[index] == 43 || bytes[index] == 45, hours < 24, minutes < 60
            else { return nil }
            offset = (bytes[index] == 45 ? -1 : 1) * (hours * 3_600 + minutes * 60)
        }
        let seconds = days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Moment(seconds: seconds, nanoseconds: nanoseconds)
    }

    static func text(_ moment: Moment) -> String {
        let days = floorDivide(moment.seconds, 86_400)
        let second = moment.seconds - days * 86_400
        let date = civil(days)
        func padded(_ value: Int64, _ width: Int) -> String {
            String(repeating: "0", count: max(0, width - String(value).count)) + String(value)
        }
        let fraction = moment.nanoseconds == 0 ? "" : "." + fraction(moment.nanoseconds)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))\(fraction)Z"
    }

    /// Nanoseconds as the digits behind a point, without zeros at the end.
    static func fraction(_ nanoseconds: Int64) -> String {
        var digits = String(String(nanoseconds + 1_000_000_000).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return digits
    }

    private static func length(of month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013), days_from_civil.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floorDivide(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse. Source: as above, civil_from_days.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let day = shifted - era * 146_097
        let yearOfEra = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a / b - (a % b < 0 ? 1 : 0) }

    private static func floorModulo(_ a: Int64, _ b: Int64) -> Int64 { a - floorDivide(a, b) * b }
}
