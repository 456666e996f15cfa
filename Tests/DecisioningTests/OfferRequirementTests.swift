import Decisioning
import Foundation
import Model
import Ruleset
import Testing

/// Requirements of what is shown, each on the example rule set where that has it.
@Suite("What they see")
struct OfferRequirementTests {
    private func example() throws -> Harness { try AudienceRequirementTests.example() }

    private func mary() -> Harness.Inputs { AudienceRequirementTests.mary() }

    @Test("R5, R48, R50: the persona brings copy keys, and context and objection choose the words")
    func R5() throws {
        let example = try example()
        let (_, explanation) = try example.explain(mary())
        #expect(explanation.personas.map(\.applies) == [true, false])
        var inputs = mary()
        inputs.visitor["objection"] = .string("price")
        // The speed page comes first in the file; the click on the price ad brings the price page with the persona's argument.
        inputs.url =
            "https://www.example.com/l?utm_source=google&utm_medium=cpc&utm_campaign=demo_q4&utm_content=demo_price"
        #expect(try example.decide(inputs)["landing_hero"]?.fields["text"] == "From 100 USD a month")
        inputs.visitor["department"] = .string("it")
        inputs.visitor["seniority"] = .string("c_level")
        let boss = try example.decide(inputs)
        #expect(boss.persona == "carl" && boss.role == "decision_maker" || boss.persona == nil)
    }

