import Foundation
import Model
import Testing

@Suite("Content")
struct ContentTests {
    /// The content of one field of each kind for a template.
    private func render(
        _ template: String, kind: String = "text", maximum: Int = 200,
        _ change: (inout Harness.Inputs) -> Void = { _ in }
    ) throws -> String? {
        var inputs = Harness.Inputs()
        change(&inputs)
        let quoted = "'" + template.replacing("'", with: "''") + "'"
        let rules = """
            attributes:
              visitor:
                name: {type: string}
                age: {type: int}
                share: {type: double}
                tags: {type: strings}
                member: {type: bool}
                since: {type: timestamp}
                secret: {type: string, purpose: ads}
              account: {a: {type: int}}
            segments: {all: "true"}
            icps:
              firm:
                title: A firm
                segment: all
                required: ["true"]
                criteria: [{when: "true", points: 1, category: able}]
                tiers: {a: 0}
            roles: {reader: "true"}
            personas:
              ann:
                title: Ann
                icp: firm
                when: visitor.age == 40
                objections: {price: "5 < 6"}
                outcome: Peace
              bob: {icp: firm, when: visitor.age == 41, objections: {time: "One day"}}
            policies: {consent: {ads: {covers: [], default: denied}}}
            placements:
              slot: {kind: page, fields: {body: {type: \(kind), max_length: \(maximum)}}}
            campaigns:
              run: {priority: 1, pages: {slot: {v: {fields: {body: \(quoted)}}}}}
            """
        return try Harness(rules).decide(inputs)["slot"]?.fields["body"]
    }

    @Test("inserts values, and fallbacks for what is missing")
    func insertion() throws {
        let template = #"Hi {{ visitor.name | default: "friend" }}!"#
        #expect(try render(template) == "Hi friend!")
        #expect(try render(template) { $0.visitor["name"] = .string("Zoë") } == "Hi Zoë!")
        #expect(try render(template) { $0.visitor["name"] = .string("") } == "Hi friend!")
        #expect(try render("Hi {{ visitor.name }}!") == "Hi !")
        #expect(try render(template) { $0.withheld["visitor.name"] = .stale } == "Hi friend!")
    }

    @Test("does not insert a value without its purpose")
    func consent() throws {
        let template = #"{{ visitor.secret | default: "hidden" }}"#
        #expect(try render(template) { $0.visitor["secret"] = .string("s") } == "hidden")
        let granted = try render(template) {
            $0.visitor["secret"] = .string("s")
            $0.granted = ["ads"]
        }
        #expect(granted == "s")
    }

    @Test(
        "writes every type of value",
        arguments: [
            ("visitor.age", AttributeValue.int(-40), "-40"), ("visitor.age", .int(.min), "-9223372036854775808"),
            ("visitor.share", .double(0.1), "0.1"), ("visitor.share", .double(3), "3"),
            ("visitor.tags", .strings(["a", "b"]), "a, b"), ("visitor.member", .bool(false), "false"),
            ("visitor.since", .timestamp(Timestamp(microseconds: 1_795_168_800_000_000)), "2026-11-20T10:00:00Z"),
            ("visitor.since", .timestamp(Timestamp(microseconds: -1)), "1969-12-31T23:59:59.999999Z"),
        ])
    func types(_ path: String, _ value: AttributeValue, _ text: String) throws {
        let name = String(path.dropFirst("visitor.".count))
        #expect(try render("{{ \(path) }}") { $0.visitor[name] = value } == text)
    }

    @Test(
        "speaks of the persona, role and ICP",
        arguments: [
            ("{{ persona.title }}", "Ann"), ("{{ persona.outcome }}", "Peace"), ("{{ persona.name }}", "ann"),
            ("{{ persona.objections.price }}", "5 < 6"), ("{{ persona.objections.time | default: \"none\" }}", "none"),
            ("{{ stage | upper }}", "NONE"),
            ("{{ role }}", "reader"),
        ])
    func person(_ template: String, _ text: String) throws {
        #expect(try render(template) { $0.visitor["age"] = .int(40) } == text)
    }

    @Test(
        "escapes values, and only values, for the field",
        arguments: [
            ("text", "<b>{{ visitor.name }}</b>", "<b>A&B <'\"></b>"),
            ("html", "<b>{{ visitor.name }}</b>", "<b>A&amp;B &lt;&#39;&quot;&gt;</b>"),
            ("url", "https://a.example/?n={{ visitor.name }}", "https://a.example/?n=A%26B%20%3C%27%22%3E"),
        ])
    func escaping(_ kind: String, _ template: String, _ text: String) throws {
        #expect(try render(template, kind: kind) { $0.visitor["name"] = .string("A&B <'\">") } == text)
    }

