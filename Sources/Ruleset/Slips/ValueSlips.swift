internal import Model

/// Numbers, times and words as people of other countries and programs write them, and how they are written here.
enum ValueSlips {
    typealias Slip = (message: String, suggestion: String?)

    // MARK: Numbers

    /// - Parameters:
    ///   - text: What is no number, or not one as it is needed here.
    ///   - isWhole: Whether a whole number is needed.
    ///   - isShare: Whether it is a share from 0 to 1.
    /// - Returns: Words that follow the text, such as `is not a number`, and what was meant.
    static func number(_ text: String, isWhole: Bool, isShare: Bool = false) -> Slip {
        let what = isWhole ? "a whole number" : "a number"
        guard text.utf8.count <= 64 else { return ("is not \(what)", "for example 10") }
        if let oddity = Letters.oddity(in: text) {
            let plain = oddity.plain.filter { $0 != " " }
            return ("is not \(what): \(oddity.problem)", isNumber(plain, isWhole) ? plain : nil)
        }
        if text.hasPrefix("0x") || text.hasPrefix("0o") || text.hasPrefix("0b") {
            let radix = text.hasPrefix("0x") ? 16 : text.hasPrefix("0o") ? 8 : 2
            return (
                "is not \(what): numbers are written with the digits 0 to 9",
                Int(text.dropFirst(2), radix: radix).map(String.init)
            )
        }
        if text.last == "%" {
            let digits = TextEdges.trimmed(String(text.dropLast())).replacing(",", with: ".")
            guard let percent = Double(digits) else { return ("is not \(what)", nil) }
            return isShare
                ? ("is not \(what): a share is from 0 to 1", short(percent / 100))
                : ("is not \(what): it is written without a percent sign", digits)
        }
        if let plain = withoutSeparators(text) {
            return ("is not \(what): there are no separators between thousands", plain)
        }
        let pointed = text.replacing(",", with: ".")
        if !isWhole, text.contains(","), isNumber(pointed, false) {
            return ("is not \(what): decimals have a point", pointed)
        }
        if isWhole, let value = Double(pointed), let whole = Int(exactly: value) {
            return ("is not \(what): it has no point", "\(whole)")
        }
        let digits = text.drop { "€$£+ ".contains($0) }
        let number = digits.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
        if !number.isEmpty, number.count < text.count, isNumber(String(number), isWhole) {
            let rest = TextEdges.trimmed(String(digits.dropFirst(number.count)))
            let factor = ["k": 1_000, "m": 1_000_000, "mio": 1_000_000][rest.lowercased()]
            return (
                "is not \(what): it is written without a unit and without an abbreviation",
                factor.flatMap { factor in Int(number).map { "\($0 * factor)" } } ?? String(number)
            )
        }
        return ("is not \(what)", "for example 10")
    }

    private static func isNumber(_ text: String, _ isWhole: Bool) -> Bool {
        isWhole ? Int(text) != nil : Double(text)?.isFinite == true
    }

