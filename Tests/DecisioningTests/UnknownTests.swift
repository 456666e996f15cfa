import Decisioning
import Foundation
import Model
import Ruleset
import Testing

@Suite("What unknown, no and blocked mean")
struct UnknownTests {
    private static let head = """
        attributes:
          visitor: {mood: {type: string}, level: {type: int}, x: {type: int}}
          account: {industry: {type: string}, size: {type: int}, contracts: {type: strings}, country: {type: string}}
          request: {product: {type: string}}
        placements:
          hero: {kind: page, fields: {text: {max_length: 40}, button: {max_length: 40}}, default: {text: default}}
        segments:
          hotels: account.industry == "hospitality"

        """

    private func decide(_ rules: String, _ change: (inout Harness.Inputs) -> Void = { _ in }) throws -> Answer {
        var inputs = Harness.Inputs()
        change(&inputs)
        return try Harness(Self.head + rules).decide(inputs)
    }

    private func explain(
        _ rules: String, _ change: (inout Harness.Inputs) -> Void = { _ in }
    ) throws -> (answer: Answer, explanation: Explanation) {
        var inputs = Harness.Inputs()
        change(&inputs)
        return try Harness(Self.head + rules).explain(inputs)
    }

    // MARK: W4

    private static let hugo = """
        icps:
          hugo:
            segment: hotels
            product: rooms
            excluded: ['"rival" in account.contracts']
            criteria: [{when: visitor.x == 1, points: 1, category: able}]
            tiers: {a: 100}
        personas: {hal: {icp: hugo, when: visitor.x == 1}}
        campaigns: {tour: {when: is_icp('hugo'), pages: {hero: {tour: {fields: {text: Tour}}}}}}
        grades: {fit: {a: 0}, engagement: {1: 0}, mql: is_icp('hugo')}

        """

    @Test("W4: an unknown segment is no match, and what is missing is said")
    func unknownSegment() throws {
        let (answer, explanation) = try explain(Self.hugo) { $0.visitor["x"] = .int(1) }
        #expect(answer.icp == nil)
        #expect(answer.isMQL == .unknown)
        #expect(answer.persona == nil)
        #expect(answer["hero"]?.reason == .default)
        let hugo = try #require(explanation.icps.first)
        #expect(hugo.matches == .lacksData)
        #expect(hugo.fit == 100)
        #expect(hugo.required.map(\.condition) == ["account.industry == \"hospitality\""])
        #expect(hugo.required.first?.verdict == .lacksData)
        #expect(explanation.lacking.map(\.path).contains("account.industry"))
    }

    @Test("W4: with the segment known the match is, either way")
    func knownSegment() throws {
        let hotel = try decide(Self.hugo) {
            $0.visitor["x"] = .int(1)
            $0.account["contracts"] = .strings([])
            $0.account["industry"] = .string("hospitality")
        }
        #expect(hotel.icp?.name == "hugo" && hotel.isMQL == .yes && hotel.persona == "hal")
        #expect(hotel["hero"]?.campaign == "tour")
        let bank = try decide(Self.hugo) {
            $0.visitor["x"] = .int(1)
            $0.account["industry"] = .string("finance")
        }
        #expect(bank.icp == nil && bank.isMQL == .no && bank.persona == nil)
    }

    @Test("W4: what is unknown and would decide leaves it unknown, whether it would speak for it or against it")
    func unknownCriteria() throws {
        let unknown = try decide(Self.hugo) { $0.account["industry"] = .string("hospitality") }
        #expect(unknown.icp == nil && unknown.isMQL == .unknown)
        func match(_ change: (inout Harness.Inputs) -> Void) throws -> Truth? {
            try decide(Self.hugo) {
                $0.visitor["x"] = .int(1)
                $0.account["industry"] = .string("hospitality")
                change(&$0)
            }.isMQL
        }
        #expect(try match { _ in } == .unknown)
        #expect(try match { $0.account["contracts"] = .strings(["rival"]) } == .no)
        #expect(try match { $0.account["contracts"] = .strings(["other"]) } == .yes)
        // The answer reports whom nothing is known against.
        let reported = try decide(Self.hugo) {
            $0.visitor["x"] = .int(1)
            $0.account["industry"] = .string("hospitality")
        }
        #expect(reported.icp?.name == "hugo" && reported.persona == "hal" && reported["hero"]?.reason == .default)
        #expect(reported["hero"]?.lackedData == true)
        // A request that names no product asks about all.
        for (product, expected) in [("rooms", Truth.yes), ("beds", .no)] {
            let truth = try match {
                $0.request["product"] = .string(product)
                $0.account["contracts"] = .strings([])
            }
            #expect(truth == expected)
        }
    }

    // MARK: W5

