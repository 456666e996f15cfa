internal import CEL
internal import Model

/// What is taken without a word and means something else than it looks like.
extension Lint {
    mutating func checkSilent() {
        for (condition, subject) in set.conditions {
            checkParts(condition)
            checkAlwaysTrue(condition, subject)
        }
        checkEnded()
        checkUnreadFiles()
    }

    private mutating func checkParts(_ condition: Condition) {
        var pending = [condition.expression.root]
        while let expression = pending.popLast() {
            switch expression.kind {
            case .literal, .identifier: break
            case .select(let operand, _, _): pending.append(operand)
            case .list(let elements): pending += elements
            case .map(let entries): for entry in entries { pending += [entry.key, entry.value] }
            case .comprehension(let fold):
                pending += [fold.range, fold.initial, fold.condition, fold.step, fold.result]
            case .call(let function, let target, let arguments):
                pending += arguments
                if let target { pending.append(target) }
                checkCall(function, target, arguments, expression, condition)
            }
        }
    }

    private mutating func checkCall(
        _ function: String, _ target: Expression?, _ arguments: [Expression], _ expression: Expression,
        _ condition: Condition
    ) {
        checkForms(function, arguments, condition)
        switch function {
        case "_/_" where arguments.count == 2: checkDivision(arguments, expression, condition)
        case "_==_" where arguments.count == 2, "_!=_" where arguments.count == 2:
            checkNull(function, arguments, expression, condition)
            checkConstants(function, arguments, condition)
            checkCalendar(function, arguments, condition)
        case "_<_", "_<=_", "_>_", "_>=_", "@in": checkCalendar(function, arguments, condition)
        case "between": checkBetween(arguments, condition)
        case "matches":
            if let pattern = arguments.last { checkPattern(pattern, condition) }
        default: break
        }
    }

    /// `1/3` of whole numbers is 0.
    private mutating func checkDivision(_ parts: [Expression], _ expression: Expression, _ condition: Condition) {
        guard case .literal(.int(let left)) = parts[0].kind, case .literal(.int(let right)) = parts[1].kind,
            right != 0, left % right != 0
        else { return }
        report(
            "integer-division", position(condition, parts[0].offset),
            "`\(left)/\(right)` divides whole numbers and drops the rest: it is \(left / right)",
            suggestion: "`\(left).0/\(right).0`")
    }

    /// `"icp" == "mary"`: names between quotes that are none.
    private mutating func checkConstants(_ function: String, _ parts: [Expression], _ condition: Condition) {
        guard case .literal(.string(let left)) = parts[0].kind, case .literal(.string(let right)) = parts[1].kind else {
            return
        }
        let question = set.environment.questions[left].flatMap { $0.contains("X") ? $0 : nil }
        report(
            "constant-condition", position(condition, parts[0].offset),
            "two texts are compared, which is always \((left == right) == (function == "_==_")): names of values have no quotes",
            suggestion: question.map { "`\(function == "_==_" ? "" : "!")\($0.replacing("X", with: "\"\(right)\""))`" })
    }

    private mutating func checkNull(
        _ function: String, _ parts: [Expression], _ expression: Expression, _ condition: Condition
    ) {
        guard
            let side = [(parts[0], parts[1]), (parts[1], parts[0])].first(where: {
                if case .literal(.null) = $0.1.kind { true } else { false }
            })?.0
        else { return }
        let name = ExpressionText.input(side)
        report(
            "null-comparison", position(condition, parts[0].offset),
            "nothing is ever null: a value is there or not known, and what is not known makes the comparison unknown",
            suggestion: name.map { function == "_==_" ? "`!has(\($0))`" : "`has(\($0))`" })
    }

    // MARK: Calendars

    /// What parts of a time can be; months, days and weekdays count from 0, dates from 1.
    private static let calendar: [String: (range: ClosedRange<Int64>, hint: String)] = [
        "getMonth": (0...11, "months count from 0: December is 11"),
        "getDayOfWeek": (0...6, "weekdays count from 0: Sunday is 0, Saturday 6"),
        "getDayOfMonth": (0...30, "`getDayOfMonth()` counts from 0; `getDate()` counts from 1"),
        "getDate": (1...31, "dates are 1 to 31"), "getDayOfYear": (0...365, "days of a year count from 0"),
        "getHours": (0...23, "hours are 0 to 23"), "getMinutes": (0...59, "minutes are 0 to 59"),
        "getSeconds": (0...59, "seconds are 0 to 59"), "getMilliseconds": (0...999, "milliseconds are 0 to 999"),
    ]

    private mutating func checkCalendar(_ function: String, _ parts: [Expression], _ condition: Condition) {
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

    /// `/x/i` is how other languages write patterns.
    private mutating func checkPattern(_ pattern: Expression, _ condition: Condition) {
        guard case .literal(.string(let text)) = pattern.kind, text.hasPrefix("/"),
            let end = text.dropFirst().lastIndex(of: "/")
        else { return }
        let flags = text[text.index(after: end)...]
        guard (1...4).contains(flags.count), flags.allSatisfy({ "gimsuy".contains($0) }) else { return }
        let inner = text[text.index(after: text.startIndex)..<end]
        let kept = flags.filter { "ims".contains($0) }
        report(
            "regex-delimiters", position(condition, pattern.offset),
            "`\(text)` is taken as it stands, with its slashes and the letters behind them",
            suggestion: "`\(kept.isEmpty ? "" : "(?\(kept))")\(inner)`")
    }

    // MARK: Whole conditions

    /// `e == 1 || e != 1`, alone or as one of what must hold.
    private mutating func checkAlwaysTrue(_ condition: Condition, _ subject: String) {
        if case .literal = condition.expression.root.kind { return }
        var pending = [condition.expression.root]
        while let part = pending.popLast() {
            if case .call("_&&_", nil, let parts) = part.kind {
                pending += parts
                continue
            }
            guard analysis.isNeverFalse(part, of: condition.expression) else { continue }
            let isWhole = part.id == condition.expression.root.id
            report(
                "always-true", position(condition, isWhole ? 0 : part.offset),
                "\(isWhole ? "the condition of \(subject)" : "this part") is never false: "
                    + "it is true of everybody of whom the values that it asks for are known",
                suggestion: "`has(…)` if that is meant")
        }
    }

    private mutating func checkEnded() {
        for campaign in set.campaigns {
            guard let ends = campaign.ends, case let day = TimestampText.format(ends).prefix(10), day < today else {
                continue
            }
            report(
                "ended", campaign.position,
                "campaign `\(campaign.name)` ended on \(day); nothing of it is shown any more",
                suggestion: "a later `ends`, or the campaign taken out")
        }
    }

    /// `rules.yaml.txt` and the like: text files that no list names.
    private mutating func checkUnreadFiles() {
        let named = Set(set.lists.compactMap(\.file) + [RuleFile.allocationsPath])
        for path in paths.sorted() where !RuleFolder.isExpected(path) && !named.contains(path) {
            report(
                "unread-file", SourcePosition(file: path, line: 1, column: 1),
                "the file is not read: no list names it",
                suggestion: RuleFolder.meantName(path) ?? "`file: \(path)` in a list")
        }
    }
}
