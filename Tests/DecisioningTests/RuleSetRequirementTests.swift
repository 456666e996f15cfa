import Decisioning
import Model
import Ruleset
import Testing

/// Requirements of how profiles, personas and roles are written, each on a rule set of its own.
@Suite("How profiles are written")
struct RuleSetRequirementTests {
    private static let declared = """
        attributes:
          visitor: {age: {type: int}, duty: {type: string}, mood: {type: string}, likes: {type: string}}
          account: {employees: {type: int}, annual_revenue: {type: double}}
          request: {product: {type: string}}
        segments: {firms: account.employees > 0}

        """

    private func check(_ yaml: String, today: String = "2026-11-20") -> [Diagnostic] {
        let file = RuleFile(path: "rules.yaml", content: Array((Self.declared + yaml).utf8))
        return RuleCheck([file], today: today).diagnostics
    }

    private func icp(
        _ name: String, _ more: String = "", required: String = "account.annual_revenue > 1.0",
        criterion: String = "account.employees > 5"
    ) -> String {
        """
          \(name):
            segment: firms
            \(more)
            required: [\(required)]
            criteria: [{when: \(criterion), points: 1, category: able}]
            tiers: {a: 1}

        """
    }

    @Test("R13: a product has two to five profiles; one and six are said", arguments: 1...6)
    func R13(count: Int) {
        let icps = (0..<count).map { icp("icp_\($0)", "product: tent") }.joined()
        let found = check("icps:\n" + icps).filter { $0.code == "icp-count" }
        #expect(found.isEmpty == (2...5).contains(count), "\(found)")
        #expect(found.allSatisfy { $0.message.contains("tent") && $0.severity == .warning })
    }

    @Test("R14: a profile of companies without revenue or budget is refused, one of people is not")
    func R14() {
        let code = "icp-without-revenue"
        let poor = icp("one", required: "account.employees > 1")
        let found = check("icps:\n" + poor).filter { $0.code == code }
        #expect(found.map(\.severity) == [.error] && found.first?.message.contains("one") == true)
        #expect(!check("icps:\n" + icp("one")).contains { $0.code == code })
        let person = icp("one", "of: visitor", required: "visitor.age > 17", criterion: "visitor.age > 30")
        #expect(!check("icps:\n" + person).contains { $0.code == code })
    }

    @Test("R19: a persona stands under a profile that exists, and speaks only within it")
    func R19() throws {
        let orphan = check("icps:\n" + icp("one") + "personas: {ann: {icp: other, when: visitor.age > 1}}\n")
        #expect(orphan.contains { $0.severity == .error && $0.message.contains("other") })
        let harness = try Harness(
            Self.declared + "icps:\n" + icp("one") + "personas: {ann: {icp: one, when: visitor.mood == 'keen'}}\n")
        var inputs = Harness.Inputs()
        inputs.visitor = ["mood": .string("keen")]
        inputs.account = ["employees": .int(10), "annual_revenue": .double(2)]
        #expect(try harness.decide(inputs).persona == "ann")
        inputs.account["annual_revenue"] = .double(0)
        #expect(try harness.decide(inputs).persona == nil)
        let psychology = check("icps:\n" + icp("one", criterion: "visitor.mood == 'keen'"))
        #expect(psychology.contains { $0.code == "persona-attribute" && $0.message.contains("visitor.mood") })
    }

    @Test("R26: a profile is overdue from the day after its review date")
    func R26() {
        let rules = "icps:\n" + icp("one", "review_by: 2026-11-20")
        #expect(!check(rules, today: "2026-11-20").contains { $0.code == "overdue-review" })
        let found = check(rules, today: "2026-11-21").filter { $0.code == "overdue-review" }
        #expect(found.map(\.severity) == [.warning] && found.first?.position.line == 7)
    }

    @Test("R29: each visitor has the first role in the buying committee that holds, and none without data")
    func R29() throws {
        let harness = try Harness(
            Self.declared + """
                roles:
                  decision_maker: visitor.duty == 'owner'
                  blocker: visitor.duty == 'legal'
                  influencer: visitor.mood == 'keen'
                """)
        for (duty, mood, role) in [
            ("owner", "keen", "decision_maker"), ("legal", "keen", "blocker"), ("other", "keen", "influencer"),
            ("other", "calm", "none"),
        ] {
            var inputs = Harness.Inputs()
            inputs.visitor = ["duty": .string(duty), "mood": .string(mood)]
            #expect(try harness.decide(inputs).role == role)
        }
        #expect(try harness.decide().role == "none")
    }

    @Test("R48: the product context decides as whom the same person is spoken to")
    func R48() throws {
        let harness = try Harness(
            Self.declared + "icps:\n" + icp("one") + """
                personas:
                  parent: {icp: one, when: request.product == 'toys' && visitor.age > 20}
                  boss: {icp: one, when: request.product == 'software' && visitor.age > 20}
                """)
        var inputs = Harness.Inputs()
        inputs.visitor = ["age": .int(40)]
        inputs.account = ["employees": .int(10), "annual_revenue": .double(2)]
        for (product, persona) in [("toys", "parent"), ("software", "boss"), ("tents", nil)] as [(String, String?)] {
            inputs.request = ["product": .string(product)]
            #expect(try harness.decide(inputs).persona == persona)
        }
    }

    @Test("R50: the objection chooses the copy, and the role chooses the argument")
    func R50() throws {
        let harness = try Harness(
            Self.declared + """
                roles: {cto: visitor.duty == 'technology', coo: visitor.duty == 'operations'}
                placements: {hero: {kind: page, fields: {text: {}}, default: {text: Hello}}}
                campaigns:
                  sale:
                    pages:
                      hero:
                        price: {when: visitor.mood == 'too_dear', fields: {text: Pays for itself}}
                        quality: {when: role == 'cto', fields: {text: Fewer faults}}
                        speed: {when: role == 'coo', fields: {text: Twice as fast}}
                """)
        for (duty, mood, text) in [
            ("technology", "fine", "Fewer faults"), ("operations", "fine", "Twice as fast"),
            ("technology", "too_dear", "Pays for itself"), ("sales", "fine", "Hello"),
        ] {
            var inputs = Harness.Inputs()
            inputs.visitor = ["duty": .string(duty), "mood": .string(mood)]
            #expect(try harness.decide(inputs)["hero"]?.fields["text"] == text)
        }
    }

    @Test("R53: the preferred format chooses the content, and without one the overview is shown")
    func R53() throws {
        let harness = try Harness(
            Self.declared + """
                placements: {offer: {kind: page, fields: {text: {}}, default: {text: Blog}}}
                campaigns:
                  learn:
                    pages:
                      offer:
                        paper: {when: visitor.likes == 'white_paper', fields: {text: White paper}}
                        demo: {when: visitor.likes == 'live_demo', fields: {text: Live demo}}
                        other: {when: '!has(visitor.likes)', fields: {text: Overview}}
                """)
        for (likes, text) in [
            ("white_paper", "White paper"), ("live_demo", "Live demo"), ("podcast", "Blog"), (nil, "Overview"),
        ] as [(String?, String)] {
            var inputs = Harness.Inputs()
            if let likes { inputs.visitor = ["likes": .string(likes)] }
            #expect(try harness.decide(inputs)["offer"]?.fields["text"] == text)
        }
    }
}