    private static func sam(_ keys: String = "", excluded: String = "[]") -> String {
        """
        icps:
          mary:
            segment: hotels
            criteria: [{when: account.size >= 1, points: 10, category: able}]
            tiers: {a: 50}
          sam:
            negative: true
            segment: hotels
            \(keys)
            required: [account.size < 10]
            excluded: \(excluded)
            criteria: [{when: account.size == 1, points: 10, category: able}]
            tiers: {a: 0}
        personas: {ann: {icp: mary, when: visitor.x == 1}}
        engagement: {cold: 0}
        grades: {fit: {a: 0}, engagement: {1: 0}, mql: is_icp('mary')}
        campaigns: {demo: {when: is_icp('mary'), pages: {hero: {demo: {fields: {text: Demo}}}}}}
        routes: {leads: [{to: sales, when: is_icp('mary')}, {to: self_serve}]}

        """
    }

    private func sized(_ size: Int64?, _ change: (inout Harness.Inputs) -> Void = { _ in }) -> Harness.Inputs {
        var inputs = Harness.Inputs()
        inputs.account["industry"] = .string("hospitality")
        inputs.visitor["x"] = .int(1)
        inputs.account["size"] = size.map { .int($0) }
        inputs.routes = ["leads"]
        change(&inputs)
        return inputs
    }

    @Test("W5: a negative profile that matches vetoes the positive ones everywhere")
    func veto() throws {
        let harness = try Harness(Self.head + Self.sam())
        let (small, explanation) = try harness.explain(sized(5))
        #expect(small.icp?.name == "sam" && small.icp?.isNegative == true)
        #expect(small.isMQL == .no && small.persona == nil && small.grade == "")
        #expect(small["hero"]?.reason == .default)
        #expect(small.routes == ["leads": "self_serve"])
        #expect(explanation.icps.map(\.vetoedBy) == ["sam", ""])
        #expect(explanation.icps.map(\.matches) == [.no, .yes])
        let large = try harness.decide(sized(10))
        #expect(large.icp?.name == "mary" && large.isMQL == .yes && large.persona == "ann" && large.grade == "A1")
        #expect(large["hero"]?.campaign == "demo" && large.routes == ["leads": "sales"])
    }

    @Test("W5: `veto: false` lets both match: the one that fits better is reported, ties by name")
    func noVeto() throws {
        let harness = try Harness(Self.head + Self.sam("veto: false"))
        let better = try harness.decide(sized(5))
        #expect(better.icp?.name == "mary" && better.isMQL == .yes && better["hero"]?.campaign == "demo")
        #expect(try harness.decide(sized(1)).icp?.name == "mary")
        #expect(try harness.explain(sized(5)).explanation.icps.map(\.vetoedBy) == ["", ""])
    }

    @Test("W5: while it is unknown whether a negative profile vetoes, it is unknown whether another matches")
    func unknownVeto() throws {
        let rules = Self.sam().replacing("required: [account.size < 10]", with: "required: [visitor.level < 3]")
        let harness = try Harness(Self.head + rules)
        let unknown = try harness.decide(sized(20))
        #expect(unknown.isMQL == .unknown && unknown.icp?.name == "mary" && unknown["hero"]?.reason == .default)
        #expect(try harness.decide(sized(20) { $0.visitor["level"] = .int(2) }).isMQL == .no)
        #expect(try harness.decide(sized(20) { $0.visitor["level"] = .int(3) }).isMQL == .yes)
    }

