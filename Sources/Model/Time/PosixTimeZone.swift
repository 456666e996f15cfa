/// The rule by which a zone goes on after the last change that its file lists, such as `EET-2EEST,M3.5.0/3,M10.5.0/4`.
///
/// Source: POSIX.1-2024, Base Definitions, section 8.3, `TZ`; RFC 9636, section 3.3.1.
struct PosixTimeZone {
    struct Daylight {
        let offset: Int32
        let begins: Day
        let ends: Day
    }

    struct Day {
        enum Form {
            /// Week 5 is the last; weekday 0 is Sunday.
            case weekday(month: Int, week: Int, weekday: Int)
            /// 1 to 365; February 29 is never counted.
            case julian(Int)
            /// 0 to 365.
            case zeroBased(Int)
        }

        let form: Form
        /// Seconds after local midnight; may lie outside the day.
        let seconds: Int64
    }

    /// Seconds ahead of UTC.
    let standardOffset: Int32
    let daylight: Daylight?

    /// - Parameter text: The footer without its line ends.
    /// - Returns: nil when the text is not such a rule.
    init?(_ text: ArraySlice<UInt8>) {
        var scanner = Scanner(rest: text)
        guard scanner.skipName(), let behind = scanner.time() else { return nil }
        standardOffset = Int32(-behind)
        guard !scanner.rest.isEmpty else {
            daylight = nil
            return
        }
        guard scanner.skipName() else { return nil }
        var offset = standardOffset + 3_600
        if scanner.rest.first != UInt8(ascii: ",") {
            guard let behind = scanner.time() else { return nil }
            offset = Int32(-behind)
        }
        guard scanner.skip(","), let begins = scanner.day(), scanner.skip(","), let ends = scanner.day(),
            scanner.rest.isEmpty
        else { return nil }
        daylight = Daylight(offset: offset, begins: begins, ends: ends)
    }

    /// The two changes of a year, in order; none without daylight saving.
    func changes(inYear year: Int) -> [ZoneOffsets.Change] {
        guard let daylight else { return [] }
        let begin = daylight.begins.second(inYear: year) - Int64(standardOffset)
        let end = daylight.ends.second(inYear: year) - Int64(daylight.offset)
        let changes = [
            ZoneOffsets.Change(from: begin, offsetSeconds: Int64(daylight.offset)),
            ZoneOffsets.Change(from: end, offsetSeconds: Int64(standardOffset)),
        ]
        return begin < end ? changes : changes.reversed()
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func skipName() -> Bool {
            if skip("<") {
                rest = rest.drop { $0 != UInt8(ascii: ">") }
                return skip(">")
            }
            let name = rest.prefix { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 & 0xDF }
            rest = rest.dropFirst(name.count)
            return name.count >= 3
        }

        mutating func number() -> Int? {
            let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }.prefix(4)
            rest = rest.dropFirst(digits.count)
            return digits.isEmpty ? nil : digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time() -> Int64? {
            let isNegative = skip("-")
            if !isNegative { _ = skip("+") }
            guard let hours = number() else { return nil }
            var seconds = hours * 3_600
            for unit in [60, 1] where skip(":") {
                guard let number = number() else { return nil }
                seconds += number * unit
            }
            return Int64(isNegative ? -seconds : seconds)
        }

        mutating func day() -> Day? {
            guard let form = form() else { return nil }
            guard skip("/") else { return Day(form: form, seconds: 7_200) }
            guard let seconds = time() else { return nil }
            return Day(form: form, seconds: seconds)
        }

        private mutating func form() -> Day.Form? {
            if skip("J") {
                guard let day = number(), 1...365 ~= day else { return nil }
                return .julian(day)
            }
            if skip("M") {
                guard let month = number(), 1...12 ~= month, skip("."), let week = number(), 1...5 ~= week, skip("."),
                    let weekday = number(), 0...6 ~= weekday
                else { return nil }
                return .weekday(month: month, week: week, weekday: weekday)
            }
            guard let day = number(), 0...365 ~= day else { return nil }
            return .zeroBased(day)
        }
    }
}

extension PosixTimeZone.Day {
    /// Seconds since 1970 on the local clock.
    fileprivate func second(inYear year: Int) -> Int64 {
        Int64(dayNumber(inYear: year)) * 86_400 + seconds
    }

    private func dayNumber(inYear year: Int) -> Int {
        func dayNumberOf(year: Int, month: Int, day: Int) -> Int {
            Int(CivilDate(year: Int64(year), month: Int64(month), day: Int64(day)).dayNumber)
        }
        switch form {
        case .zeroBased(let day):
            return dayNumberOf(year: year, month: 1, day: 1) + day
        case .julian(let day):
            let first = dayNumberOf(year: year, month: 1, day: 1)
            let isLeap = dayNumberOf(year: year + 1, month: 1, day: 1) - first == 366
            return first + day - 1 + (isLeap && day >= 60 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let first = dayNumberOf(year: year, month: month, day: 1)
            let next =
                month == 12
                ? dayNumberOf(year: year + 1, month: 1, day: 1) : dayNumberOf(year: year, month: month + 1, day: 1)
            // 1970-01-01 was a Thursday, which is weekday 4.
            let firstWeekday = ((first + 4) % 7 + 7) % 7
            var day = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            while day >= next { day -= 7 }
            return day
        }
    }
}
