import TestSupport
import Decisioning
import Foundation
import Model
import Ruleset
import Testing

@Suite("An explanation")
struct ExplanationTests {
    static let yaml = """
        attributes:
          visitor:
            role: {type: string, values: [cto, coo, other]}
            income: {type: double, unit: USD/year, purpose: personal, max_age: 90d}
            fond: {type: bool}
          account:
            employees: {type: int, unit: people}
            budget: {type: double, unit: USD}
            technologies: {type: strings}
          request:
            product: {type: string}
        events:
          demo: {points: 30}
          refund: {points: -20, max_points: -20}
        policies:
          consent:
            personal: {covers: [], default: denied}
        segments:
          firms: account.employees > 0
        engagement: {hot: 60, cold: 0}
        icps:
          mary:
            title: Marketing Mary
            of: account
            segment: firms
            product: ads
            owner: sales
            required: [account.employees >= 10]
            excluded: ['"rival" in account.technologies']
            criteria:
              - {when: account.budget > 1000000.0, points: 40, category: able}
              - {when: events.demo.count > 0, points: 30, category: ready, owner: marketing}
              - {when: visitor.fond, points: 30, category: advocacy, owner: support}
            tiers: {a: 70, b: 40}
        placements:
          hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
        campaigns:
          vip:
            priority: 20
            when: visitor.income > 200000.0
            pages:
              hero: {gold: {fields: {text: Gold}}}
          tech:
            priority: 10
            when: is_icp('mary')
            excluded: ["visitor.role == 'coo'"]
            pages:
              hero:
                for_cto: {when: visitor.role == 'cto', fields: {text: Quality}}
                for_all: {fields: {text: Growth}}
        """

    private func firm(_ employees: Int64, budget: Double?) -> Harness.Inputs {
        var inputs = Harness.Inputs()
        inputs.account = ["employees": .int(employees), "technologies": .strings(["crm"])]
        inputs.account["budget"] = budget.map { .double($0) }
        inputs.visitor = ["role": .string("cto")]
        inputs.granted = ["personal"]
        return inputs
    }

    private func harness() throws -> Harness { try Harness(Self.yaml) }