    @Test("W5: a negative profile that asks for one that it vetoes is a circle; `veto: false` and `fit` are none")
    func cycle() throws {
        #expect {
            _ = try Harness(Self.head + Self.sam(excluded: "[is_icp('mary')]"))
        } throws: { error in
            "\(error)".contains("icps.mary → icps.sam → icps.mary") && "\(error)".contains("veto: false")
        }
        let apart = try Harness(Self.head + Self.sam("veto: false", excluded: "[is_icp('mary')]"))
        #expect(try apart.decide(sized(5)).icp?.name == "mary")
        let byFit = try Harness(Self.head + Self.sam(excluded: "[\"fit('mary') >= 100.0\"]"))
        #expect(try byFit.decide(sized(5)).icp?.name == "mary")
    }

    // MARK: W6

    private static func blocked(_ key: String) -> String {
        """
        policies: {blocked: [{when: account.country == "KP", because: law\(key)}]}
        campaigns: {all: {pages: {hero: {all: {fields: {text: All}}}}}}
        routes: {leads: [{to: sales}]}
        experiments: {words: {placement: hero, arms: {a: {weight: 1, fields: {text: Arm}}}}}

        """
    }

    @Test(
        "W6: a block closes placements, routes and arms; what unknown means is for each block to say",
        arguments: [
            ("", "KP", true), ("", "US", false), ("", nil, false), (", if_unknown: allow", nil, false),
            (", if_unknown: block", nil, true), (", if_unknown: block", "US", false),
            (", if_unknown: block", "KP", true),
        ] as [(String, String?, Bool)])
    func block(_ key: String, _ country: String?, _ isBlocked: Bool) throws {
        var inputs = Harness.Inputs()
        (inputs.visitorID, inputs.routes) = ("v", ["leads"])
        inputs.account["country"] = country.map { .string($0) }
        let (answer, explanation) = try Harness(Self.head + Self.blocked(key)).explain(inputs)
        #expect((answer["hero"]?.reason == .blocked) == isBlocked)
        #expect(answer["hero"]?.because == (isBlocked ? "law" : ""))
        #expect(answer["hero"]?.lackedData == (isBlocked && country == nil))
        #expect(answer["hero"]?.experiment == (isBlocked ? "" : "words"))
        #expect(answer.assignments.isEmpty == isBlocked)
        #expect(answer.routes == ["leads": isBlocked ? "" : "sales"])
        #expect(explanation.blocks.map(\.applies) == [isBlocked])
        if country == "KP" { #expect(explanation.nearestMisses.contains { $0.of == "placements.hero" }) }
    }

    // MARK: W10

    @Test("W10: a stranger who clicks an ad of the shipped rules, or of those to begin with, gets its page")
    func stranger() throws {
        for (files, url, placement, variant) in [
            (
                try RuleFolder.read(Self.shipped),
                "https://www.kaffa.example/l?utm_source=google&utm_medium=cpc&utm_campaign=office_trial&utm_content=trial_speed",
                "landing_hero", "hero_speed"
            ),
            (
                StarterSet.files,
                "https://www.example.com/?utm_source=google&utm_medium=cpc&utm_campaign=demo&utm_content=price", "hero",
                "hero_price"
            ),
        ] {
            var inputs = Harness.Inputs()
            inputs.url = url
            let page = try #require(try Harness(files).decide(inputs)[placement])
            #expect(page.variant == variant && page.reason == .promise)
        }
    }

    private static let shipped = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "config/rules").path()

    // MARK: W29

    @Test(
        "W29: an address, a country and a device have one form, or none",
        arguments: [
            (.ip, "192.0.2.7", "192.0.2.7"), (.ip, "::ffff:192.0.2.7", "192.0.2.7"),
            (.ip, "::FFFF:C000:0207", "192.0.2.7"), (.ip, "2001:0DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            (.ip, "::", "::"), (.ip, "::1", "::1"), (.ip, "1::", "1::"), (.ip, "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            (.ip, "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), (.ip, "1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            (.ip, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            (.ip, "192.0.2.7, 10.0.0.1", nil), (.ip, "garbage", nil), (.ip, "192.0.2.7:80", nil), (.ip, "[::1]", nil),
            (.ip, "fe80::1%eth0", nil), (.ip, " 192.0.2.7", nil), (.ip, "192.0.2.256", nil),
            (.country, "kp", "KP"), (.country, "Kp", "KP"), (.country, "KP", "KP"), (.country, "PRK", nil),
            (.country, "K", nil), (.country, "T1", nil), (.country, "é", nil), (.country, "@[", nil),
            (.device, "Mobile", "mobile"), (.device, "mobile", "mobile"),
        ] as [(PageForm.Field, String, String?)])
    func pageForm(_ field: PageForm.Field, _ text: String, _ normal: String?) {
        #expect(PageForm.normal(field, text) == normal)
    }

    @Test("W29: a rule test gives the page in the same form, and one that has none is refused where it stands")
    func formInTests() throws {
        let head = """
            placements: {hero: {kind: page, fields: {text: {max_length: 9}}, default: {text: no}}}
            campaigns:
              kp: {when: request.country == "KP" && request.ip == "192.0.2.7", pages: {hero: {v: {fields: {text: yes}}}}}

            """
        let good = try Harness(
            head
                + "tests: [{name: t, request: {country: kp, ip: \"::ffff:192.0.2.7\"}, expect: {placements: {hero: {campaign: kp}}}}]"
        )
        #expect(RuleTestRunner.run(good.ruleSet, table: good.table) == [])
        #expect {
            _ = try Harness(head + "tests: [{name: t, request: {ip: \"1.2.3.4, 5.6.7.8\"}, expect: {icp: none}}]")
        } throws: { "\($0)".contains("`1.2.3.4, 5.6.7.8` is not one IPv4 or IPv6 address") }
    }

    // MARK: W14

    private static let trials = """
        campaigns: {all: {pages: {hero: {all: {fields: {text: All, button: Go}}}}}}
        experiments:
          words: {placement: hero, arms: {a: {weight: 1}, b: {weight: 1, fields: {text: Word}}}}
          button: {placement: hero, arms: {a: {weight: 1}, b: {weight: 1, fields: {button: Press}}}}
          words_again: {placement: hero, arms: {b: {weight: 1, fields: {text: Other}}}}

        """

    @Test(
        "W14: experiments that change different fields of a placement all lie over it; of two for one field the first does"
    )
    func experiments() throws {
        let harness = try Harness(Self.head + Self.trials)
        var seen: Set<String> = []
        for number in 0..<64 {
            var inputs = Harness.Inputs()
            inputs.visitorID = "v\(number)"
            let answer = try harness.decide(inputs)
            let arms = Dictionary(uniqueKeysWithValues: answer.assignments.map { ($0.experiment, $0.arm) })
            let hero = try #require(answer["hero"])
            #expect(hero.experiment == "words" && hero.arm == arms["words"])
            #expect(hero.further == ["button": arms["button"]])
            #expect(hero.fields["text"] == (arms["words"] == "b" ? "Word" : "All"))
            #expect(hero.fields["button"] == (arms["button"] == "b" ? "Press" : "Go"))
            seen.insert("\(hero.arm)\(arms["button"] ?? "")")
        }
        #expect(seen == ["aa", "ab", "ba", "bb"])
    }

    @Test("W14: in a preview the forced arm comes first, the others stay where they change other fields")
    func forced() throws {
        var inputs = Harness.Inputs()
        (inputs.visitorID, inputs.forced) = ("v", .init(arms: ["words_again": "b"]))
        let hero = try #require(try Harness(Self.head + Self.trials).decide(inputs)["hero"])
        #expect(hero.experiment == "words_again" && hero.fields["text"] == "Other" && hero.reason == .forced)
        #expect(hero.further.keys.sorted() == ["button"])
    }

    // MARK: W26, W27

    private static func points(_ points: [String], tier: String) -> String {
        let attributes = ["visitor.x == 1", "visitor.level == 1", "account.size == 1"]
        let criteria = zip(attributes, points).map { "{when: \($0), points: \($1), category: able, owner: o}" }
        return """
            icps:
              ina: {segment: hotels, criteria: [\(criteria.joined(separator: ", "))], tiers: {a: \(tier)}}

            """
    }

    @Test(
        "W26: fit is exact: the first two criteria are true",
        arguments: [
            ([".2", ".7", ".3"], "75", true), ([".2", ".7", ".3"], "75.1", false), (["0.1", "0.2", "0.7"], "30", true),
            (["1.1", "2.2", "3.3"], "50", true), (["7", "7", "7"], "66.66666666666667", true),
            (["0.05", "0.1", "0.05"], "75", true), (["-.1", ".3", ".1"], "50", true),
            (["1e-9", "2e-9", "1e-9"], "75", true), (["1", "1", "1e30"], "0.1", false),
        ])
    func exactFit(_ points: [String], _ tier: String, _ matches: Bool) throws {
        let (answer, explanation) = try explain(Self.points(points, tier: tier)) {
            $0.account = ["industry": .string("hospitality"), "size": .int(2)]
            $0.visitor = ["x": .int(1), "level": .int(1)]
        }
        #expect((answer.icp?.tier == "a") == matches)
        if let icp = answer.icp { #expect(icp.subscores.reduce(0, +) == icp.fit) }
        if points == [".2", ".7", ".3"] {
            #expect(explanation.icps.first?.fit == 75)
            #expect(explanation.icps.first?.owners == [.init(owner: "o", points: 0.9, pointsPossible: 1.2)])
        }
    }

    @Test(
        "W27: engagement below 0 is the lowest level and grade",
        arguments: [
            ("{hot: 10, cold: 0}", "cold", "A2"), ("{hot: 10, cold: 0, angry: -100}", "angry", "A2"),
            ("{hot: 10, cold: 0, cross: -20}", "cross", "A2"), ("{hot: 10, warm: 5}", "", "A2"),
        ])
    func negativeEngagement(_ levels: String, _ level: String, _ grade: String) throws {
        let rules = """
            events: {complaint: {points: -30}}
            engagement: \(levels)
            icps: {ina: {segment: hotels, criteria: [{when: account.size == 1, points: 1, category: able}], tiers: {a: 0}}}
            grades: {fit: {a: 0}, engagement: {1: 10, 2: 0}}

            """
        let answer = try decide(rules) {
            $0.account["industry"] = .string("hospitality")
            $0.events["complaint"] = (count: 1, last: nil, score: nil)
        }
        #expect(answer.engagement == -30)
        #expect(answer.engagementLevel == level)
        #expect(answer.grade == grade)
    }
}
