import Model
import Ruleset
import Testing

@Suite("W20, W31: a text is what it looks like, wherever it stands")
struct OneTextTests {
    private func answer(_ condition: String, name: String? = nil, url: String? = nil, lists: String = "a") throws
        -> Truth?
    {
        let harness = try Harness(
            """
            attributes:
              visitor:
                name: {type: string}
                city: {type: string, values: ["Zu\u{308}rich", Bern]}
                tags: {type: strings}
            lists:
              inline: {values: ["Zu\\u0308rich", "\u{212b}"]}
              file: {file: members.txt}
            placements: {slot: {kind: page, fields: {text: {}}}}
            grades:
              fit: {a: 0}
              engagement: {1: 0}
              mql: >-
                \(condition)
            """, lists: ["members.txt": lists])
        var inputs = Harness.Inputs()
        if let name { inputs.visitor = ["name": .string(name), "tags": .strings([name]), "city": .string("Zürich")] }
        inputs.url = url
        return try harness.decide(inputs).isMQL
    }

    @Test(
        "W20: rules, lists and allowed values are compared in one form",
        arguments: [
            "in_list('inline', visitor.name)", "in_list('file', visitor.name)", "visitor.name == 'Zu\u{308}rich'",
            #"visitor.name == 'Zu\u0308rich'"#, #"visitor.name in ['Bern', 'Zu\u0308rich']"#,
            "'Zu\u{308}rich' in visitor.tags",
            "visitor.name.startsWith('Zu\u{308}')", "visitor.city == 'Zu\u{308}rich'",
            #"visitor.name.matches('^Zu\u0308')"#,
            "visitor.tags.exists(t, t == 'Zu\u{308}rich')", "size(visitor.name) == 6",
        ])
    func equal(_ condition: String) throws {
        #expect(
            try answer(condition, name: "Z\u{fc}rich", lists: "\u{feff}Zu\u{308}rich\nBern\n") == .yes, "\(condition)")
    }

    @Test("W20: what the address of a page escapes has the form too")
    func escaped() throws {
        let url = "https://x.example/?utm_term=Zu%CC%88rich&q=%E1%84%92%E1%85%A1%E1%86%AB"
        #expect(try answer("request.utm.term == 'Zürich' && request.query['q'] == '한'", url: url) == .yes)
        #expect(try answer("request.query.exists(k, request.query[k] == 'Zürich')", url: url) == .yes)
    }

    @Test("W24: a byte order mark before a list, or before rules, is no part of them")
    func mark() throws {
        #expect(try answer("in_list('file', visitor.name)", name: "first", lists: "\u{feff}first\nsecond\n") == .yes)
        let text = "\u{feff}segments: {all: \"visitor.name == 'x'\"}\nattributes: {visitor: {name: {type: string}}}\n"
        let result = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(text.utf8))])
        #expect(result.errorCount == 0)
        let wrong = "\u{feff}segment: {}\n"
        let found = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(wrong.utf8))]).diagnostics
        #expect(found.first?.position == SourcePosition(file: "rules.yaml", line: 1, column: 1))
    }

    @Test(
        "W31: *. stands for all subdomains",
        arguments: [
            ("mail.acme.example", true), ("a.b.acme.example", true), ("MAIL.Acme.Example", true),
            ("acme.example", false),
            ("notacme.example", false), (".acme.example", false), ("x@mail.acme.example", false),
            ("https://mail.acme.example", false),
            ("acme.example.org", false), ("", false), ("exact.example", true),
        ])
    func subdomains(value: String, isMember: Bool) throws {
        let lists = "*.acme.example\nexact.example\n"
        #expect(try answer("in_list('file', visitor.name)", name: value, lists: lists) == (isMember ? .yes : .no))
    }

    @Test(
        "W31: a domain beyond ASCII is the same one in both spellings, capitals or not",
        arguments: ["zürich.example", "xn--zrich-kva.example", "*.zürich.example", "*.XN--Zrich-kva.example"])
    func spellings(member: String) throws {
        let before = member.hasPrefix("*.") ? "www." : ""
        for name in ["zürich.example", "xn--zrich-kva.example"] + (before.isEmpty ? [] : ["Z\u{dc}RICH.example"]) {
            #expect(try answer("in_list('file', visitor.name)", name: before + name, lists: member) == .yes, "\(name)")
            #expect(
                try answer("in_list('file', request.host)", url: "https://\(before)\(name)/", lists: member) == .yes)
        }
        #expect(try answer("in_list('file', visitor.name)", name: before + "zurich.example", lists: member) == .no)
        #expect(try answer("in_list('file', visitor.name)", name: before + "xn--zrich.example", lists: member) == .no)
    }

    @Test(
        "W31: a host has one form: without the dot at its end, letters beyond ASCII as browsers send them",
        arguments: [
            "https://www.example.com./a", "https://WWW.example.com.:443/", "//www.example.com.",
            "https://www.example.com",
        ])
    func hosts(url: String) throws {
        #expect(try answer("request.host == 'www.example.com'", url: url) == .yes)
        let host = "request.host == 'xn--zrich-kva.example'"
        #expect(try answer(host, url: "https://Z\u{fc}rich.Example./") == .yes)
        #expect(try answer(host, url: "https://Zu\u{308}rich.example/") == .yes)
        #expect(try answer("has(request.host)", url: "https://./") == .no)
    }

    @Test("W46: what is no time zone makes the answer unknown, not Dhaka's")
    func zones() throws {
        for zone in ["BST", "GMT+3", "UTC+2", "PST", "Z", "", "nowhere"] {
            #expect(try answer("now.getHours(visitor.name) >= 0", name: zone) == .unknown, "\(zone)")
            #expect(throws: Harness.Failure.self) { try answer("now.getHours('\(zone)') >= 0") }
        }
        for zone in ["Europe/Kyiv", "+05:45", "UTC"] {
            #expect(try answer("now.getHours(visitor.name) >= 0", name: zone) == .yes, "\(zone)")
        }
    }
}