    @Test(
        "sets letter case",
        arguments: [
            ("upper", "straße éa", "STRASSE ÉA"), ("lower", "ÀB Ç", "àb ç"),
            ("title", "aNN o'neil-smith", "Ann O'neil-Smith"),
            ("upper", "Hello 5", "HELLO 5"), ("title", "élan VITAL", "Élan Vital"),
        ])
    func letterCase(_ filter: String, _ name: String, _ text: String) throws {
        #expect(try render("{{ visitor.name | \(filter) }}") { $0.visitor["name"] = .string(name) } == text)
    }

    @Test(
        "W45: letter case is Unicode's full mapping, with the sigma that ends a word",
        arguments: [
            ("lower", "ΑΣ", "ας"), ("lower", "ΟΔΥΣΣΕΥΣ ΣΟΦΟΣ", "οδυσσευς σοφος"), ("lower", "Σ", "σ"),
            ("lower", "Σ Σ", "σ σ"),
            ("lower", "ΑΣ.", "ας."), ("lower", "ΑΣ'Α", "ασ'α"), ("lower", "Α'Σ", "α'ς"),
            ("lower", "ΑΣ\u{301}Β", "ασ\u{301}β"),
            ("lower", "ΑΣ5", "ας5"), ("lower", "5Σ", "5σ"), ("lower", "İ", "i\u{307}"), ("lower", "ẞ", "ß"),
            ("upper", "ß", "SS"), ("upper", "ﬃ ΐ ας", "FFI Ι\u{308}\u{301} ΑΣ"), ("upper", "ŉ", "ʼN"),
            ("title", "ΟΔΟΣ ΣΟΦΟΣ", "Οδος Σοφος"), ("title", "ßa ǆ ﬁ", "Ssa ǅ Fi"),
        ] as [(String, String, String)])
    func fullLetterCase(_ filter: String, _ name: String, _ text: String) throws {
        let rendered = try render("{{ visitor.name | \(filter) }}") { $0.visitor["name"] = .string(name) }
        let found = try #require(rendered)
        #expect(Array(found.unicodeScalars) == Array(text.unicodeScalars), "\(found)")
    }

    @Test("cuts by grapheme clusters, as Foundation's strings count them, before escaping")
    func cutting() throws {
        let family = "👨‍👩‍👧"
        for name in [
            "abcdef", "äöüß€é", "\(family)\(family)x", "e\u{301}e\u{301}e\u{301}", "🇩🇪🇫🇷🇺🇦", "a\r\nb\r\nc", "<<<<<<",
        ] {
            for limit in 1...7 {
                let expected = String(name.prefix(limit))
                let inserted = try render("{{ visitor.name | max: \(limit) }}") { $0.visitor["name"] = .string(name) }
                #expect(inserted == expected, "\(name) at \(limit)")
                let field = try render("{{ visitor.name }}", maximum: limit) { $0.visitor["name"] = .string(name) }
                #expect(field == expected, "\(name) at \(limit)")
            }
        }
        let escaped = try render("{{ visitor.name }}", kind: "html", maximum: 2) { $0.visitor["name"] = .string("<<<") }
        #expect(escaped == "&lt;&lt;")
        let joined = try render("ab{{ visitor.name }}cd", maximum: 4) { $0.visitor["name"] = .string("é") }
        #expect(joined == "abéc")
    }

    @Test("carries long values whole, and within its share of memory")
    func longValues() throws {
        let long = String(repeating: "<é", count: 100_000)
        let whole = try render("[{{ visitor.name }}]", kind: "html", maximum: 1_000_000) {
            $0.visitor["name"] = .string(long)
        }
        #expect(whole == "[" + long.replacing("<", with: "&lt;") + "]")
    }

    @Test("takes values from the address, decoded, when they are UTF-8")
    func address() throws {
        let template = #"{{ request.utm.term | default: "none" }}"#
        for (query, text) in [
            ("utm_term=a%C3%A9+b", "aé b"), ("utm_term=%FF", "none"), ("utm_term=%00", "none"), ("utm_term=", "none"),
            ("utm_term=%zz", "%zz"), ("utm_term=%4", "%4"), ("utm_term=50%", "50%"),
            ("x=1&&utm_term=b&utm_term=c", "b"),
            ("utm%5Fterm=b", "b"), ("utm_term", "none"),
        ] {
            #expect(try render(template) { $0.url = "https://a.example/?\(query)" } == text, "\(query)")
        }
    }
}
