import TestSupport
import Decisioning
import Foundation
import Model
import Ruleset
import Testing

/// What is decided while something is unknown stays so, whatever the unknown turns out to be.
@Suite("Nothing that is learnt contradicts what was decided without it")
struct UnknownPropertyTests {
    /// In CI twenty thousand; set the variable for more.
    private static let draws = ProcessInfo.processInfo.environment["BESPOKE_PROPERTY_DRAWS"].flatMap(Int.init) ?? 20_000
    private static let suites = 8
    private static let peopleOfASet = 50
    private static let holesOfAPerson = 5

    /// Writes rule sets whose conditions ask for everything but `has(…)`, which asks what is known itself.
    private struct Writer {
        var random: SeededGenerator

        mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &random)] }

        /// - Parameters:
        ///   - segments: How many may be asked for; likewise `icps`.
        mutating func condition(_ depth: Int, segments: Int, icps: Int) -> String {
            guard depth > 0 else { return leaf(segments, icps) }
            func part() -> String { condition(depth - 1, segments: segments, icps: icps) }
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1: return "(\(part()) && \(part()))"
            case 2, 3: return "(\(part()) || \(part()))"
            case 4: return "!(\(part()))"
            case 5: return "(\(part()) ? \(part()) : \(part()))"
            default: return leaf(segments, icps)
            }
        }

        private mutating func leaf(_ segments: Int, _ icps: Int) -> String {
            let relation = pick(["==", "!=", "<", "<=", ">", ">="])
            switch Int.random(in: 0..<17, using: &random) {
            case 0: return pick(["visitor.member", "visitor.member == false"])
            case 1, 2: return "visitor.age \(relation) \(pick(["0", "1", "2"]))"
            case 3: return "account.size \(relation) visitor.age"
            case 4: return "visitor.income \(relation) \(pick(["0.5", "1.0", "double(visitor.age)"]))"
            case 5: return "\(text()) \(pick(["==", "!="])) \(text())"
            case 6: return "\(text()) in [\(literal()), \(literal())]"
            case 7: return "\(text()) in visitor.tags"
            case 8: return "\(text()).\(pick(["startsWith", "endsWith", "contains"]))(\(text()))"
            case 9: return "between(visitor.age, \(pick(["0", "account.size"])), \(pick(["1", "account.size"])))"
            case 10: return "in_list('names', visitor.name)"
            case 11: return "visitor.name.matches('^[ab]+$')"
            case 12: return "visitor.tags.\(pick(["exists", "all"]))(t, t \(pick(["==", "!="])) \(text()))"
            case 13: return "visitor.age \(pick(["+", "-", "*", "/"])) account.size \(relation) 1"
            case 14: return "size(visitor.tags) \(relation) 1"
            case 15 where segments > 0: return "in_segment('s\(Int.random(in: 0..<segments, using: &random))')"
            case 16 where icps > 0: return "is_icp('p\(Int.random(in: 0..<icps, using: &random))')"
            default: return "visitor.born \(pick(["<", ">="])) now"
            }
        }

        private mutating func literal() -> String { "\"\(pick(["a", "b", "ab", ""]))\"" }
        private mutating func text() -> String { Bool.random(using: &random) ? "visitor.name" : literal() }

        private mutating func quoted(_ depth: Int, segments: Int, icps: Int = 0) -> String {
            let condition = condition(depth, segments: segments, icps: icps)
            return "'" + condition.replacing("'", with: "''") + "'"
        }

        /// - Parameter hasObjections: Whether something may stand against profiles: exclusions, negative points, a veto. It
        ///   speaks only once it is known to hold, so then conditions do not ask for profiles.
        mutating func ruleSet(hasObjections: Bool) -> String {
            var text = """
                attributes:
                  visitor:
                    age: {type: int}
                    income: {type: double}
                    name: {type: string}
                    member: {type: bool}
                    tags: {type: strings}
                    born: {type: timestamp}
                  account: {size: {type: int}}
                lists: {names: {values: [a, ab]}}
                placements: {hero: {kind: page, fields: {text: {max_length: 9}}, default: {text: no}}}
                segments:

                """
            for index in 0..<3 { text += "  s\(index): \(quoted(3, segments: index))\n" }
            text += "icps:\n"
            for index in 0..<3 {
                let isNegative = hasObjections && index == 2
                text += "  p\(index):\n    segment: s\(index)\n    negative: \(isNegative)\n"
                text += "    required: [\(quoted(2, segments: 3))]\n"
                if hasObjections, !isNegative { text += "    excluded: [\(quoted(1, segments: 3))]\n" }
                let points = hasObjections && !isNegative ? [30, 20, -25] : [30, 20, 10]
                let criteria = points.map { "{when: \(quoted(1, segments: 3)), points: \($0), category: able}" }
                text +=
                    "    criteria: [\(criteria.joined(separator: ", "))]\n    tiers: {a: \(pick([0, 20, 50, 60]))}\n"
            }
            let icps = hasObjections ? 0 : 3
            text += "policies: {blocked: [{when: \(quoted(2, segments: 3, icps: icps)), because: law}]}\n"
            text += "grades: {fit: {a: 0}, engagement: {1: 0}, mql: \(quoted(3, segments: 3, icps: icps))}\n"
            text += "campaigns:\n"
            for name in ["one", "two"] {
                text += "  \(name):\n    when: \(quoted(3, segments: 3, icps: icps))\n"
                text +=
                    "    excluded: \(quoted(2, segments: 3, icps: icps))\n    pages: {hero: {v: {fields: {text: yes}}}}\n"
            }
            return text
        }

        mutating func person() -> Harness.Inputs {
            var inputs = Harness.Inputs()
            inputs.visitor = [
                "age": .int(pick([-1, 0, 1, 2, 3])), "income": .double(pick([0, 0.5, 1, 2, .nan])),
                "name": .string(pick(["", "a", "b", "ab", "ba"])), "member": .bool(pick([true, false])),
                "tags": .strings(pick([[], ["a"], ["b", "ab"], ["a", ""]])),
                "born": .timestamp(Timestamp(microseconds: pick([0, .max / 4]))),
            ]
            inputs.account = ["size": .int(pick([0, 1, 2]))]
            return inputs
        }

        /// The same person, of whom less is known.
        mutating func holes(in person: Harness.Inputs) -> Harness.Inputs {
            var inputs = person
            for key in person.visitor.keys.sorted() where Bool.random(using: &random) { inputs.visitor[key] = nil }
            if Bool.random(using: &random) { inputs.account = [:] }
            return inputs
        }
    }

    /// All that a decision settles, by name.
    private struct Verdicts {
        var verdicts: [String: Explanation.Verdict] = [:]
        var mql: Truth?
        var objections: [String: Bool] = [:]

        init(_ harness: Harness, _ inputs: Harness.Inputs) throws {
            let (answer, explanation) = try harness.explain(inputs, searchesNearestMisses: false)
            mql = answer.isMQL
            for check in explanation.segments + explanation.blocks { verdicts[check.name] = check.check.verdict }
            for icp in explanation.icps {
                verdicts["icps." + icp.name] = icp.matches
                objections["icps." + icp.name] =
                    !icp.vetoedBy.isEmpty || icp.excluded.contains { $0.verdict == .yes }
                    || icp.criteria.contains { $0.points < 0 && $0.check.verdict == .yes }
                let checks = icp.excluded + icp.criteria.map(\.check)
                for (index, check) in checks.enumerated() { verdicts["icps.\(icp.name).\(index)"] = check.verdict }
            }
            for candidate in explanation.placements.flatMap(\.candidates) {
                verdicts["campaigns." + candidate.campaign] = candidate.condition?.verdict
                if candidate.exclusions.count == 1 {
                    verdicts["excluded." + candidate.campaign] = candidate.exclusions[0].verdict
                }
            }
        }
    }

    @Test("a yes or a no that was given without a value holds with every value", arguments: 0..<suites as Range<Int>)
    func monotone(_ seed: Int) throws {
        var writer = Writer(random: SeededGenerator(seed: UInt64(seed)))
        var settled = 0
        var learnt = 0
        let sets = max(1, Self.draws / (Self.suites * Self.peopleOfASet * Self.holesOfAPerson))
        for index in 0..<sets {
            let hasObjections = index % 2 == 1
            let source = writer.ruleSet(hasObjections: hasObjections)
            let harness = try Harness(source)
            for _ in 0..<Self.peopleOfASet {
                let person = writer.person()
                let full = try Verdicts(harness, person)
                for _ in 0..<Self.holesOfAPerson {
                    let partial = writer.holes(in: person)
                    let known = try Verdicts(harness, partial)
                    for (name, verdict) in known.verdicts {
                        guard verdict == .yes || verdict == .no else {
                            learnt += 1
                            continue
                        }
                        settled += 1
                        // An exclusion is shown for campaigns that apply only.
                        guard let after = full.verdicts[name], after != verdict else { continue }
                        // What stands against a profile speaks once it is known: it no longer matches, or, where points that
                        // would make up for it cannot be computed, it is not known whether it does.
                        if verdict == .yes, full.objections[name] == true { continue }
                        Issue.record("\(name): \(verdict) became \(after)\n\(source)\n\(partial)\n\(person)")
                        return
                    }
                    if known.mql != .unknown, known.mql != full.mql {
                        Issue.record("mql: \(String(describing: known.mql))\n\(source)\n\(partial)\n\(person)")
                        return
                    }
                }
            }
        }
        // Both must have been at stake.
        #expect(settled > sets * 100 && learnt > sets * 100)
    }
}
