import Decisioning
import Foundation
import Model
import Ruleset
import Testing

/// Requirements of who fits, each on the example rule set where that has it. Others are named where they are tested.
@Suite("Who fits")
struct AudienceRequirementTests {
    static func example() throws -> Harness { try Harness(try RuleFolder.read(ExampleRulesTests.folder.path())) }

    /// A marketing manager of a software firm, as the example describes her.
    static func mary(employees: Int64 = 50) -> Harness.Inputs {
        var inputs = Harness.Inputs()
        inputs.granted = ["personalisation"]
        inputs.visitor = [
            "department": .string("marketing"), "seniority": .string("manager"), "need": .string("task"),
            "timezone": .string("Europe/Kyiv"), "product_awareness": .string("medium"), "hostility": .double(0),
        ]
        inputs.account = [
            "industry": .string("software"), "employees": .int(employees), "annual_revenue": .double(5_000_000),
            "marketing_team": .int(3), "technologies": .strings(["crm"]), "domain": .string("mary.example"),
        ]
        return inputs
    }

    private func diagnostics(_ yaml: String) -> [Diagnostic] {
        RuleCheck([RuleFile(path: "rules.yaml", content: Array(yaml.utf8))], today: "2026-11-20").diagnostics
    }

    @Test("R1: a criterion on an undeclared attribute is refused, with file, line and column")
    func R1() throws {
        let found = diagnostics(
            "attributes: {account: {employees: {type: int}}}\nsegments:\n  big: account.employes > 5\n")
        let first = try #require(found.first { $0.severity == .error })
        #expect((first.position.file, first.position.line, first.position.column) == ("rules.yaml", 3, 16))
        #expect(first.suggestion?.contains("account.employees") == true)
    }

    @Test("R2: people and companies are described in one rule set")
    func R2() throws {
        let harness = try Harness(
            """
            attributes:
              visitor: {age: {type: int}, income: {type: double}, children: {type: int}}
              account: {employees: {type: int}, annual_revenue: {type: double}, region: {type: string}}
            segments:
              parents: visitor.children > 0 && visitor.age >= 25
              firms: account.employees > 10 && account.region == 'EU'
            """)
        var inputs = Harness.Inputs()
        inputs.visitor = ["age": .int(31), "children": .int(2)]
        inputs.account = ["employees": .int(50), "region": .string("EU")]
        #expect(try harness.decide(inputs).segments == ["parents", "firms"])
    }

    @Test("R3: a partner is in the audience, and never the ideal customer")
    func R3() throws {
        var inputs = Harness.Inputs()
        inputs.account = ["industry": .string("agency")]
        let answer = try Self.example().decide(inputs)
        #expect(answer.segments == ["b2b_any", "partners"] && answer.icp == nil)
    }

    @Test("R4: a joint account and person profile fails if either half fails")
    func R4() throws {
        let example = try Self.example()
        var buyer = Self.mary()
        buyer.request = ["product": .string("ad_platform")]
        buyer.account["industry"] = .string("ecommerce")
        buyer.account["ad_budget"] = .double(1_000_001)
        buyer.account["catalogue_size"] = .int(5_000)
        #expect(try example.decide(buyer).icp?.name == "ecommerce_ad_buyer")
        var poor = buyer
        poor.account["ad_budget"] = .double(1_000_000)
        #expect(try example.decide(poor).icp == nil)
        var seller = buyer
        seller.visitor["department"] = .string("sales")
        #expect(try example.decide(seller).icp == nil)
    }

    @Test("R8: the seven subscores sum to the fit")
    func R8() throws {
        var inputs = Self.mary()
        inputs.account["growth"] = .double(0.3)
        inputs.account["referrals"] = .int(2)
        let icp = try #require(try Self.example().decide(inputs).icp)
        // able 45, success 10, acquisition 5, ascension 5, advocacy 5 of 100 points.
        #expect(icp.subscores == [0, 0, 45, 10, 5, 5, 5] && icp.subscores.reduce(0, +) == icp.fit)
    }

