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
            checkQuotient(arguments, condition)
            checkCalendar(function, arguments, condition)
        case "_<_", "_<=_", "_>_", "_>=_":
            checkQuotient(arguments, condition)
            checkCalendar(function, arguments, condition)
        case "@in":
            checkNullMember(arguments, condition)
            checkCalendar(function, arguments, condition)
        case "between":
            checkBetween(arguments, condition)
            checkCalendarBounds(arguments, condition)
        case "contains", "startsWith", "endsWith":
            if let target, let part = arguments.first { checkFormPart(function, of: target, part, condition) }
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

    /// `account.employees / 3 == 0.5`: a quotient of whole numbers is whole.
    private mutating func checkQuotient(_ parts: [Expression], _ condition: Condition) {
        guard parts.count == 2 else { return }
        for (side, other) in [(parts[0], parts[1]), (parts[1], parts[0])] {
            guard case .call("_/_", nil, let numbers) = side.kind, numbers.count == 2,
                case .literal(.double(let value)) = other.kind, value.isFinite, value != value.rounded(),
                condition.expression.types[side.id] == .int, let name = ExpressionText.input(numbers[0])
            else { continue }
            var suggestion: String?
            if case .literal(.int(let by)) = numbers[1].kind {
                suggestion = "`double(\(name)) / \(by).0`"
            } else if let by = ExpressionText.input(numbers[1]) {
                suggestion = "`double(\(name)) / double(\(by))`"
            }
            report(
                "integer-division", position(condition, numbers[0].offset),
                "whole numbers are divided and the rest is dropped: the result is whole, and compared with \(value)",
                suggestion: suggestion)
        }
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

    /// `visitor.title in [null]`.
    private mutating func checkNullMember(_ parts: [Expression], _ condition: Condition) {
        guard parts.count == 2, case .list(let members) = parts[1].kind,
            let null = members.first(where: {
                if case .literal(.null) = $0.kind { true } else { false }
            })
        else { return }
        report(
            "null-comparison", position(condition, null.offset),
            "nothing is ever null: a value is there or not known, and what is not known makes the comparison unknown",
            suggestion: ExpressionText.input(parts[0]).map { name in
                members.count == 1 ? "`!has(\(name))`" : "`!has(\(name)) || …`, without the null"
            })
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
