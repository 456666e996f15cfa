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

    /// Writes rule sets whose conditions ask for everything but `has(…)`, which asks what is known itself, and `request.product`,
    /// of which a request that names none asks about all.
    private struct Writer {
        var random: SeededGenerator

        mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &random)] }

        /// How much may be asked for, so that no condition leads back to itself.
        struct Names {
            var segments = 0
            /// Positive profiles, of three at most; the negative one vetoes them.
            var icps = 0
            /// Whether the negative profile may be asked for.
            var hasNegative = false
            /// Roles and stages; then personas and grades too.
            var hasRoles = false
            var hasPersonas = false

            static let all = Names(segments: 3, icps: 3, hasNegative: true, hasRoles: true, hasPersonas: true)
        }

        mutating func condition(_ depth: Int, _ names: Names) -> String {
            guard depth > 0 else { return leaf(names) }
            func part() -> String { condition(depth - 1, names) }
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1: return "(\(part()) && \(part()))"
            case 2, 3: return "(\(part()) || \(part()))"
            case 4: return "!(\(part()))"
            case 5: return "(\(part()) ? \(part()) : \(part()))"
            default: return leaf(names)
            }
        }

        private mutating func leaf(_ names: Names) -> String {
            let relation = pick(["==", "!=", "<", "<=", ">", ">="])
            switch Int.random(in: 0..<24, using: &random) {
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
            case 15 where names.segments > 0, 16 where names.segments > 0:
                return "in_segment('s\(Int.random(in: 0..<names.segments, using: &random))')"
            case 17 where names.icps > 0: return profile("p\(Int.random(in: 0..<names.icps, using: &random))")
            case 19 where names.hasNegative: return profile("not_us")
            case 20 where names.hasRoles: return word("role", pick(["boss", "worker", "none", "x"]))
            case 21 where names.hasRoles: return word("stage", pick(["early", "late", "none"]))
            case 22 where names.hasPersonas: return word("persona", pick(["pat", "kim", "none"]))
            case 23 where names.hasPersonas: return word("grade", pick(["A1", "A2", "B1", "B2", ""]))
            case 18 where names.icps > 0: return "fit('p0') \(relation) fit('p\(names.icps - 1)')"
            default: return "visitor.born \(pick(["<", ">="])) now"
            }
        }

        private mutating func profile(_ name: String) -> String {
            let relation = pick(["==", "!=", "<", "<=", ">", ">="])
            let bound = pick(["0.0", "20.0", "40", "50.0", "60.0", "100.0"])
            return pick([
                "is_icp('\(name)')", "!is_icp('\(name)')", "fit('\(name)') \(relation) \(bound)",
                "\(bound) \(relation) fit('\(name)')", "between(fit('\(name)'), 10.0, 50.0)",
                "fit('\(name)') in [0.0, 20.0, 50.0]", "fit('\(name)') + 1.0 \(relation) 50.0",
                "(is_icp('\(name)') ? 1 : 2) \(relation) 1",
            ])
        }

        /// A test of a role, stage, persona or grade.
        private mutating func word(_ name: String, _ value: String) -> String {
            pick([
                "\(name) == \"\(value)\"", "\"\(value)\" != \(name)", "\(name) != \"\(value)\"",
                "\(name) < \"\(value)\"", "\(name) in [\"\(value)\", \"none\"]", "\(name).startsWith(\"\(value)\")",
                "\(name).endsWith(\"e\")", "\(name).matches(\"^[a-m]\")", "size(\(name)) == 4",
                "visitor.tags.exists(t, t == \(name))",
            ])
        }

        private mutating func literal() -> String { "\"\(pick(["a", "b", "ab", ""]))\"" }
        private mutating func text() -> String { Bool.random(using: &random) ? "visitor.name" : literal() }

        private mutating func quoted(_ depth: Int, _ names: Names) -> String {
            let condition = condition(depth, names)
            return "'" + condition.replacing("'", with: "''") + "'"
        }

        mutating func ruleSet() -> String {
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
                events: {visit: {points: 10, max_points: 30, purpose: watching}, refund: {points: -5, max_points: 10}}
                lists: {names: {values: [a, ab]}}
                placements: {hero: {kind: page, fields: {text: {max_length: 9}}, default: {text: no}}}
                engagement: {hot: 20, cold: 0}
                segments:

                """
            for index in 0..<3 { text += "  s\(index): \(quoted(3, Names(segments: index)))\n" }
            text += "icps:\n"
            for index in 0..<3 { text += profile("p\(index)", Names(segments: 3, icps: index, hasRoles: true)) }
            text += profile("not_us", Names(segments: 3, hasRoles: true), more: "    negative: true\n")
            text += "roles: {boss: \(quoted(2, Names(segments: 3))), worker: \(quoted(1, Names(segments: 3)))}\n"
            text += "stages: {early: \(quoted(1, Names(segments: 3))), late: \(quoted(2, Names(segments: 3)))}\n"
            let names = Names(segments: 3, icps: 3, hasNegative: true, hasRoles: true)
            text +=
                "personas:\n  pat: {icp: p1, when: \(quoted(2, names))}\n  kim: {icp: p0, when: \(quoted(1, names))}\n"
            text += "policies:\n  consent: {watching: {covers: [events], default: granted}}\n"
            text += "  blocked: [{when: \(quoted(2, .all)), because: law}]\n"
            text += "grades: {fit: {a: 40, b: 0}, engagement: {1: 15, 2: 0}, mql: \(quoted(3, mql))}\n"
            text += "campaigns:\n"
            for name in ["one", "two"] {
                text += "  \(name):\n    when: \(quoted(3, .all))\n"
                text += "    excluded: \(quoted(2, .all))\n    pages: {hero: {v: {fields: {text: yes}}}}\n"
            }
            return text
        }

        private var mql: Names { Names(segments: 3, icps: 3, hasNegative: true, hasRoles: true) }

        private mutating func profile(_ name: String, _ names: Names, more: String = "") -> String {
            let points = pick([[30, 20, 10], [30, 20, -25], [10, -5, 0]])
            let criteria = points.map { "{when: \(quoted(1, names)), points: \($0), category: able}" }
            var text = "  \(name):\n    segment: s\(Int.random(in: 0..<3, using: &random))\n" + more
            if Bool.random(using: &random) { text += "    required: [\(quoted(1, names))]\n" }
            if Bool.random(using: &random) { text += "    excluded: [\(quoted(1, names))]\n" }
            return text
                + "    criteria: [\(criteria.joined(separator: ", "))]\n    tiers: {a: \(pick([0, 20, 50, 60]))}\n"
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
            inputs.events["visit"] = (Int64(pick([0, 1, 2, 5])), "2026-11-20T10:00:00Z", nil)
            inputs.events["refund"] = (Int64(pick([0, 1, 3])), "2026-11-20T10:00:00Z", nil)
            return inputs
        }

        /// The same person, of whom less is known.
        mutating func holes(in person: Harness.Inputs) -> Harness.Inputs {
            var inputs = person
            for key in person.visitor.keys.sorted() where Bool.random(using: &random) { inputs.visitor[key] = nil }
            if Bool.random(using: &random) { inputs.account = [:] }
            // What somebody did is complete, but it may be that it may not be read.
            if Bool.random(using: &random) { inputs.denied = ["watching"] }
            return inputs
        }
    }

    /// All that a decision settles, by name.
    private struct Verdicts {
        var verdicts: [String: Explanation.Verdict] = [:]
        var mql: Truth?

        init(_ harness: Harness, _ inputs: Harness.Inputs) throws {
            let (answer, explanation) = try harness.explain(inputs, searchesNearestMisses: false)
            mql = answer.isMQL
            for check in explanation.segments + explanation.blocks + explanation.roles + explanation.personas {
                verdicts[check.name] = check.check.verdict
            }
            for icp in explanation.icps {
                verdicts["icps." + icp.name] = icp.matches
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
        for _ in 0..<sets {
            let source = writer.ruleSet()
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
