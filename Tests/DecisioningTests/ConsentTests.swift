import Decisioning
import Model
import Ruleset
import Testing

@Suite("What is not agreed to")
struct ConsentTests {
    private static let yaml = """
        attributes:
          visitor:
            religion: {type: string, sensitive: true, purpose: belief}
            city: {type: string}
        events:
          donation: {points: 40, purpose: belief}
        segments:
          faithful: visitor.religion == "jedi"
        engagement: {hot: 30, cold: 0}
        icps:
          donor:
            of: visitor
            criteria:
              - {when: visitor.religion == "jedi", points: 1, category: willing}
              - {when: visitor.city == "Bern", points: 1, category: able}
            tiers: {a: 40}
        placements:
          hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
          strip: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
        campaigns:
          temple: {when: 'visitor.religion == "jedi" || events.donation.count > 2', pages: {hero: {a: {fields: {text: Temple}}}}}
          town: {when: visitor.city == "Bern", pages: {strip: {a: {fields: {text: "Bern {{ visitor.religion }}"}}}}}
        policies: {consent: {belief: {covers: [], default: denied}, all: {covers: [], default: granted}}}
        """

    private func inputs(_ religion: String?, _ donations: Int64) -> Harness.Inputs {
        var inputs = Harness.Inputs()
        inputs.visitor["city"] = .string("Bern")
        inputs.visitor["religion"] = religion.map { .string($0) }
        inputs.events["donation"] = (donations, nil, nil)
        return inputs
    }

    @Test("W2: an explanation tells nothing of a value that is not agreed to, in no mode")
    func explanations() throws {
        let harness = try Harness(Self.yaml)
        for forced in [nil, Harness.Forced(segments: ["faithful"]), Harness.Forced(variants: ["temple/hero/a"])] {
            var first = inputs("jedi", 9)
            first.forced = forced
            let (answer, explanation) = try harness.explain(first)
            // Not even whether there is one.
            for (religion, donations) in [("sith", Int64(0)), (nil, 1)] {
                var other = inputs(religion, donations)
                other.forced = forced
                let (otherAnswer, otherExplanation) = try harness.explain(other)
                #expect("\(otherAnswer)" == "\(answer)" && "\(otherExplanation)" == "\(explanation)")
            }
            #expect(answer.unreadPurposes == ["belief"])
        }
    }

    @Test("W2: an explanation says only that the purpose decides, and where")
    func purposes() throws {
        let (_, explanation) = try Harness(Self.yaml).explain(inputs("jedi", 9))
        let misses = explanation.nearestMisses.filter { $0.answer.isEmpty }
        #expect(misses.map(\.of) == ["icp", "placements.hero"])
        #expect(misses.allSatisfy { $0.changes.map(\.path) == ["consent.belief"] && $0.changes[0].value == nil })
        // Nothing else is tried on what is withheld.
        let tried = explanation.nearestMisses.flatMap(\.changes).map(\.path)
        #expect(!tried.contains("visitor.religion") && !tried.contains("events.donation.count"))
    }

    @Test("W3: a rule test can deny what is granted by default")
    func ruleTests() throws {
        let yaml = """
            attributes: {visitor: {age: {type: int, purpose: personal}}}
            placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
            campaigns: {old: {when: visitor.age > 60, pages: {hero: {a: {fields: {text: Old}}}}}}
            policies: {consent: {personal: {covers: [], default: granted}, other: {covers: []}}}
            tests:
              - {name: default, consent: [other], visitor: {age: 70}, expect: {placements: {hero: {campaign: old}}}}
              - {name: denied, denied: [personal], visitor: {age: 70}, expect: {placements: {hero: {campaign: none}}}}
              - {name: both, consent: [personal], denied: [personal], visitor: {age: 70}, expect: {placements: {hero: {campaign: none}}}}
            """
        let harness = try Harness(yaml)
        let failures = RuleTestRunner.run(harness.ruleSet, table: harness.table)
        #expect(failures.map { "\($0.test): \($0.actual)" } == [])
    }

    @Test("W52: what exposures need is what covers events, unless the rules declare another basis")
    func exposures() throws {
        func needs(_ basis: String) throws -> [String] {
            let harness = try Harness(
                """
                events: {visit: {}}
                policies: {consent: {measurement: {covers: [events]}, other: {covers: [visitor]}}\(basis)}
                """)
            return harness.table.members(of: harness.table.exposurePurposes).map {
                harness.table.purposeNames[Int($0.purpose.rawValue)]
            }
        }
        #expect(try needs("") == ["measurement"] && needs(", exposure_basis: legitimate_interests") == [])
    }
}