    @Test("R40: one answer holds the ad, the page and the text of every slot")
    func R40() throws {
        let answer = try example().decide(mary())
        #expect(answer.placements.map(\.name) == ["search_ad", "landing_hero", "side_offer"])
        #expect(
            answer["search_ad"]?.page == "landing_speed" && answer["landing_hero"]?.fields["button"] == "Book a demo")
    }

    @Test("R41: a click's UTM values bring the page that keeps the ad's promise; a broken promise is refused")
    func R41() throws {
        var inputs = mary()
        let click = "https://www.example.com/l?utm_source=google&utm_medium=cpc&utm_campaign=demo_q4&utm_content="
        inputs.url = click + "demo_price"
        #expect(try example().decide(inputs)["landing_hero"]?.variant == "landing_price")
        inputs.url = click + "unknown"
        #expect(try example().decide(inputs)["landing_hero"]?.reason == .campaign)
        let files = try RuleFolder.read(ExampleRulesTests.folder.path()).map { file in
            var text = String(decoding: file.content, as: UTF8.self)
            if let range = text.range(of: "landing_price:\n          promise: price") {
                text.replaceSubrange(range, with: "landing_price:\n          promise: speed")
            }
            return RuleFile(path: file.path, content: Array(text.utf8))
        }
        #expect(RuleSetLoader.load(files).diagnostics.contains { $0.code == "broken-promise" })
    }

    @Test("R42: fallback goes from creative to campaign to the placement's default")
    func R42() throws {
        let harness = try Harness(
            """
            attributes: {visitor: {age: {type: int}}}
            placements: {hero: {kind: page, fields: {text: {}}, default: {text: default}}}
            campaigns:
              first: {priority: 2, when: visitor.age > 10, pages: {hero: {old: {when: visitor.age > 60, fields: {text: old}}}}}
              second: {priority: 1, when: visitor.age > 30, pages: {hero: {any: {fields: {text: any}}}}}
            """)
        for (age, text, reason) in [
            (70, "old", .campaign), (40, "any", .campaign), (20, "default", .noVariant), (5, "default", .default),
        ]
            as [(Int64, String, DecisionReason)]
        {
            var inputs = Harness.Inputs()
            inputs.visitor = ["age": .int(age)]
            let hero = try #require(try harness.decide(inputs)["hero"])
            #expect(hero.fields["text"] == text && hero.reason == reason, "\(age)")
        }
    }

    @Test("R43: a missing value takes the fallback, markup in a value is escaped, and length is cut")
    func R43() throws {
        let harness = try Harness(
            """
            attributes: {visitor: {name: {type: string}}}
            placements: {hero: {kind: page, fields: {text: {type: html, max_length: 12}}}}
            campaigns: {all: {pages: {hero: {one: {fields: {text: 'Hi {{ visitor.name | default: "you" }}'}}}}}}
            """)
        var inputs = Harness.Inputs()
        #expect(try harness.decide(inputs)["hero"]?.fields["text"] == "Hi you")
        inputs.visitor = ["name": .string("<b>")]
        #expect(try harness.decide(inputs)["hero"]?.fields["text"] == "Hi &lt;b&gt;")
        inputs.visitor = ["name": .string("Maximiliane-Sophie")]
        #expect(try harness.decide(inputs)["hero"]?.fields["text"]?.count == 12)
    }

    @Test("R44: priorities rank everything, ties go by fit and then by name, always alike")
    func R44() throws {
        let harness = try Harness(
            """
            placements: {hero: {kind: page, fields: {text: {}}}}
            campaigns:
              b: {priority: 5, pages: {hero: {one: {fields: {text: b}}}}}
              a: {priority: 5, pages: {hero: {one: {fields: {text: a}}}}}
              c: {priority: 1, pages: {hero: {one: {fields: {text: c}}}}}
            """)
        for _ in 0..<20 { #expect(try harness.decide()["hero"]?.campaign == "a") }
    }

    @Test("R46: outside the visitor's hours the page asks for an address, also across the change of clocks")
    func R46() throws {
        // Kyiv is three hours ahead in summer and two in winter; the clocks change on 25 October 2026.
        for (now, variant) in [
            ("2026-10-23T06:30:00Z", "landing_speed"), ("2026-10-26T06:30:00Z", "landing_speed_off_hours"),
            ("2026-10-26T07:30:00Z", "landing_speed"), ("2026-10-24T10:00:00Z", "landing_speed_off_hours"),
        ] {
            var inputs = mary()
            inputs.now = now
            #expect(try example().decide(inputs)["landing_hero"]?.variant == variant, "\(now)")
        }
    }

    @Test("R47: exclusions win: no credit for the wealthy, no warranty that was returned")
    func R47() throws {
        var inputs = mary()
        inputs.visitor["typology"] = .string("deal")
        inputs.visitor["income"] = .double(50_000)
        #expect(try example().decide(inputs)["side_offer"]?.variant == "instalments")
        inputs.visitor["income"] = .double(300_000)
        #expect(try example().decide(inputs)["side_offer"]?.reason == .excluded)
        inputs.visitor["warranty_ends"] = .timestamp(try timestamp("2026-12-01T00:00:00Z"))
        #expect(try example().decide(inputs)["side_offer"]?.variant == "extend")
        inputs.visitor["returned_products"] = .strings(["extended_warranty"])
        #expect(try example().decide(inputs)["side_offer"]?.reason == .excluded)
    }

    @Test("R49, R53: low awareness gets education, in the format that is preferred")
    func R49() throws {
        var inputs = mary()
        inputs.visitor["product_awareness"] = .string("low")
        inputs.visitor["preferred_format"] = .string("white_paper")
        let paper = try example().decide(inputs)
        #expect(paper.stage == "unaware" && paper["landing_hero"]?.variant == "white_paper")
        inputs.visitor["preferred_format"] = .string("video")
        #expect(try example().decide(inputs)["landing_hero"]?.variant == "video")
        inputs.visitor["product_awareness"] = .string("high")
        #expect(try example().decide(inputs)["landing_hero"]?.campaign == "demo_q4")
    }

    @Test("R51: a warranty that ends within thirty days brings its renewal, sooner and later nothing")
    func R51() throws {
        for (ends, variant) in [
            ("2026-11-20T09:59:59Z", ""), ("2026-11-20T10:00:01Z", "extend"), ("2026-12-20T09:59:59Z", "extend"),
            ("2026-12-20T10:00:00Z", ""),
        ] {
            var inputs = mary()
            inputs.visitor["warranty_ends"] = .timestamp(try timestamp(ends))
            #expect(try example().decide(inputs)["side_offer"]?.variant == variant, "\(ends)")
        }
    }

    @Test("R52: value and loyalty bring the VIP variant at their threshold")
    func R52() throws {
        let harness = try Harness(
            """
            attributes: {visitor: {lifetime_value: {type: double}, satisfaction: {type: double}}}
            placements: {hero: {kind: page, fields: {text: {}}, default: {text: everybody}}}
            campaigns:
              vip:
                when: visitor.lifetime_value >= 10000.0 && visitor.satisfaction >= 4.0
                pages: {hero: {gold: {fields: {text: gold}}}}
            """)
        for (value, satisfaction, text) in [
            (9_999.99, 5.0, "everybody"), (10_000, 4, "gold"), (10_000, 3.9, "everybody"),
        ] {
            var inputs = Harness.Inputs()
            inputs.visitor = ["lifetime_value": .double(value), "satisfaction": .double(satisfaction)]
            #expect(try harness.decide(inputs)["hero"]?.fields["text"] == text)
        }
    }
}
