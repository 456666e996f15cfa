/// A way to write times, as a pattern such as `dd.MM.yyyy HH:mm`.
///
/// Letters are those of Unicode's date field symbols; of them `y M d H h m s S a E X Z`. Text between apostrophes and
/// characters that are no letters stand for themselves.
///
/// Source: Unicode Technical Standard 35, Part 4, "Date Field Symbol Table".
package struct DatePattern: Sendable, Hashable {
    /// Why a pattern is none.
    package struct Problem: Error, Sendable, Hashable {
        /// Where in the pattern, in Unicode scalars from 0.
        package let offset: Int
        /// What is wrong and how to mend it.
        package let reason: String
    }

    private enum Field: Sendable, Hashable {
        case year
        /// Of two digits: from 1969 to 2068.
        case shortYear
        case month(digits: Int)
        case monthName
        case day(digits: Int)
        case hour(digits: Int)
        case halfDayHour(digits: Int)
        case minute
        case second
        case fraction
        case halfDay
        case weekday
        case offset
        case text(UInt8)
    }

    private let fields: [Field]
    private let months: MonthNames

    private static let lengthMax = 64

    /// - Throws: `Problem`: a letter that stands for nothing, or a part that is missing.
    package init(_ pattern: String, months: MonthNames = .english) throws(Problem) {
        self.months = months
        let scalars = Array(pattern.unicodeScalars)
        guard scalars.count <= Self.lengthMax else {
            throw Problem(offset: 0, reason: "is longer than \(Self.lengthMax) characters")
        }
        var fields: [Field] = []
        var index = 0
        while index < scalars.count {
            let start = index
            let scalar = scalars[index]
            if scalar == "'" {
                index = try Self.quoted(scalars, index, &fields)
            } else if scalar.isASCII, scalar.properties.isAlphabetic {
                while index < scalars.count, scalars[index] == scalar { index += 1 }
                fields.append(try Self.field(scalar, count: index - start, at: start))
            } else {
                // As cells are read.
                let isSpace = scalar.properties.isWhitespace
                fields += isSpace ? [.text(0x20)] : String(scalar).utf8.map { .text($0) }
                index += 1
            }
        }
        self.fields = fields
        try checkParts()
    }

    /// - Returns: Behind the closing apostrophe.
    private static func quoted(_ scalars: [Unicode.Scalar], _ start: Int, _ fields: inout [Field]) throws(Problem)
        -> Int
    {
        guard let end = scalars[(start + 1)...].firstIndex(of: "'") else {
            throw Problem(offset: start, reason: "opens an apostrophe that is not closed")
        }
        let text = end == start + 1 ? "'" : String(String.UnicodeScalarView(scalars[(start + 1)..<end]))
        fields += text.utf8.map { .text($0) }
        return end + 1
    }

    private static func field(_ letter: Unicode.Scalar, count: Int, at offset: Int) throws(Problem) -> Field {
        switch (letter, count) {
        case ("y", 4), ("y", 1): return .year
        case ("y", 2): return .shortYear
        case ("M", 1...2): return .month(digits: count)
        case ("M", 3...4): return .monthName
        case ("d", 1...2): return .day(digits: count)
        case ("H", 1...2): return .hour(digits: count)
        case ("h", 1...2): return .halfDayHour(digits: count)
        case ("m", 2): return .minute
        case ("s", 2): return .second
        case ("S", _): return .fraction
        case ("a", 1): return .halfDay
        case ("E", _): return .weekday
        case ("X", _), ("Z", _): return .offset
        case ("Y", _): throw Problem(offset: offset, reason: "has Y; write yyyy for the year")
        case ("D", _): throw Problem(offset: offset, reason: "has D; write dd for the day of the month")
        default:
            throw Problem(
                offset: offset,
                reason:
                    "has \(String(repeating: Character(letter), count: count)), which stands for nothing; parts are "
                    + "yyyy, yy, MM, M, MMM, dd, d, HH, H, hh, h, mm, ss, SSS, a, EEE, Z, and text between apostrophes"
            )
        }
    }

    /// A time needs its day, and the two halves of a day their letter.
    private func checkParts() throws(Problem) {
        func has(_ isPart: (Field) -> Bool) -> Bool { fields.contains(where: isPart) }
        func count(_ isPart: (Field) -> Bool) -> Int { fields.count(where: isPart) }
        let isYear: (Field) -> Bool = { $0 == .year || $0 == .shortYear }
        let isMonth: (Field) -> Bool = {
            switch $0 {
            case .month, .monthName: true
            default: false
            }
        }
        let isDay: (Field) -> Bool = { if case .day = $0 { true } else { false } }
        for (part, words, example) in [(isYear, "year", "yyyy"), (isMonth, "month", "MM"), (isDay, "day", "dd")] {
            switch count(part) {
            case 1: continue
            case 0 where words == "month" && has { $0 == .minute }:
                throw Problem(offset: 0, reason: "has no month; write MM for it, mm are minutes")
            case 0: throw Problem(offset: 0, reason: "has no \(words); write \(example) for it")
            default: throw Problem(offset: 0, reason: "has the \(words) twice")
            }
        }
        let hasHalves = has { if case .halfDayHour = $0 { true } else { false } }
        guard hasHalves == has({ $0 == .halfDay }) else {
            throw Problem(
                offset: 0,
                reason: hasHalves
                    ? "has h without a; write HH for hours from 0 to 23, or a for AM and PM"
                    : "has a, which goes with h only; write hh for hours from 1 to 12")
        }
    }

    /// - Parameter zone: Where the time is local, when it says no offset of its own.
    /// - Returns: Nil when the text is not written so, or names a time that does not exist.
    package func parse(_ text: UnsafeBufferPointer<UInt8>, _ zone: ZoneOffsets) -> Timestamp? {
        var reader = TimestampText.Digits(text: text)
        var parts = Parts()
        for (index, field) in fields.enumerated() {
            guard read(field, &reader, &parts) else { return nil }
            // Abbreviations may have a point.
            let point = Field.text(UInt8(ascii: "."))
            if field == .monthName, index + 1 == fields.count || fields[index + 1] != point { _ = reader.take(".") }
        }
        guard reader.isAtEnd, let local = parts.local else { return nil }
        guard let offset = parts.offset else { return zone.timestamp(local: local) }
        return Timestamp(microseconds: local.microseconds - offset * 1_000_000)
    }

    private struct Parts {
        var year: Int64 = 0
        var month: Int64 = 0
        var day: Int64 = 0
        var hour: Int64 = 0
        var minute: Int64 = 0
        var second: Int64 = 0
        var microseconds: Int64 = 0
        var isAfternoon: Bool?
        var offset: Int64?

        var local: Timestamp? {
            var hour = hour
            if let isAfternoon {
                guard (1...12).contains(hour) else { return nil }
                hour = hour % 12 + (isAfternoon ? 12 : 0)
            }
            guard let midnight = TimestampText.midnight(year: year, month: month, day: day), hour < 24, minute < 60,
                second < 60
            else { return nil }
            let seconds = midnight + hour * 3_600 + minute * 60 + second
            return Timestamp(microseconds: seconds * 1_000_000 + microseconds)
        }
    }

    private func read(_ field: Field, _ reader: inout TimestampText.Digits, _ parts: inout Parts) -> Bool {
        func take(_ number: Int64?, _ part: WritableKeyPath<Parts, Int64>) -> Bool {
            guard let number else { return false }
            parts[keyPath: part] = number
            return true
        }
        switch field {
        case .year: return take(reader.number(4), \.year)
        case .shortYear: return take(reader.number(2).map { $0 + ($0 < 69 ? 2_000 : 1_900) }, \.year)
        case .month(let digits): return take(reader.number(digits, max: 2), \.month)
        case .monthName: return take(reader.month(months), \.month)
        case .day(let digits): return take(reader.number(digits, max: 2), \.day)
        case .hour(let digits): return take(reader.number(digits, max: 2), \.hour)
        case .halfDayHour(let digits): return take(reader.number(digits, max: 2), \.hour)
        case .minute: return take(reader.number(2), \.minute)
        case .second: return take(reader.number(2), \.second)
        case .fraction: return take(reader.fractionDigits(), \.microseconds)
        case .halfDay:
            parts.isAfternoon = reader.halfDay()
            return parts.isAfternoon != nil
        case .weekday: return reader.word().count > 0
        case .offset:
            parts.offset = reader.offset(needsColon: false)
            return parts.offset != nil
        case .text(let byte): return reader.take(Unicode.Scalar(byte))
        }
    }
}
