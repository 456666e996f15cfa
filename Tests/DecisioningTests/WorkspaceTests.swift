import TestSupport
import Decisioning
import Foundation
import Model
import Ruleset
import Testing

@Suite("A workspace")
struct WorkspaceTests {
    private func randomInputs(_ random: inout SeededGenerator) -> Harness.Inputs {
        var inputs = Harness.Inputs()
        func isGiven() -> Bool { Bool.random(using: &random) }
        if isGiven() { inputs.granted = ["personalisation"] }
        if isGiven() { inputs.denied = ["measurement"] }
        if isGiven() { inputs.visitor["department"] = .string("marketing") }
        if isGiven() { inputs.visitor["seniority"] = .string("manager") }
        if isGiven() { inputs.visitor["typology"] = .string("deal") }
        if isGiven() { inputs.visitor["timezone"] = .string("Europe/Kyiv") }
        if isGiven() { inputs.visitor["objection"] = .string("price") }
        if isGiven() { inputs.account["industry"] = .string("software") }
        if isGiven() { inputs.account["employees"] = .int(Int64.random(in: 1...2_000, using: &random)) }
        if isGiven() { inputs.account["annual_revenue"] = .double(5_000_000) }
        if isGiven() { inputs.account["marketing_team"] = .int(2) }
        if isGiven() { inputs.account["technologies"] = .strings(["crm"]) }
        if isGiven() { inputs.events["demo_signup"] = (1, "2026-11-19T10:00:00Z", nil) }
        if isGiven() { inputs.events["pricing_view"] = (3, nil, nil) }
        if isGiven() { inputs.url = "https://a.example/?utm_source=google&utm_term=x" }
        if isGiven() { inputs.ask = ["landing_hero"] }
        return inputs
    }

    @Test("gives after any other decision what a new one gives")
    func reuse() throws {
        var random = SeededGenerator(seed: 7)
        let files = try RuleFolder.read(ExampleRulesTests.folder.path())
        let used = try Harness(files)
        for _ in 0..<200 {
            let inputs = randomInputs(&random)
            let fresh = Harness(ruleSet: used.ruleSet, table: used.table)
            #expect(try used.decide(inputs) == fresh.decide(inputs))
        }
    }

    @Test("can change its table between decisions")
    func changeOfTable() throws {
        let one = try Harness("placements: {one: {kind: page, fields: {a: {max_length: 1}}}}")
        let two = try Harness("placements: {two: {kind: page, fields: {a: {max_length: 1}}}}")
        for _ in 0..<3 {
            one.workspace.begin(one.table, now: Timestamp(microseconds: 0))
            #expect(Answer(one.workspace.decide().pointee).placements.map(\.name) == ["one"])
            one.workspace.begin(two.table, now: Timestamp(microseconds: 0))
            #expect(Answer(one.workspace.decide().pointee).placements.map(\.name) == ["two"])
        }
    }

    @Test("takes any address without a crash, and answers in UTF-8")
    func hostileAddresses() throws {
        let harness = try Harness(
            """
            placements: {slot: {kind: page, fields: {text: {max_length: 30}}}}
            segments:
              a: request.host == "a" || request.path == "b" || request.query["c"] == "d"
              b: request.query.exists(k, k == "x")
            campaigns:
              run:
                priority: 1
                pages:
                  slot:
                    v:
                      fields:
                        text: "{{ request.utm.term | title }}{{ request.query.c | upper }}{{ request.host }}{{ request.path }}"
            """)
        var random = SeededGenerator(seed: 11)
        let alphabet = Array("a%+&=?#/:@[]1fFé\u{1}utm_term=%C3%A9%FF//:c".unicodeScalars)
        for _ in 0..<20_000 {
            var url = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<24, using: &random) { url.append(alphabet.randomElement(using: &random)!) }
            var inputs = Harness.Inputs()
            inputs.url = "?utm_term=" + String(url) + "&c=" + String(url)
            if Bool.random(using: &random) { inputs.url = String(url) }
            #expect(try harness.decide(inputs)["slot"]?.fields["text"] != "not UTF-8")
        }
    }

    @Test(
        "finds the parts of an address",
        arguments: [
            ("https://a.example/b/c?d=e#f", "a.example", "/b/c"), ("//A.example", "a.example", nil),
            ("/b?x=https://y", nil, "/b"), ("http://u:p@h.example:80", "h.example", nil),
            ("http://[::1]:80/x", "[::1]", "/x"), ("http://[::1", "[::1", nil), ("mailto:a", nil, "a"),
            ("?a", nil, nil),
            ("http://h?x", "h", nil), ("b:c/d", nil, "c/d"), ("a/b:c", nil, "a/b:c"),
        ] as [(String, String?, String?)])
    func parts(_ url: String, _ host: String?, _ path: String?) throws {
        let harness = try Harness(
            """
            placements: {slot: {kind: page, fields: {host: {max_length: 99}, path: {max_length: 99}}}}
            campaigns:
              run:
                priority: 1
                pages: {slot: {v: {fields: {host: "{{ request.host }}", path: "{{ request.path }}"}}}}
            """)
        var inputs = Harness.Inputs()
        inputs.url = url
        let fields = try harness.decide(inputs)["slot"]?.fields
        #expect(fields?["host"] == host ?? "")
        #expect(fields?["path"] == path ?? "")
    }
}