    private static func short(_ value: Double) -> String {
        let text = "\((value * 1_000_000).rounded() / 1_000_000)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// `1,000`, `1.000.000`, `1 000`, `1'000`, `1_000`; not `1.5` or `1,50`, nor `1.000`, where a point is a decimal one.
    private static func withoutSeparators(_ text: String) -> String? {
        for mark in [",", " ", "'", "_", "."] as [Character] {
            let groups = text.split(separator: mark, omittingEmptySubsequences: false)
            guard groups.count > 1, let first = groups.first, (1...3).contains(first.drop { $0 == "-" }.count),
                groups.dropFirst().allSatisfy({ $0.count == 3 }),
                text.allSatisfy({ $0 == mark || $0 == "-" || ("0"..."9").contains($0) })
            else { continue }
            return groups.joined()
        }
        return nil
    }

    // MARK: Words

    private static let days: [String: String] = [
        "monday": "mon", "montag": "mon", "mo": "mon", "lundi": "mon", "tuesday": "tue", "tues": "tue",
        "dienstag": "tue", "di": "tue", "mardi": "tue", "wednesday": "wed", "mittwoch": "wed", "mi": "wed",
        "mercredi": "wed", "thursday": "thu", "thur": "thu", "thurs": "thu", "donnerstag": "thu", "do": "thu",
        "jeudi": "thu", "friday": "fri", "freitag": "fri", "fr": "fri", "vendredi": "fri", "saturday": "sat",
        "samstag": "sat", "sonnabend": "sat", "sa": "sat", "samedi": "sat", "sunday": "sun", "sonntag": "sun",
        "so": "sun", "dimanche": "sun",
    ]

    private static let types: [String: String] = [
        "text": "string", "str": "string", "varchar": "string", "number": "double", "float": "double",
        "decimal": "double", "money": "double", "integer": "int", "whole": "int", "long": "int", "boolean": "bool",
        "flag": "bool", "yesno": "bool", "date": "timestamp", "datetime": "timestamp", "time": "timestamp",
        "list": "strings", "array": "strings", "set": "strings", "enum": "string",
    ]

    private static let encodings: [String: String] = [
        "latin1": "iso-8859-1", "latin_1": "iso-8859-1", "latin": "iso-8859-1", "iso": "iso-8859-1", "utf8": "utf-8",
        "unicode": "utf-16", "utf_8": "utf-8", "utf_16": "utf-16", "utf16": "utf-16", "ansi": "windows-1252",
        "cp1252": "windows-1252", "windows": "windows-1252",
    ]

    /// What a word among a few others was meant to be.
    static func word(_ text: String, among words: [String]) -> String? {
        let lowered = String(text.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
        if words.contains(lowered) { return lowered }
        let table =
            words.contains("mon")
            ? days : words.contains("timestamp") ? types : words.contains("utf-8") ? encodings : [:]
        if let meant = table[lowered.hasSuffix(".") ? String(lowered.dropLast()) : lowered] { return meant }
        return Spelling.nearest(to: text, among: words) ?? Spelling.nearest(to: lowered, among: words)
    }

    /// `yes`, `on` and their like for `true`.
    static func flag(_ text: String) -> String? {
        switch text.lowercased() {
        case "yes", "y", "on", "true", "1", "ja", "wahr", "oui", "x": "true"
        case "no", "n", "off", "false", "0", "nein", "falsch", "non": "false"
        default: nil
        }
    }

    // MARK: Times

    /// Zones that have another name today.
    private static let renamed = [
        "Europe/Kiev": "Europe/Kyiv", "Asia/Calcutta": "Asia/Kolkata", "Asia/Saigon": "Asia/Ho_Chi_Minh",
    ]

    /// `Berlin`, `europe/berlin` and `New York` as the database has them.
    static func zone(_ text: String) -> String? {
        guard text.utf8.count <= 64 else { return nil }
        let wanted = text.lowercased().replacing(" ", with: "_")
        let names = ZoneCatalog.shared.zones.lazy.map(\.name).filter { $0.contains("/") && !$0.hasPrefix("Etc/") }
        if let same = names.first(where: { $0.lowercased() == wanted }) { return same }
        if let place = names.first(where: { $0.lowercased().hasSuffix("/" + wanted) }) { return place }
        return Spelling.nearest(to: text, among: names).map { renamed[$0] ?? $0 }
    }

    /// - Parameter isDay: Whether a day is needed, without a time.
    static func time(_ text: String, isDay: Bool) -> Slip {
        let what = isDay ? "a date" : "a time"
        let example = isDay ? "for example 2027-03-31" : "for example 2026-10-01T00:00:00Z or 2026-10-01"
        guard text.utf8.count <= 64 else { return ("is not \(what)", example) }
        let readings = DayText.readings(text)
        if readings.count == 2 {
            return ("could be either of two days", "`\(readings[0])` or `\(readings[1])`")
        }
        if let day = readings.first { return ("is not \(what) as it is written here", day) }
        // A day, white space, a time of day.
        let parts = text.split(maxSplits: 1) { $0 == " " || $0 == "T" }.map(String.init)
        if parts.count == 2, let day = DayText.readings(parts[0]).first {
            if isDay { return ("is not a date: it has a time", day) }
            if let clock = clock(parts[1]) {
                return ("is not \(what) as it is written here", "`\(day)T\(clock)`, or with +02:00 for Z")
            }
        }
        return ("is not \(what)", example)
    }

    /// `8:00`, `08:00:00` and `8.00 Uhr` as `08:00:00Z`.
    private static func clock(_ text: String) -> String? {
        let numbers = text.prefix { $0.isNumber || $0 == ":" || $0 == "." }.split { $0 == ":" || $0 == "." }
        guard (2...3).contains(numbers.count), let hour = Int(numbers[0]), let minute = Int(numbers[1]),
            (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        return "\(two(hour)):\(two(minute)):\(numbers.count == 3 ? numbers[2] : "00")Z"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// `9-18`, `9:00 - 18:00`, `9am-6pm`.
    static func hours(_ text: String) -> String {
        let example = "for example \"09:00-18:00\""
        guard text.utf8.count <= 40 else { return example }
        let ends = text.lowercased().split { "-–—".contains($0) }.map { TextEdges.trimmed(String($0)) }
        guard ends.count == 2 else { return example }
        let clocks = ends.map { end -> String? in
            let isLater = end.hasSuffix("pm")
            let plain = TextEdges.trimmed(String(end.filter { $0.isNumber || $0 == ":" || $0 == "." }))
            let numbers = plain.split { $0 == ":" || $0 == "." }.map { Int($0) }
            guard (1...2).contains(numbers.count), var hour = numbers[0],
                let minute = numbers.count == 2 ? numbers[1] : 0
            else { return nil }
            if isLater, hour < 12 { hour += 12 }
            guard (0...24).contains(hour), (0...59).contains(minute), hour * 60 + minute <= 1_440 else { return nil }
            return "\(two(hour)):\(two(minute))"
        }
        guard let first = clocks[0], let last = clocks[1], first != last, first != "24:00" else { return example }
        return "\"\(first)-\(last)\""
    }

    /// `14 days`, `2 weeks`, `1.5h`, and a number without its unit.
    static func duration(_ text: String) -> String {
        let example = "for example 14d, 12h, 30m or 90s"
        guard text.utf8.count <= 40 else { return example }
        let number = text.prefix { $0.isNumber || $0 == "." || $0 == "," }
        guard let value = Double(number.map { $0 == "," ? "." : String($0) }.joined()), value > 0 else {
            return example
        }
        let rest = TextEdges.trimmed(String(text.dropFirst(number.count))).lowercased()
        let units: [(String, [String])] = [
            ("s", ["s", "sec", "secs", "second", "seconds", "sekunden"]),
            ("m", ["m", "min", "mins", "minute", "minutes", "minuten"]),
            ("h", ["h", "hr", "hrs", "hour", "hours", "stunden", "std"]),
            ("d", ["d", "day", "days", "tag", "tage"]), ("w", ["w", "week", "weeks", "woche", "wochen"]),
        ]
        if rest.isEmpty { return "`\(number)d` for days, `\(number)h` for hours, `\(number)m` for minutes" }
        if ["month", "months", "monat", "monate"].contains(rest), let whole = Int(exactly: value) {
            return "`\(whole * 30)d`: months differ in length"
        }
        if ["y", "year", "years", "jahr", "jahre"].contains(rest), let whole = Int(exactly: value) {
            return "`\(whole * 365)d`"
        }
        guard let index = units.firstIndex(where: { $0.1.contains(rest) }) else { return example }
        if let whole = Int(exactly: value) { return "`\(whole)\(units[index].0)`" }
        let smaller = [1, 60, 60, 24, 7][index]
        guard index > 0, let whole = Int(exactly: value * Double(smaller)) else { return example }
        return "`\(whole)\(units[index - 1].0)`"
    }
}
