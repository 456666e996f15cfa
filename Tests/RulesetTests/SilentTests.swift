import Foundation
import Model
import Ruleset
import Testing

@Suite("What was silent is said")
struct SilentTests {
    private func found(_ rules: String, _ others: [RuleFile] = []) -> [Diagnostic] {
        LintTests.check(LintTests.beside(rules) + others)
    }

    private func codes(_ rules: String) -> [String] {
        found(rules).filter { $0.position.file == "rules.yaml" && $0.code != "unused-segment" }.map(\.code)
    }

    private func segment(_ condition: String) -> String { "segments:\n  some: >-\n    \(condition)\n" }

    @Test(
        "W28: nothing is no text",
        arguments: [
            "campaigns: {c: {pages: {hero: {v: {fields: {headline: ~}}}}}}",
            "campaigns: {c: {pages: {hero: {v: {fields: {headline: null}}}}}}",
            "campaigns: {c: {title: NULL, pages: {hero: {v: {fields: {headline: x}}}}}}",
            "placements: {p: {kind: page, fields: {h: {}}, default: {h: null}}}",
            "placements: {p: {kind: page, fields: {h: {}}, default: {h: }}}", "lists: {l: {values: [a, ~]}}",
            "events: {e: {points: ~}}", "segments: {null: has(visitor.title)}",
            "tests: [{name: t, expect: {icp: null}}]", "tests: [{name: ~, expect: {icp: none}}]",
        ])
    func nothing(rules: String) throws {
        let first = try #require(
            RuleSetLoader.load(LintTests.beside(rules)).diagnostics.first { $0.severity == .error })
        #expect(first.position.file == "rules.yaml" && first.position.line == 1, "\(first)")
        #expect(["wrong-form", "bad-name"].contains(first.code), "\(first)")
    }

    @Test("W28: in a test, null is what is not known, and quotes make it a word")
    func unknown() throws {
        let result = RuleSetLoader.load(
            LintTests.beside(
                "tests: [{name: t, visitor: {title: null, income: ~, seniority: manager}, request: {country: null}, expect: {icp: none}}]"
            ))
        #expect(try #require(result.ruleSet).tests[0].values.map { $0.0.name } == ["seniority"])
        let quoted = try #require(RuleSetLoader.load(LintTests.beside("lists: {l: {values: ['~', \"null\"]}}")).ruleSet)
        #expect(quoted.lists.last?.values == ["~", "null"])
    }

    @Test(
        "W33: each has its code",
        arguments: [
            ("visitor.income == 1/3", "integer-division"), ("visitor.income > 0.5 && 7/2 == 3", "integer-division"),
            ("now.getMonth() == 12", "calendar-range"), ("now.getMonth('Europe/Kyiv') in [11, 12]", "calendar-range"),
            ("now.getDayOfWeek() == 7", "calendar-range"), ("24 == now.getHours()", "calendar-range"),
            ("now.getDate() == 0", "calendar-range"), ("now.getMonth() >= 12", "calendar-range"),
            ("visitor.title == null", "null-comparison"), ("null != visitor.title", "null-comparison"),
            ("visitor.title in ['x', null]", "null-comparison"), ("visitor.title in [null]", "null-comparison"),
            ("now.getMonth() > 11", "calendar-range"), ("now.getDayOfWeek() > 6", "calendar-range"),
            ("between(now.getMonth(), 1, 12)", "calendar-range"), ("between(now.getHours(), 24, 30)", "calendar-range"),
            ("account.employees / 3 == 0.5", "integer-division"), ("0.5 < account.employees / 3", "integer-division"),
            ("visitor.title.endsWith('*.acme.example')", "value-form"),
            ("request.host.contains('.X.example')", "value-form"),
            ("visitor.title.matches('/chief/i')", "regex-delimiters"),
            ("account.employees == 1 || account.employees != 1", "always-true"),
            ("has(visitor.title) && (account.employees < 5 || account.employees >= 5)", "always-true"),
        ])
    func conditions(condition: String, code: String) {
        #expect(codes(segment(condition)).contains(code), "\(codes(segment(condition)))")
    }

    @Test(
        "W33: what is meant so is not blamed",
        arguments: [
            "visitor.income == 1.0/3.0", "account.employees / 3 == 1", "6/3 == account.employees",
            "now.getMonth() == 11",
            "now.getMonth() < 12", "now.getDate() == 31", "request.path.matches('/pricing/')",
            "request.path.matches('^/a/b')", "account.employees == 1 || account.employees == 2",
            "has(visitor.title) || visitor.income > 1.0", "account.employees < 5 || account.employees > 5",
            "duration('90h').getHours() == 90", "between(now.getMonth(), 0, 11)", "account.employees / 3 > 2.0",
            "double(account.employees) / 3.0 == 0.5", "request.host.startsWith('shop.')",
            "visitor.title.endsWith('.X.example')", "visitor.title in ['null']",
        ])
    func sound(condition: String) {
        #expect(codes(segment(condition)) == [], "\(condition)")
    }

    @Test("W33: a text that a # cuts, or a ! empties, is said with its place and what was meant")
    func taken() throws {
        let rules = """
            campaigns:
              sale:
                when: !has(visitor.title)
                title: We are #1 in Europe
                pages: {hero: {v: {fields: {headline: "We are #1"}}}}  #all
            """
        let diagnostics = RuleSetLoader.load(LintTests.beside(rules)).diagnostics.filter {
            $0.position.file == "rules.yaml"
        }
        #expect(diagnostics.map(\.code) == ["yaml-tag", "cut-text"])
        #expect(diagnostics.map(\.position.line) == [3, 4] && diagnostics.map(\.position.column) == [11, 12])
        #expect(diagnostics[0].suggestion?.contains("\"!has(visitor.title)\"") == true)
        #expect(diagnostics[1].suggestion?.contains("\"We are #1 in Europe\"") == true)
        #expect(codes("events: {demo: {points: 3}} #note\nsegments:\n  a: has(visitor.title) # 1 of 2\n") == [])
    }

    @Test("W31: members of lists that nobody is are named with their lines")
    func members() {
        let list = """
            # Companies.
            fine.example
            *.acme.example
            "quoted.example"
            noted.example # since 2024
            Capital.example
            *acme*
            Zürich AG
            # bespoke:allow list-member the import writes it so
            Allowed.example
            """
        let diagnostics = found(
            "lists: {l: {file: l.txt}, m: {values: [b.example, '*.Co']}}\nsegments: {s: \"in_list('l', visitor.title)\"}\n",
            [Fixtures.file("l.txt", list)]
        ).filter { $0.code == "list-member" }
        #expect(
            diagnostics.map { "\($0.position.file):\($0.position.line)" } == [
                "l.txt:4", "l.txt:5", "l.txt:6", "l.txt:7", "rules.yaml:1",
            ])
        #expect(diagnostics.allSatisfy { $0.severity == .warning })
    }

    @Test("W31: a domain with more around it, where the list has domains or it is nothing else")
    func domains() {
        for (member, meant, isAlways) in [
            (".acme.example", "`*.acme.example`", true), ("'@bar.example'", "`bar.example`", true),
            ("'acme.example,'", "`acme.example`", true), ("'acme.example;'", "`acme.example`", true),
            ("a@b.example", "`b.example`", false), ("www.baz.example", "`baz.example`", false),
            ("foo.example/path", "`foo.example`", false), ("https://foo.example/a/b", "`foo.example`", false),
        ] {
            let rules = """
                attributes: {account: {domain: {type: string}}}
                lists: {l: {values: [\(member)], of: account.domain}}
                segments: {s: "in_list('l', account.domain)"}
                """
            let said = found(rules).filter { $0.code == "list-member" }
            #expect(said.map(\.suggestion) == [meant], "\(member)")
            let others = found(rules.replacing(", of: account.domain", with: ""))
            #expect(others.contains { $0.code == "list-member" } == isAlways, "\(member)")
        }
    }

    @Test("W31: all subdomains of a public suffix are everybody's, a dot at the end is nobody's")
    func suffixes() {
        guard PublicSuffixes.system.isKnown else { return }
        for (member, isDoubtful) in [
            ("'*.co.uk'", true), ("'*.github.io'", true), ("'*.acme.co.uk'", false), ("'*.acme.example'", false),
            ("acme.example.", true), ("acme.example", false),
        ] {
            let rules = "lists: {l: {values: [\(member)]}}\nsegments: {s: \"in_list('l', visitor.title)\"}\n"
            #expect(found(rules).contains { $0.code == "list-member" } == isDoubtful, "\(member)")
        }
    }

    @Test("W23, W31: edges that nobody sees are no part of a line; of a member between quotes they are named")
    func listEdges() throws {
        let list = "a.example\u{200B}\n\u{3000}b.example\nc.example\t\r\n\u{FEFF}d.example\n"
        let rules = "lists: {l: {file: l.txt}}\nsegments: {s: \"in_list('l', visitor.title)\"}\n"
        let result = RuleSetLoader.load(LintTests.beside(rules) + [Fixtures.file("l.txt", list)])
        #expect(
            try #require(result.ruleSet).lists.last?.values == ["a.example", "b.example", "c.example", "d.example"])
        let doubtful = [
            "'g.example '", "' h.example'", "\"i.example\u{200B}\"", "\"j\u{AD}k.example\"", "https://z.example/",
            "q.example/",
        ]
        for member in doubtful {
            let rules = "lists: {l: {values: [\(member)]}}\nsegments: {s: \"in_list('l', visitor.title)\"}\n"
            #expect(found(rules).contains { $0.code == "list-member" }, "\(member)")
        }
        let sound =
            "lists: {l: {values: ['https://z.example/page', /pricing/, q.example]}}\nsegments: {s: \"in_list('l', visitor.title)\"}\n"
        #expect(!found(sound).contains { $0.code == "list-member" })
    }

    @Test(
        "W29: a text of the page that it never is",
        arguments: [
            ("request.country in ['DE', 'kp']", "`\"KP\"`"), ("request.country == 'Germany'", "`\"DE\"`"),
            ("'Mobile' == request.device", "`\"mobile\"`"),
            ("request.host != 'WWW.Example.com'", "`\"www.example.com\"`"),
            ("request.host == 'https://example.com/a'", "`\"example.com\"`"),
            ("request.host == '*.example.com'", "`request.host.endsWith(\".example.com\")`"),
            ("request.path == 'pricing'", "`\"/pricing\"`"),
            ("request.ip == '10.0.0.0/8'", "`cidr(\"10.0.0.0/8\").containsIP(request.ip)`"),
            ("request.ip == '2001:DB8::1'", "`\"2001:db8::1\"`"),
            ("visitor.title == '*.acme.example'", "`visitor.title.endsWith(\".acme.example\")`"),
        ])
    func forms(condition: String, meant: String?) throws {
        let form = try #require(found(segment(condition)).first { $0.code == "value-form" }, "\(condition)")
        #expect(form.suggestion == meant)
    }

    @Test("W29: a list that holds what the page never has, and texts in their form")
    func formsOfLists() {
        let rules = "lists: {l: {values: [KP, kp]}}\nsegments: {s: \"in_list('l', request.country)\"}\n"
        #expect(codes(rules).contains("value-form"))
        #expect(!codes(rules.replacing("KP, kp", with: "KP, CU")).contains("value-form"))
        let sound = [
            "request.country in ['DE', 'KP']", "request.device == 'mobile'", "request.host == 'www.example.com'",
            "request.path == '/pricing'", "request.ip == '10.0.0.1'", "cidr('10.0.0.0/8').containsIP(request.ip)",
        ]
        for condition in sound { #expect(!codes(segment(condition)).contains("value-form"), "\(condition)") }
    }

    @Test("An address of e-mail is used by the links, whatever the rules ask")
    func emailIsUsed() {
        let rules = "attributes: {visitor: {email: {type: string}, mail: {type: string}}}"
        let unused = found(rules).filter { $0.code == "unused-attribute" && $0.position.file == "rules.yaml" }
        #expect(unused.map(\.message) == ["no rule and no text asks about `visitor.mail`"])
    }

    @Test("W60: a campaign that has ended is named")
    func ended() {
        let rules = "campaigns: {sale: {ends: 2026-11-20, pages: {hero: {v: {fields: {headline: x}}}}}}"
        #expect(codes(rules) == [])
        #expect(codes(rules.replacing("2026-11-20", with: "2026-11-19")) == ["ended"])
    }

    @Test("W32: files that are not read are named, and names in capitals are read")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "w32-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "sub"), withIntermediateDirectories: true)
        let texts = [
            "UP.YAML": "attributes: {visitor: {title: {type: string}}}\n", "more.Yml": "segments: {}\n",
            "LIST.TXT": "a\n",
            "rules.yaml.txt": "segments: {}\n", "sub/rules.yaml.bak": "x", "notes": "x", "README.md": "x",
            "bespoke.schema.json": "{}", ".h.yaml": "# Not yet.\nsegments: {}\n", ".ci.yml": "stages: [build]\n",
            ".bespoke-revision": "x", "sub/.k.yml": "lists: {}",
            "lists.yaml": "lists: {l: {file: LIST.TXT}}\nsegments: {s: \"in_list('l', visitor.title)\"}\n",
        ]
        for (name, text) in texts {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        let contents = try RuleFolder.contents(folder.path)
        #expect(contents.files.map(\.path) == ["LIST.TXT", "UP.YAML", "lists.yaml", "more.Yml", "rules.yaml.txt"])
        #expect(contents.warnings.map(\.position.file) == [".h.yaml", "notes", "sub/.k.yml", "sub/rules.yaml.bak"])
        #expect(contents.warnings.map(\.suggestion).prefix(3).last == "sub/k.yml")
        #expect(contents.warnings.allSatisfy { $0.code == "unread-file" && $0.severity == .warning })
        let unread = LintTests.check(contents.files).filter { $0.code == "unread-file" }
        #expect(unread.map(\.position.file) == ["rules.yaml.txt"])
        #expect(RuleSetLoader.load(contents.files).ruleSet?.attributes.count == 1)
    }

    @Test("W20: formatting writes the one form, and takes a byte order mark off")
    func format() throws {
        let text = "\u{feff}segments:\n  a: visitor.title == \"Zu\u{308}rich\"\n"
        let result = try RuleFormatter.format(Fixtures.file("rules.yaml", text))
        #expect(result.note == nil)
        #expect(result.content == Array("segments:\n  a: visitor.title == \"Z\u{fc}rich\"\n".utf8))
    }
}