    @Test("R10: Startup Sam gets resources until a budget readmits him")
    func R10() throws {
        let example = try Self.example()
        var sam = Self.mary(employees: 4)
        sam.account["annual_revenue"] = .double(100_000)
        let kept = try example.decide(sam)
        #expect(kept.icp?.isNegative == true && kept["landing_hero"]?.variant == "resources")
        sam.account["annual_revenue"] = .double(2_000_000)
        sam.account["employees"] = .int(12)
        let admitted = try example.decide(sam)
        #expect(admitted.icp?.name == "mary_marketer" && admitted["landing_hero"]?.campaign == "demo_q4")
    }

    @Test(
        "R11: competing profiles part at their bounds",
        arguments: [(9, nil), (10, "mary_marketer"), (1000, "mary_marketer"), (1001, nil)] as [(Int64, String?)])
    func R11(employees: Int64, icp: String?) throws {
        #expect(try Self.example().decide(Self.mary(employees: employees)).icp?.name == icp)
    }

    @Test("R12: the product that a request is about selects the profile")
    func R12() throws {
        var inputs = Self.mary()
        inputs.request = ["product": .string("marketing_suite")]
        #expect(try Self.example().decide(inputs).icp?.name == "mary_marketer")
        inputs.request = ["product": .string("seo_suite")]
        #expect(try Self.example().decide(inputs).icp == nil)
    }

    @Test(
        "R12: the check says what a profile lacks, one universal profile among it",
        arguments: [
            ("icp-count", "{segment: s, required: [has(account.annual_revenue)], TAIL}"),
            ("icp-without-revenue", "{segment: s, required: [account.employees > 1], TAIL}"),
            ("persona-attribute", "{segment: s, required: [has(account.annual_revenue)], PERSON}"),
            ("overdue-review", "{segment: s, review_by: 2026-01-01, required: [has(account.annual_revenue)], TAIL}"),
            ("icp-without-segment", "{required: [has(account.annual_revenue)], TAIL}"),
        ])
    func lint(code: String, icp: String) {
        let tail = "criteria: [{when: account.employees > 5, points: 1, category: able}], tiers: {a: 1}"
        let person = "criteria: [{when: has(visitor.title), points: 1, category: able}], tiers: {a: 1}"
        let found = diagnostics(
            """
            attributes:
              visitor: {title: {type: string}}
              account: {employees: {type: int}, annual_revenue: {type: double}}
            segments: {s: account.employees > 0}
            icps: {one: \(icp.replacingOccurrences(of: "TAIL", with: tail).replacingOccurrences(of: "PERSON", with: person))}
            """)
        #expect(found.contains { $0.code == code }, "\(found.map(\.code))")
    }

    @Test("R22: what is sensitive is refused unless it is declared so, with a purpose")
    func R22() {
        let found = diagnostics(
            "attributes: {visitor: {religion: {type: string, sensitive: true}}}\nsegments: {s: visitor.religion == 'x'}\n"
        )
        #expect(found.contains { $0.code == "sensitive" && $0.severity == .error })
    }

    @Test("R28: profiles and personas follow one template: what others have and one lacks is said")
    func R28() throws {
        let files = try RuleFolder.read(ExampleRulesTests.folder.path()).map { file in
            let text = String(decoding: file.content, as: UTF8.self).replacingOccurrences(
                of: "    pains: [unmaintained tools]\n", with: "")
            return RuleFile(path: file.path, content: Array(text.utf8))
        }
        let found = RuleCheck(files, today: "2026-11-20").diagnostics.filter { $0.code == "missing-section" }
        #expect(found.contains { $0.message.contains("`carl` has no `pains`") })
    }

    @Test("R15: industry codes match by prefix")
    func R15() throws {
        var inputs = Harness.Inputs()
        inputs.account = ["sic": .string("7372")]
        #expect(try Self.example().decide(inputs).segments.contains("software"))
        inputs.account = ["sic": .string("1731")]
        #expect(try !Self.example().decide(inputs).segments.contains("software"))
    }

