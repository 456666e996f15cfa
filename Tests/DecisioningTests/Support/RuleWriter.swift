import Model
import TestSupport

/// Writes random rule sets that use every operator, and the people to try them on. What they name is few, so that leaves meet.
struct RuleWriter {
    var random: SeededGenerator

    mutating func pick<Item>(_ items: [Item]) -> Item { items[random.below(items.count)] }

    private mutating func some(_ oneIn: Int) -> Bool { random.below(oneIn) == 0 }

    // MARK: Conditions

    /// How much may be asked for, so that no condition leads back to itself.
    struct Names {
        var segments = 0
        var icps = 0
        /// Engagement, grade, persona, role and stage.
        var hasWords = false
    }

    mutating func condition(_ depth: Int, _ names: Names) -> String {
        guard depth > 0 else { return leaf(names) }
        switch random.below(9) {
        case 0, 1, 2: return "(\(condition(depth - 1, names)) && \(condition(depth - 1, names)))"
        case 3, 4: return "(\(condition(depth - 1, names)) || \(condition(depth - 1, names)))"
        case 5: return "!(\(condition(depth - 1, names)))"
        case 6 where some(3):
            let parts = (0..<3).map { _ in condition(depth - 1, names) }
            return "(\(parts[0]) ? \(parts[1]) : \(parts[2]))"
        default: return leaf(names)
        }
    }

    private mutating func leaf(_ names: Names) -> String {
        let relation = pick(["==", "!=", "<", "<=", ">", ">="])
        let number = random.below(5)
        switch random.below(30) {
        case 0: return pick(["visitor.member", "visitor.member == false", "visitor.member != true", "true", "false"])
        case 1, 2, 3: return "visitor.age \(relation) \(number)"
        case 4: return "\(number) \(relation) account.size"
        case 5: return "visitor.income \(relation) \(pick(["0.5", "1.0", "-2.0", "0.0", "1"]))"
        case 6: return "account.size \(relation) visitor.age"
        case 7, 8, 9: return "\(text()) \(pick(["==", "!="])) \(literal())"
        case 10: return "\(text()) in [\(literal()), \(literal()), \(literal())]"
        case 11: return "\(literal()) in visitor.tags"
        case 12: return "\(text()).\(pick(["startsWith", "endsWith", "contains"]))(\(literal()))"
        case 13: return "between(visitor.age, \(number), \(random.below(5)))"
        case 14: return "between(visitor.income, \(pick(["0.0", "-1.0"])), \(pick(["0.5", "2.0"])))"
        case 15: return "in_list('names', \(text()))"
        case 16: return "visitor.name.matches('^[ab]+$')"
        case 17: return "visitor.tags.\(pick(["exists", "all"]))(t, t == \(literal()))"
        case 18: return "visitor.age + account.size \(relation) \(number)"
        case 19: return "has(visitor.\(pick(["age", "name", "born", "tags"])))"
        case 20: return "visitor.born \(relation) \(pick(["now", "timestamp('2026-01-01T00:00:00Z')"]))"
        case 21: return "now - visitor.born > duration('24h')"
        case 22: return "events.visit.count \(relation) \(number)"
        case 23: return "events.visit.\(pick(["score >= 10.0", "last < now"]))"
        case 24: return "request.query['x'] == \(literal())"
        case 25 where names.segments > 0: return "in_segment('s\(random.below(names.segments))')"
        case 26 where names.segments > 0: return "!in_segment('s\(random.below(names.segments))')"
        case 27 where names.icps > 0:
            let name = "p\(random.below(names.icps))"
            return pick(["is_icp('\(name)')", "!is_icp('\(name)')", "fit('\(name)') >= 40.0"])
        case 28 where names.hasWords:
            return pick([
                "engagement >= 10.0", "grade == 'A1'", "persona == 'pat'", "role == 'boss'", "stage != 'late'",
            ])
        default: return "request.country == \(literal())"
        }
    }

    private mutating func literal() -> String { "\"\(pick(["a", "b", "ab", "", "c"]))\"" }

    private mutating func text() -> String {
        pick(["visitor.name", "visitor.name", "account.plan", "request.utm.term"])
    }

    private mutating func quoted(_ depth: Int, _ names: Names) -> String {
        let condition = condition(random.below(depth + 1), names)
        return "'" + condition.replacing("'", with: "''") + "'"
    }

    // MARK: Rule sets

