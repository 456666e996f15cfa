import Decisioning
import Ruleset
import Testing

@Suite("The coverage of rule tests")
struct RuleCoverageTests {
    private func coverage(tests: String) throws -> RuleCoverage {
        let harness = try Harness(
            """
            attributes:
              visitor: {age: {type: int}, vip: {type: bool}}
            roles: {grown: visitor.age >= 18, child: visitor.age < 18}
            placements:
              hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
            campaigns:
              sale:
                when: visitor.age >= 18
                excluded: [visitor.vip]
                pages: {hero: {dear: {when: visitor.age > 60, fields: {text: Dear}}, all: {fields: {text: Hi}}}}
            tests:
            \(tests)
            """)
        return RuleCoverage(harness.ruleSet, table: harness.table)
    }

    @Test("names what is reached, what is missed, and which side of a condition nobody saw")
    func parts() throws {
        let coverage = try coverage(
            tests: "  - {name: one, visitor: {age: 30, vip: false}, expect: {role: grown}}")
        #expect(coverage.parts.map(\.kind) == ["roles", "variants"])
        #expect(coverage.parts[0].reached == ["grown"] && coverage.parts[0].missed == ["child"])
        #expect(coverage.parts[1].reached == ["sale/hero/all"] && coverage.parts[1].missed == ["sale/hero/dear"])
        let sides = Dictionary(
            coverage.conditions.map { ("\($0.source) @\($0.position.line)", [$0.wasTrue, $0.wasFalse]) }
        ) { first, _ in first }
        #expect(sides["visitor.age >= 18 @3"] == [true, false])
        #expect(sides["visitor.age < 18 @3"] == [false, true])
        #expect(sides["visitor.vip @9"] == [false, true])
        #expect(sides["visitor.age > 60 @10"] == [false, true])
        #expect(coverage.share == 2.0 / 9)
    }

    @Test("is whole when the tests see both sides of everything")
    func whole() throws {
        let coverage = try coverage(
            tests: """
                  - {name: young, visitor: {age: 10, vip: false}, expect: {role: child}}
                  - {name: adult, visitor: {age: 30, vip: false}, expect: {role: grown}}
                  - {name: old, visitor: {age: 70, vip: false}, expect: {role: grown}}
                  - {name: vip, visitor: {age: 30, vip: true}, expect: {role: grown}}
                """)
        #expect(coverage.share == 1)
    }

    @Test("counts the conditions of experiments, routes and the lead, each by its own place")
    func everything() throws {
        let harness = try Harness(
            """
            attributes: {visitor: {age: {type: int}}}
            grades: {fit: {a: 0}, engagement: {"1": 0}, mql: visitor.age > 40}
            experiments:
              size: {when: visitor.age > 50, arms: {x: {weight: 1}, y: {weight: 1}}}
              late: {when: visitor.age > 51, starts: 2027-01-01, arms: {x: {weight: 1}, y: {weight: 1}}}
            routes:
              sales: [{to: ann, when: visitor.age > 60}, {to: bob, when: visitor.age > 20}, {to: eve, when: visitor.age > 5}]
              other: [{to: zoe, when: visitor.age > 7}]
            tests:
              - {name: one, now: 2026-11-20, visitor: {age: 45}, expect: {routes: {sales: bob}}}
            """)
        let coverage = RuleCoverage(harness.ruleSet, table: harness.table)
        let seen = coverage.conditions.map { condition in
            "\(condition.source) @\(condition.position.line):\(condition.position.column) "
                + "\(condition.wasTrue) \(condition.wasFalse)"
        }
        #expect(
            seen == [
                "visitor.age > 40 @2:50 true false", "visitor.age > 50 @4:16 false true",
                "visitor.age > 51 @5:16 false false", "visitor.age > 60 @7:27 false true",
                "visitor.age > 20 @7:62 true false", "visitor.age > 5 @7:97 false false",
                "visitor.age > 7 @8:27 false false",
            ])
    }

    @Test("is nothing where what is asked is not known")
    func unknown() throws {
        let coverage = try coverage(tests: "  - {name: nobody, expect: {role: none}}")
        #expect(coverage.share == 0)
        #expect(coverage.conditions.allSatisfy { !$0.wasTrue && !$0.wasFalse })
    }
}