    @Test("names each criterion with its verdict, values, points, category and owner")
    func criteria() throws {
        let (answer, explanation) = try harness().explain(firm(50, budget: 2_000_000))
        let mary = try #require(explanation.icps.first)
        #expect(answer.icp?.name == "mary" && mary.matches == .yes && mary.fit == 40 && mary.tier == "b")
        #expect(mary.required.map(\.verdict) == [.yes] && mary.excluded.map(\.verdict) == [.no])
        #expect(mary.criteria.map(\.check.verdict) == [.yes, .no, .lacksData])
        #expect(mary.criteria.map(\.points) == [40, 30, 30])
        #expect(mary.criteria.map(\.category) == ["able", "ready", "advocacy"])
        #expect(
            mary.criteria[0].check.inputs
                == [.init(path: "account.budget", state: .known, value: .double(2_000_000), unit: "USD")])
        #expect(mary.criteria[0].check.condition == "account.budget > 1000000.0")
        #expect(mary.criteria[0].check.file == "rules.yaml" && mary.criteria[0].check.line == 31)
        #expect(mary.fitPossible == 70)
    }

    @Test("R6: what makes the best customers raises the score, each with its points")
    func advocacy() throws {
        var inputs = firm(50, budget: 2_000_000)
        inputs.visitor["fond"] = .bool(true)
        let (answer, explanation) = try harness().explain(inputs)
        #expect(answer.icp?.fit == 70)
        #expect(explanation.icps[0].criteria.filter { $0.check.verdict == .yes }.map(\.points) == [40, 30])
    }

    @Test("R7: the verdict of each team that owns criteria is told apart")
    func owners() throws {
        let explanation = try harness().explain(firm(50, budget: 2_000_000)).explanation
        #expect(
            explanation.icps[0].owners == [
                .init(owner: "sales", points: 40, pointsPossible: 40),
                .init(owner: "marketing", points: 0, pointsPossible: 30),
                .init(owner: "support", points: 0, pointsPossible: 30),
            ])
    }

    @Test("R20: a value that is too old counts as unknown, and is called stale")
    func stale() throws {
        var inputs = firm(50, budget: 2_000_000)
        inputs.withheld = ["visitor.income": .stale]
        let (answer, explanation) = try harness().explain(inputs)
        #expect(answer["hero"]?.lackedData == true)
        #expect(explanation.lacking.contains(.init(path: "visitor.income", state: .stale, unit: "USD/year")))
        #expect(explanation.placements[0].candidates[0].fate == .unknown)
    }

    @Test("R25: what is missing is listed, and what would flip the decision")
    func missing() throws {
        let (answer, explanation) = try harness().explain(firm(50, budget: nil))
        #expect(answer.icp == nil && explanation.icps[0].matches == .lacksData)
        #expect(
            explanation.lacking.map(\.path) == ["account.budget", "visitor.fond", "visitor.income"])
        let miss = try #require(explanation.nearestMisses.first { $0.of == "icp" })
        #expect(miss.answer == "mary")
        #expect(miss.changes.map(\.path) == ["account.budget"])
        #expect(miss.changes[0].value == .double(1_000_001) && miss.changes[0].now.state == .missing)
    }

    @Test("R31: engagement is itemised by event")
    func engagement() throws {
        var inputs = firm(50, budget: nil)
        inputs.events = ["demo": (4, nil, nil), "refund": (3, nil, nil)]
        let (answer, explanation) = try harness().explain(inputs)
        #expect(answer.engagement == 100)
        #expect(
            explanation.events == [
                .init(event: "demo", count: 4, points: 120, state: .known),
                .init(event: "refund", count: 3, points: -20, state: .known),
            ])
    }

    @Test("R80: a value without consent is named as such, and consent among what would change the answer")
    func consent() throws {
        var inputs = firm(50, budget: 2_000_000)
        inputs.granted = []
        inputs.visitor["income"] = .double(300_000)
        let (answer, explanation) = try harness().explain(inputs)
        #expect(answer["hero"]?.lackedConsent == true)
        #expect(
            explanation.lacking.contains(.init(path: "visitor.income", state: .withoutConsent, unit: "USD/year")))
        let miss = try #require(
            explanation.nearestMisses.first { $0.of == "placements.hero" && $0.answer.isEmpty })
        // What it would be would tell the income.
        #expect(miss.answer.isEmpty && miss.changes.map(\.path) == ["consent.personal"])
    }

    @Test("tells the fate of each campaign and variant in the order in which they are asked")
    func candidates() throws {
        var inputs = firm(50, budget: 2_000_000)
        inputs.visitor["income"] = .double(10)
        var candidates = try harness().explain(inputs).explanation.placements[0].candidates
        #expect(candidates.map(\.campaign) == ["vip", "tech"] && candidates.map(\.fate) == [.notEligible, .chosen])
        #expect(candidates[1].variants.map(\.fate) == [.chosen, .outranked])
        #expect(candidates[1].fit == 40)
        inputs.visitor["role"] = .string("coo")
        candidates = try harness().explain(inputs).explanation.placements[0].candidates
        #expect(candidates.map(\.fate) == [.notEligible, .excluded])
        #expect(candidates[1].exclusions.map(\.verdict) == [.yes])
    }

    @Test("A profile for another product or segment is not asked, and says why")
    func notFor() throws {
        var inputs = firm(50, budget: 2_000_000)
        inputs.request = ["product": .string("crm")]
        let other = try harness().explain(inputs).explanation.icps[0]
        #expect(other.notFor == "the request is not about the product ads" && other.matches == .no)
        let outside = try harness().explain(firm(0, budget: 2_000_000)).explanation.icps[0]
        #expect(outside.notFor == "the visitor is not in the segment firms")
    }

    @Test("Two changes are found when no single one flips the decision, and then the decision does flip")
    func twoChanges() throws {
        let harness = try harness()
        var inputs = firm(5, budget: 10)
        inputs.visitor["fond"] = .bool(false)
        let explanation = try harness.explain(inputs).explanation
        let miss = try #require(explanation.nearestMisses.first { $0.of == "icp" })
        #expect(miss.changes.count == 2)
        for change in miss.changes {
            let parts = change.path.split(separator: ".").map(String.init)
            if parts[0] == "account" { inputs.account[parts[1]] = change.value }
            if parts[0] == "visitor" { inputs.visitor[parts[1]] = change.value }
        }
        #expect(try harness.decide(inputs).icp?.name == "mary")
    }

    @Test("The decision explained is the one that Decide makes, whatever is asked before and after", arguments: 0..<60)
    func agreement(seed: Int) throws {
        let example = try Harness(try RuleFolder.read(ExampleRulesTests.folder.path()))
        var generator = SeededGenerator(seed: UInt64(seed))
        var inputs = Harness.Inputs()
        inputs.url =
            ["https://a.example/?utm_source=google&utm_medium=cpc&utm_campaign=demo_q4", nil]
            .randomElement(using: &generator) ?? nil
        inputs.granted = Bool.random(using: &generator) ? ["personalisation"] : []
        for attribute in example.ruleSet.attributes where Int.random(in: 0..<3, using: &generator) > 0 {
            let value: AttributeValue =
                switch attribute.type {
                case .bool: .bool(.random(using: &generator))
                case .int: .int([0, 5, 9, 10, 50, 1000, 1001].randomElement(using: &generator) ?? 0)
                case .double: .double([0, 0.3, 100_000, 2_000_000].randomElement(using: &generator) ?? 0)
                case .string:
                    .string((attribute.values + ["software", "marketing"]).randomElement(using: &generator) ?? "")
                case .strings: .strings(["crm"])
                case .timestamp: .timestamp(try timestamp("2026-12-01T00:00:00Z"))
                }
            switch attribute.entity {
            case .visitor: inputs.visitor[attribute.name] = value
            case .account: inputs.account[attribute.name] = value
            case .request: inputs.request[attribute.name] = value
            }
        }
        let before = try example.decide(inputs)
        let (answer, explanation) = try example.explain(inputs)
        #expect(answer == before)
        #expect(try example.decide(inputs) == before)
        for (placement, explained) in zip(answer.placements, explanation.placements) where placement.reason == .campaign
        {
            let chosen = explained.candidates.filter { $0.fate == .chosen }
            #expect(chosen.map(\.campaign) == [placement.campaign])
            #expect(chosen.flatMap(\.variants).filter { $0.fate == .chosen }.map(\.variant) == [placement.variant])
        }
        // What is reported matches, unless something unknown stands against it; what matches for certain is reported, or what fits
        // better.
        let (possible, certain) = (
            explanation.icps.filter { $0.matches != .no }, explanation.icps.filter { $0.matches == .yes }
        )
        #expect(answer.icp.map { icp in possible.contains { $0.name == icp.name } } ?? certain.isEmpty)
        try checkMisses(explanation, inputs, before, example)
    }

    /// Decides with the changes of each miss, given as any caller would give them.
    private func checkMisses(
        _ explanation: Explanation, _ inputs: Harness.Inputs, _ before: Answer, _ example: Harness
    ) throws {
        for miss in explanation.nearestMisses {
            guard !miss.answer.isEmpty else {
                #expect(miss.changes.allSatisfy { $0.path.hasPrefix("consent.") && $0.value == nil })
                continue
            }
            var changed = inputs
            for change in miss.changes {
                let parts = change.path.split(separator: ".").map(String.init)
                switch parts[0] {
                case "visitor": changed.visitor[parts[1]] = change.value
                case "account": changed.account[parts[1]] = change.value
                case "events":
                    guard case .int(let count)? = change.value else { continue }
                    changed.events[parts[1]] = (count, changed.now, nil)
                default:
                    // Values of the URL have no setter of their own.
                    guard example.ruleSet.attributes.contains(where: { $0.name == parts[1] }) else { return }
                    changed.request[parts[1]] = change.value
                }
            }
            let after = try example.decide(changed)
            switch miss.of {
            case "icp": #expect((after.icp?.name ?? "none") == miss.answer && after.icp?.name != before.icp?.name)
            case "mql": #expect(after.isMQL != before.isMQL)
            default:
                let name = try #require(miss.of.split(separator: ".").last.map(String.init))
                let placement = try #require(after[name])
                let shown = placement.variant.isEmpty ? "default" : "\(placement.campaign)/\(placement.variant)"
                #expect(shown == miss.answer, "\(miss)")
            }
        }
    }
}
