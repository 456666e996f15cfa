internal import CEL
internal import Model

/// Parts of a time that are compared with what they never are.
extension Lint {
    /// What parts of a time can be; months, days and weekdays count from 0, dates from 1.
    private static let calendar: [String: (range: ClosedRange<Int64>, hint: String)] = [
        "getMonth": (0...11, "months count from 0: December is 11"),
        "getDayOfWeek": (0...6, "weekdays count from 0: Sunday is 0, Saturday 6"),
        "getDayOfMonth": (0...30, "`getDayOfMonth()` counts from 0; `getDate()` counts from 1"),
        "getDate": (1...31, "dates are 1 to 31"), "getDayOfYear": (0...365, "days of a year count from 0"),
        "getHours": (0...23, "hours are 0 to 23"), "getMinutes": (0...59, "minutes are 0 to 59"),
        "getSeconds": (0...59, "seconds are 0 to 59"), "getMilliseconds": (0...999, "milliseconds are 0 to 999"),
    ]

    mutating func checkCalendar(_ function: String, _ parts: [Expression], _ condition: Condition) {
        guard parts.count == 2 else { return }
        for (side, other, operation) in [(parts[0], parts[1], function), (parts[1], parts[0], Self.turned(function))] {
            guard case .call(let name, let target?, _) = side.kind, let part = Self.calendar[name],
                condition.expression.types[target.id] == .timestamp
            else { continue }
            let literals: [Expression]
            if case .list(let elements) = other.kind { literals = elements } else { literals = [other] }
            for literal in literals {
                guard case .literal(.int(let value)) = literal.kind,
                    let words = Self.never(operation, value, part.range)
                else { continue }
                report(
                    "calendar-range", position(condition, literal.offset),
                    "`\(name)()` is never \(words): \(part.hint)",
                    suggestion: ["_==_", "_!=_", "@in"].contains(operation) ? Self.meant(name, value) : nil)
            }
        }
    }

    /// `between(now.getMonth(), 1, 12)`.
    mutating func checkCalendarBounds(_ parts: [Expression], _ condition: Condition) {
        guard parts.count == 3, case .call(let name, let target?, _) = parts[0].kind, let part = Self.calendar[name],
            condition.expression.types[target.id] == .timestamp
        else { return }
        for (bound, operation) in [(parts[1], "_>=_"), (parts[2], "_<=_")] {
            guard case .literal(.int(let value)) = bound.kind, let words = Self.never(operation, value, part.range)
            else { continue }
            report(
                "calendar-range", position(condition, bound.offset), "`\(name)()` is never \(words): \(part.hint)",
                suggestion: value == part.range.upperBound + 1 ? "`\(part.range.upperBound)`" : nil)
            return
        }
    }

    /// The operator with its sides the other way round.
    private static func turned(_ function: String) -> String {
        let others = ["_<_": "_>_", "_>_": "_<_", "_<=_": "_>=_", "_>=_": "_<=_"]
        return others[function] ?? function
    }

    /// - Returns: What the part of a time never is, such as `above 23`; nil for what it can be, or always is.
    private static func never(_ operation: String, _ value: Int64, _ range: ClosedRange<Int64>) -> String? {
        switch operation {
        case "_>_": value >= range.upperBound ? "above \(value)" : nil
        case "_>=_": value > range.upperBound ? "\(value) or above" : nil
        case "_<_": value <= range.lowerBound ? "below \(value)" : value > range.upperBound + 1 ? "\(value)" : nil
        case "_<=_": value < range.lowerBound ? "\(value) or below" : value > range.upperBound ? "\(value)" : nil
        default: range.contains(value) ? nil : "\(value)"
        }
    }

    /// What the first number that is too large was meant to be: Sunday and midnight come round again, December does not.
    private static func meant(_ name: String, _ value: Int64) -> String? {
        switch (name, value) {
        case ("getMonth", 12): "11"
        case ("getDayOfMonth", 31): "30"
        case ("getDayOfYear", 366): "365"
        case ("getDayOfWeek", 7), ("getHours", 24), ("getMinutes", 60), ("getSeconds", 60): "0"
        default: nil
        }
    }
}