    @Test("R16: a region closed for legal reasons beats every priority")
    func R16() throws {
        var inputs = Self.mary()
        inputs.account["country"] = .string("KP")
        let answer = try Self.example().decide(inputs)
        #expect(answer.placements.allSatisfy { $0.reason == .blocked && $0.because.contains("legal") })
    }

    @Test("R17: an incompatible technology disqualifies, and the explanation says which")
    func R17() throws {
        var inputs = Self.mary()
        inputs.account["technologies"] = .strings(["crm", "legacy_suite"])
        let (answer, explanation) = try Self.example().explain(inputs)
        #expect(answer.icp == nil)
        let excluded = explanation.icps[0].excluded.filter { $0.verdict == .yes }
        #expect(excluded.map(\.condition) == ["\"legacy_suite\" in account.technologies"])
    }

    @Test("R18: a profile may be of the account or of who decides")
    func R18() throws {
        let harness = try Harness(
            """
            attributes: {visitor: {seniority: {type: string}}, account: {annual_revenue: {type: double}}}
            icps:
              boss:
                of: visitor
                criteria: [{when: visitor.seniority == 'owner', points: 10, category: able}]
                tiers: {a: 50}
            """)
        var inputs = Harness.Inputs()
        inputs.visitor = ["seniority": .string("owner")]
        #expect(try harness.decide(inputs).icp?.name == "boss")
    }

    @Test("R23: a list of 100,000 named accounts answers without history")
    func R23() throws {
        let domains = (0..<100_000).map { "company-\($0).example" }
        let harness = try Harness(
            """
            attributes: {account: {domain: {type: string}}}
            lists: {targets: {file: lists/targets.txt, of: account.domain}}
            segments: {targets: "in_list('targets', account.domain)"}
            """, lists: ["lists/targets.txt": domains.joined(separator: "\n")])
        for (domain, isTarget) in [
            ("company-0.example", true), ("company-99999.example", true), ("company-100000.example", false),
        ] {
            var inputs = Harness.Inputs()
            inputs.account = ["domain": .string(domain)]
            #expect(try harness.decide(inputs).segments.isEmpty != isTarget)
        }
    }

    @Test("R24: misfits are excluded, each for its reason")
    func R24() throws {
        let harness = try Harness(
            """
            attributes: {account: {industry: {type: string}, customers: {type: int}, annual_revenue: {type: double}}}
            icps:
              ideal:
                required: [has(account.annual_revenue)]
                excluded: [account.industry == 'plumbing', account.customers == 0]
                criteria: [{when: account.annual_revenue > 1.0, points: 10, category: able}]
                tiers: {a: 50}
            """)
        for (industry, customers, fits) in [("software", 5, true), ("plumbing", 5, false), ("software", 0, false)] {
            var inputs = Harness.Inputs()
            inputs.account = [
                "industry": .string(industry), "customers": .int(Int64(customers)), "annual_revenue": .double(5),
            ]
            #expect((try harness.decide(inputs).icp != nil) == fits)
        }
    }

    @Test("R27: every decision names the revision that made it")
    func R27() throws {
        let example = try Self.example()
        #expect(try example.decide().revision == example.ruleSet.revision.digest)
    }

    @Test("R30: fit and engagement make a grade, and a threshold a qualified lead")
    func R30() throws {
        var inputs = Self.mary()
        let example = try Self.example()
        #expect(try example.decide(inputs).grade == "B3" && example.decide(inputs).isMQL == .no)
        inputs.events = ["demo_signup": (1, inputs.now, nil), "pricing_view": (5, inputs.now, nil)]
        #expect(try example.decide(inputs).grade == "A1" && example.decide(inputs).isMQL == .yes)
    }

    @Test("R33: answers of interviews are attributes like any other")
    func R33() throws {
        let harness = try Harness(
            """
            attributes: {visitor: {biggest_worry: {type: string, description: free text of the interview}}}
            segments: {worried: "visitor.biggest_worry.contains('security')"}
            """)
        var inputs = Harness.Inputs()
        inputs.visitor = ["biggest_worry": .string("what security says")]
        #expect(try harness.decide(inputs).segments == ["worried"])
    }
}
