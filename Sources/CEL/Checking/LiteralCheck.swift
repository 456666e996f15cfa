/// Finds what is wrong with constants before anything is evaluated: a pattern, a duration, a time, an address, a zone.
enum LiteralCheck {
    struct Problem {
        /// Which of receiver and arguments is wrong.
        let part: Int
        let message: String
        var suggestion: String?
    }

    static func problem(_ function: String, _ parts: [Expression]) -> Problem? {
        switch (function, parts.count) {
        case ("matches", 2): return text(parts, 1).flatMap { pattern($0) }.map { Problem(part: 1, message: $0) }
        case ("duration", 1), ("timestamp", 1), ("ip", 1), ("cidr", 1):
            guard let text = text(parts, 0) else { return nil }
            return conversion(function, text).map {
                Problem(part: 0, message: $0, suggestion: meant(function, text))
            }
        case (_, 2) where function.hasPrefix("get") && CalendarPart(rawValue: function) != nil:
            // Reads the zones now, also for a zone that only a decision knows.
            guard TimeZoneOffset.seconds(of: text(parts, 1) ?? "Etc/UTC", at: 0) == nil, let name = text(parts, 1)
            else { return nil }
            return Problem(part: 1, message: "`\(name)` is no time zone; one is written `Europe/Paris` or `+02:00`")
        default: return nil
        }
    }

    private static func text(_ parts: [Expression], _ index: Int) -> String? {
        if case .literal(.string(let text)) = parts[index].kind { text } else { nil }
    }

    /// - Returns: The text between quotes that was probably meant.
    private static func meant(_ function: String, _ text: String) -> String? {
        switch function {
        case "duration":
            return Slips.duration(text).map { String($0.dropFirst("duration(".count).dropLast()) }
        case "timestamp":
            // A day with a time of day, but without seconds or zone.
            let parts = text.split(maxSplits: 1) { $0 == "T" || $0 == " " }.map(String.init)
            if parts.count == 2, let day = Slips.day(from: 0, in: Array(parts[0].utf8)) {
                let clock = parts[1].hasSuffix("Z") ? String(parts[1].dropLast()) : parts[1]
                for seconds in ["", ":00"] {
                    let whole = "\(day)T\(clock)\(seconds)Z"
                    if conversion(function, whole) == nil { return "\"\(whole)\"" }
                }
                return nil
            }
            return Slips.day(from: 0, in: Array(text.utf8)).map { "\"\($0)T00:00:00Z\"" }
        default: return nil
        }
    }

    private static func pattern(_ text: String) -> String? {
        do throws(RegularExpression.Problem) {
            _ = try RegularExpression(text)
            return nil
        } catch {
            return "the pattern cannot be used: \(error.message)"
        }
    }

    private static func conversion(_ function: String, _ text: String) -> String? {
        do throws(Fault) {
            switch function {
            case "duration": _ = try DurationText.parse(text)
            case "timestamp": _ = try RFC3339.parse(text)
            case "ip": _ = try IPAddress(parsing: text)
            default: _ = try IPNetwork(parsing: text)
            }
            return nil
        } catch {
            return error.message
        }
    }
}