    mutating func ruleSet(campaigns: Int) -> String {
        let all = Names(segments: 4, icps: 3, hasWords: true)
        var text = """
            attributes:
              visitor:
                age: {type: int}
                income: {type: double, purpose: money}
                name: {type: string, purpose: \(pick(["ads", "money"]))}
                member: {type: bool}
                tags: {type: strings, purpose: ads}
                born: {type: timestamp, max_age: 1d}
                timezone: {type: string\(pick(["", ", purpose: ads"]))}
              account: {size: {type: int}, plan: {type: string}}
              request: {product: {type: string}}
            events: {visit: {points: 10, half_life: 1d, purpose: \(pick(["ads", "money"]))}}
            lists: {names: {values: [a, ab]}}
            placements:
              hero: {kind: page, fields: {text: {}}, default: {text: no}}
              strip: {kind: page, fields: {text: {}}, default: {text: no}}
            policies:
              consent:
                ads: {covers: [\(pick(["", "account", "visitor", "events"]))], default: \(pick(["granted", "denied"]))}
                money: {covers: [], default: \(pick(["granted", "denied"]))}
              blocked: [{when: \(quoted(3, Names())) , because: law}]
              caps: [{shows: 3, within: 1d, per: visitor}]
            engagement: {hot: 10, cold: 0}
            grades: {fit: {a: 40, b: 0}, engagement: {1: 10, 2: 0}}
            segments:

            """
        for index in 0..<4 { text += "  s\(index): \(quoted(2, Names(segments: index)))\n" }
        text += "icps:\n"
        for index in 0..<3 {
            text += "  p\(index):\n    of: visitor\n    segment: s\(index)\n    negative: \(index == 2)\n"
            if index == 0 { text += "    product: a\n" }
            text += "    required: [\(quoted(1, Names(segments: 4)))]\n    excluded: [\(quoted(0, Names()))]\n"
            text += "    criteria: [{when: \(quoted(1, Names())), points: 3, category: able}, "
            text += "{when: \(quoted(1, Names())), points: 2, category: ready}]\n    tiers: {a: \(pick([0, 40]))}\n"
        }
        text += "roles: {boss: \(quoted(1, Names()))}\nstages: {late: \(quoted(1, Names()))}\n"
        text += "personas: {pat: {icp: p1, when: \(quoted(1, Names(segments: 4)))}}\nroutes:\n  sales:\n"
        for index in 0..<3 { text += "    - {to: team\(index), when: \(quoted(2, all))}\n" }
        text += "experiments:\n"
        for index in 0..<4 {
            text += "  e\(index): {when: \(quoted(2, all)), arms: {x: {weight: 1}, y: {weight: 1}}}\n"
        }
        text += "campaigns:\n"
        for index in 0..<campaigns { text += campaign(index, all) }
        return text
    }

    private mutating func campaign(_ index: Int, _ names: Names) -> String {
        var text = "  c\(index):\n    priority: \(random.below(6))\n"
        if !some(9) { text += "    when: \(quoted(4, names))\n" }
        if some(4) { text += "    excluded: \(quoted(1, names))\n" }
        if some(5) { text += "    caps: [{shows: 1, within: 1d, per: visitor}]\n" }
        switch random.below(6) {
        case 0: text += "    starts: 2026-11-19\n    ends: 2026-11-2\(pick([0, 1]))\n"
        case 1: text += "    schedule: {days: [\(pick(["fri", "sun"]))], timezone: \(pick(["visitor", "UTC"]))}\n"
        default: break
        }
        text += "    pages:\n"
        for placement in pick([["hero"], ["strip"], ["hero", "strip"]]) {
            text += "      \(placement):\n"
            for variant in 0..<(1 + random.below(2)) {
                let condition = some(3) ? "when: \(quoted(1, names)), " : ""
                text += "        \(placement)\(variant): {\(condition)fields: {text: t}}\n"
            }
        }
        return text
    }

    // MARK: People

    mutating func person() -> Harness.Inputs {
        var inputs = Harness.Inputs()
        let share = 1 + random.below(4)
        func text(_ writer: inout RuleWriter) -> AttributeValue {
            .string(writer.pick(["", "a", "b", "ab", "ba", "c"]))
        }
        let visitor: [(String, AttributeValue)] = [
            ("age", .int(pick([-1, 0, 1, 2, 3, 4, 5]))), ("income", .double(pick([0, -0.0, 0.5, 1, -2, .nan]))),
            ("name", text(&self)), ("member", .bool(pick([true, false]))),
            ("tags", .strings(pick([[], ["a"], ["b", "ab"]]))),
            ("born", .timestamp(Timestamp(microseconds: pick([0, 1_795_168_800_000_000, .max / 4])))),
            ("timezone", .string(pick(["Europe/Berlin", "Nowhere"]))),
        ]
        for (name, value) in visitor where random.below(4) < share { inputs.visitor[name] = value }
        if random.below(4) < share { inputs.account["size"] = .int(pick([0, 1, 2, 3])) }
        if random.below(4) < share { inputs.account["plan"] = text(&self) }
        if some(2) { inputs.request["product"] = text(&self) }
        if some(2) { inputs.country = pick(["a", "b", "c"]) }
        if some(2) { inputs.url = "https://example.org/p?x=\(pick(["a", "b"]))&utm_term=\(pick(["a", "ab"]))" }
        if some(2) { inputs.events["visit"] = (Int64(random.below(5)), pick([nil, "2026-11-19T10:00:00Z"]), nil) }
        if some(6) { inputs.withheld["visitor.born"] = .stale }
        if some(9) { inputs.withheld["visitor.\(pick(["age", "name"]))"] = .unconsented }
        for purpose in ["ads", "money"] {
            switch random.below(3) {
            case 0: inputs.granted.append(purpose)
            case 1: inputs.denied.append(purpose)
            default: break
            }
        }
        inputs.visitorID = pick(["", "v1", "v2"])
        if some(8) { inputs.forced = Harness.Forced(segments: ["s\(random.below(4))"]) }
        if some(2) { inputs.ask = [pick(["hero", "strip"])] }
        if some(2) { inputs.routes = ["sales"] }
        return inputs
    }
}
