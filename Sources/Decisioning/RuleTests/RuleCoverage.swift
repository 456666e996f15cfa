internal import Conditions
package import Model
package import Ruleset

/// What the tests of a rule set reach, and what none of them does.
package struct RuleCoverage: Sendable, Equatable {
    /// A kind of thing, such as profiles, with the names that tests reach and those that none does, in file order.
    package struct Part: Sendable, Equatable {
        /// In the plural, such as `variants`.
        package let kind: String
        package internal(set) var reached: [String]
        package internal(set) var missed: [String]

        /// How many there are.
        package var count: Int { reached.count + missed.count }
    }

    /// A condition, and how it has come out so far.
    package struct Condition: Sendable, Equatable {
        package let source: String
        package let position: SourcePosition
        package internal(set) var wasTrue = false
        package internal(set) var wasFalse = false

        /// Whether tests have seen both sides of it.
        package var isCovered: Bool { wasTrue && wasFalse }
    }

    /// Profiles that matched, personas, roles and stages that were chosen, variants that were shown, targets that got a lead.
    package private(set) var parts: [Part] = []
    /// In the order of the files.
    package private(set) var conditions: [Condition] = []

    /// Of everything that there is to reach, the share that is: 0 to 1; 1 when there is nothing.
    package var share: Double {
        let all = parts.reduce(conditions.count) { $0 + $1.count }
        let reached = parts.reduce(conditions.count { $0.isCovered }) { $0 + $1.reached.count }
        return all > 0 ? Double(reached) / Double(all) : 1
    }

    /// Runs the tests of a rule set once more and looks at what each condition comes to.
    ///
    /// - Parameters:
    ///   - table: Compiled from that rule set.
    ///   - now: The time for tests that name none; this machine's clock if nil.
    package init(_ ruleSet: RuleSet, table: DecisionTable, now: Timestamp? = nil) {
        var seen = Seen()
        for test in ruleSet.tests {
            RuleTestRunner.explain(test, ruleSet, table: table, now: now) { decision, explanation, unexplained in
                seen.note(decision, explanation)
                for (position, verdict) in unexplained { seen.note(position, verdict.isYes, verdict.isNo) }
            }
        }
        parts = Self.parts(ruleSet, seen)
        conditions = Self.conditions(ruleSet).sorted { $0.position < $1.position }.map { condition in
            Condition(
                source: condition.source, position: condition.position,
                wasTrue: seen.wasTrue.contains(condition.position),
                wasFalse: seen.wasFalse.contains(condition.position))
        }
    }

    /// All of them, in the order of their sections.
    private static func conditions(_ ruleSet: RuleSet) -> [Ruleset.Condition] {
        var conditions = (ruleSet.segments + ruleSet.roles + ruleSet.stages).map(\.condition)
        conditions += ruleSet.personas.map(\.condition) + ruleSet.policies.blocked.map(\.condition)
        for icp in ruleSet.icps { conditions += icp.required + icp.excluded + icp.criteria.map(\.condition) }
        for campaign in ruleSet.campaigns {
            conditions += [campaign.condition].compactMap { $0 } + campaign.excluded
            conditions += campaign.variants.compactMap(\.condition)
        }
        conditions += ruleSet.experiments.compactMap(\.condition)
        conditions += ruleSet.routes.flatMap(\.targets).compactMap(\.condition)
        if let mql = ruleSet.grades?.mql { conditions.append(mql) }
        return conditions
    }

    private static func parts(_ ruleSet: RuleSet, _ seen: Seen) -> [Part] {
        func part(_ kind: String, _ names: [String], _ reached: Set<String>) -> Part {
            Part(kind: kind, reached: names.filter(reached.contains), missed: names.filter { !reached.contains($0) })
        }
        let variants = ruleSet.campaigns.flatMap { campaign in
            campaign.variants.map {
                CreativeName(campaign: campaign.name, placement: $0.placement, variant: $0.name).text
            }
        }
        let targets = ruleSet.routes.flatMap { route in route.targets.map { "\(route.name)/\($0.to)" } }
        return [
            part("profiles", ruleSet.icps.map(\.name), seen.icps),
            part("personas", ruleSet.personas.map(\.name), seen.personas),
            part("roles", ruleSet.roles.map(\.name), seen.roles),
            part("stages", ruleSet.stages.map(\.name), seen.stages),
            part("variants", variants, seen.variants), part("targets", targets, seen.targets),
        ].filter { $0.count > 0 }
    }

    /// What tests have reached so far.
    private struct Seen {
        var icps: Set<String> = []
        var personas: Set<String> = []
        var roles: Set<String> = []
        var stages: Set<String> = []
        var variants: Set<String> = []
        var targets: Set<String> = []
        var wasTrue: Set<SourcePosition> = []
        var wasFalse: Set<SourcePosition> = []

        mutating func note(_ decision: Decision, _ explanation: Explanation) {
            icps.formUnion(explanation.icps.filter { $0.matches == .yes }.map(\.name))
            personas.formUnion(explanation.personas.filter(\.applies).map(\.name))
            roles.formUnion(explanation.roles.filter(\.applies).map(\.name))
            stages.formUnion(explanation.stages.filter(\.applies).map(\.name))
            for placement in decision.placements where placement.variant.count > 0 {
                variants.insert(
                    CreativeName(
                        campaign: placement.campaign.string, placement: placement.placement.string,
                        variant: placement.variant.string
                    ).text)
            }
            for route in decision.routes where route.text.count > 0 {
                targets.insert("\(route.name.string)/\(route.text.string)")
            }
            for check in explanation.checks {
                let position = SourcePosition(file: check.file, line: check.line, column: check.column)
                note(position, check.verdict == .yes, check.verdict == .no)
            }
        }

        mutating func note(_ condition: SourcePosition, _ isTrue: Bool, _ isFalse: Bool) {
            if isTrue { wasTrue.insert(condition) }
            if isFalse { wasFalse.insert(condition) }
        }
    }
}
