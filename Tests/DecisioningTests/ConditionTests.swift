import Model
import Testing

@Suite("Conditions")
struct ConditionTests {
    /// A rule set whose lead question is the condition.
    static func harness(_ condition: String) throws -> Harness {
        try Harness(
            """
            attributes:
              visitor:
                age: {type: int}
                income: {type: double}
                name: {type: string}
                member: {type: bool}
                tags: {type: strings}
                born: {type: timestamp}
                secret: {type: int, purpose: marketing}
              account:
                domain: {type: string}
            events:
              signup: {points: 10, half_life: 1d, max_points: 30}
            lists:
              friends: {values: [a.example, b.example]}
            segments:
              grown: visitor.age >= 18
            policies:
              consent:
                marketing: {covers: [], default: denied}
            placements:
              slot: {kind: page, fields: {text: {max_length: 40}}}
            grades:
              fit: {a: 0}
              engagement: {1: 0}
              mql: >-
                \(condition)
            """)
    }

    static let known: Harness.Inputs = {
        var inputs = Harness.Inputs()
        inputs.visitor = [
            "age": .int(18), "income": .double(1000.5), "name": .string("Zoë"), "member": .bool(true),
            "tags": .strings(["crm", "seo"]), "secret": .int(1),
            "born": .timestamp(Timestamp(microseconds: 1_000_000)),
        ]
        inputs.account = ["domain": .string("b.example")]
        inputs.url = "https://User@WWW.Example.com:8443/a/b?utm_source=google&utm_term=two+words%21&id=7&id=8#top"
        inputs.country = "DE"
        inputs.events = ["signup": (count: 2, last: "2026-11-19T10:00:00Z", score: nil)]
        return inputs
    }()

    @Test(
        "that hold for known values",
        arguments: [
            "visitor.age == 18", "visitor.age >= 18", "visitor.age < 18.5", "visitor.age > 17.5", "18 <= visitor.age",
            "visitor.age != 17", "visitor.income >= 1000", "visitor.income > 1000", "1001 > visitor.income",
            "visitor.name == 'Zoë'", "visitor.name != 'Zoe'", "visitor.name in ['Ann', 'Zoë']",
            "visitor.name.startsWith('Z')", "visitor.name.endsWith('ë')", "visitor.name.contains('o')",
            "size(visitor.name) == 3", "visitor.name.matches('^Z.*')", "visitor.name < 'a'",
            "visitor.member", "visitor.member == true", "!(!visitor.member)", "'crm' in visitor.tags",
            "!('erp' in visitor.tags)", "size(visitor.tags) == 2", "visitor.tags.exists(t, t.startsWith('se'))",
            "visitor.age in [17, 18, 19]", "visitor.age + 2 * 3 == 24", "visitor.age / 4 == 4", "visitor.age % 4 == 2",
            "-visitor.age < 0", "double(visitor.age) == 18.0", "visitor.income * 2.0 > 2000.0",
            "between(visitor.age, 18, 20)", "between(visitor.age, 10, 18)", "!between(visitor.age, 19, 20)",
            "has(visitor.age)", "in_segment('grown')", "in_list('friends', account.domain)",
            "!in_list('friends', 'c.example')", "visitor.age > 20 ? false : true",
            "(visitor.member ? visitor.age : 0) == 18", "visitor.born == timestamp('1970-01-01T00:00:01Z')",
            "visitor.born < now", "now - visitor.born > duration('1h')", "visitor.born + duration('1h') < now",
            "visitor.born.getSeconds() == 1", "request.utm.source == 'google'",
            "request.utm.term == 'two words!'", "request.host == 'www.example.com'", "request.path == '/a/b'",
            "request.query['id'] == '7'", "request.country == 'DE'", "events.signup.count == 2",
            "events.signup.last < now", "events.signup.score == 10.0", "engagement == 10.0", "grade == ''",
            "role == 'none' && stage == 'none' && persona == 'none'", "visitor.name.upperAscii() == 'ZOë'",
            "'id' in request.query", "!('nothing' in request.query)", "size(request.query) == 3",
            "request.query.exists(k, k == 'utm_term' && request.query[k] == 'two words!')",
            "[true].all(b, in_segment('grown') == b)", "[20].all(high, between(visitor.age, 18, high))",
            "['b.example'].exists(d, in_list('friends', d))", "['none'].all(r, role == r)",
            "[10.0].exists(e, engagement == e)", "[has(visitor.age), has(visitor.name)].all(h, h)",
            "['x'].all(p, request.utm.source != p && events.signup.count > 1)",
        ])
    func hold(_ condition: String) throws {
        #expect(try ConditionTests.harness(condition).decide(ConditionTests.known).isMQL == .yes)
    }

    @Test(
        "that do not hold for known values",
        arguments: [
            "visitor.age == 17", "visitor.age > 18", "visitor.age < 18", "visitor.income > 1000.5",
            "visitor.name == 'Zoe'", "visitor.name in ['Ann']", "!visitor.member", "'erp' in visitor.tags",
            "between(visitor.age, 19, 20)", "between(visitor.age, 10, 17)", "!has(visitor.age)",
            "in_list('friends', 'c.example')", "visitor.name.contains('oe')", "request.query['id'] == '8'",
            "visitor.age in []", "visitor.name.startsWith('Zoë!')",
        ])
    func doNotHold(_ condition: String) throws {
        #expect(try ConditionTests.harness(condition).decide(ConditionTests.known).isMQL == .no)
    }

    @Test(
        "are unknown without data, unless something known settles them",
        arguments: [
            ("visitor.age == 18", Truth.unknown), ("visitor.age != 18", .unknown), ("!(visitor.age == 18)", .unknown),
            ("visitor.age == 18 || true", .yes), ("true || visitor.age == 18", .yes),
            ("visitor.age == 18 && false", .no), ("false && visitor.age == 18", .no),
            ("visitor.age == 18 || false", .unknown), ("visitor.age == 18 && true", .unknown),
            ("has(visitor.age)", .no), ("!has(visitor.age)", .yes), ("visitor.name in ['a']", .unknown),
            ("'a' in visitor.tags", .unknown), ("visitor.name.startsWith('a')", .unknown),
            ("visitor.name.matches('a')", .unknown), ("visitor.tags.exists(t, t == 'a')", .unknown),
            ("visitor.member ? true : true", .unknown), ("between(visitor.age, 1, 2)", .unknown),
            ("in_segment('grown')", .unknown), ("in_list('friends', account.domain)", .unknown),
            ("request.utm.source == 'google'", .unknown), ("request.query['id'] == '7'", .unknown),
            ("request.host == 'a'", .unknown), ("events.signup.count == 0", .yes),
            ("events.signup.last < now", .unknown), ("events.signup.score == 0.0", .yes),
            ("visitor.born < now", .unknown), ("visitor.age + 1 == 2", .unknown),
        ])
    func missing(_ condition: String, _ expected: Truth) throws {
        #expect(try ConditionTests.harness(condition).decide().isMQL == expected)
    }

    @Test("treat stale and unconsented values as unknown", arguments: [Scalar.stale, .unconsented])
    func withheld(_ value: Scalar) throws {
        var inputs = Harness.Inputs()
        inputs.withheld = ["visitor.age": value]
        #expect(try ConditionTests.harness("visitor.age == 18").decide(inputs).isMQL == .unknown)
        #expect(try ConditionTests.harness("visitor.age != 18").decide(inputs).isMQL == .unknown)
        #expect(try ConditionTests.harness("has(visitor.age)").decide(inputs).isMQL == .no)
    }

    @Test("do not read a value without its purpose, whether nodes or the general evaluator decide")
    func purpose() throws {
        for condition in ["visitor.secret == 1", "[visitor.secret].exists(s, s == 1)"] {
            let harness = try ConditionTests.harness(condition)
            let withheld = try harness.decide(ConditionTests.known)
            #expect(withheld.isMQL == .unknown)
            #expect(withheld.unreadPurposes == ["marketing"])
            var inputs = ConditionTests.known
            inputs.granted = ["marketing"]
            let granted = try harness.decide(inputs)
            #expect(granted.isMQL == .yes)
            #expect(granted.unreadPurposes == [])
        }
    }

    @Test("that fail to compute are unknown, as arithmetic over its bounds")
    func failures() throws {
        var inputs = Harness.Inputs()
        inputs.visitor = ["age": .int(.max)]
        for condition in [
            "visitor.age + 1 > 0", "visitor.age / 0 == 1", "visitor.age * 2 == 0", "visitor.age % 0 == 1",
        ] {
            #expect(try ConditionTests.harness(condition).decide(inputs).isMQL == .unknown, "\(condition)")
            #expect(try ConditionTests.harness("\(condition) || true").decide(inputs).isMQL == .yes)
        }
    }

    @Test("compare integers and doubles by their exact values")
    func exactNumbers() throws {
        var inputs = Harness.Inputs()
        inputs.visitor = ["age": .int(9_007_199_254_740_993), "income": .double(9_007_199_254_740_992)]
        #expect(try ConditionTests.harness("visitor.age > visitor.income").decide(inputs).isMQL == .yes)
        #expect(try ConditionTests.harness("visitor.age == visitor.income").decide(inputs).isMQL == .no)
        inputs.visitor = ["age": .int(5), "income": .double(.nan)]
        for relation in ["<", "<=", ">", ">=", "=="] {
            #expect(try ConditionTests.harness("visitor.age \(relation) visitor.income").decide(inputs).isMQL == .no)
        }
        #expect(try ConditionTests.harness("visitor.age != visitor.income").decide(inputs).isMQL == .yes)
    }

    @Test(
        "W44: beyond 2⁵³ an integer and a double that are not equal never compare as equal",
        arguments: [
            // The largest int is one less than 2⁶³, which only a double can be.
            ("visitor.age < 9223372036854775808.0", Int64.max, 0.0),
            ("visitor.age < visitor.income", Int64.max, 0x1p63),
            ("visitor.age != visitor.income", Int64.max, 0x1p63),
            ("!(visitor.age >= visitor.income)", Int64.max, 0x1p63),
            ("dyn(visitor.age) < 9223372036854775808.0", Int64.max, 0),
            ("visitor.income > 9223372036854775807", 0, 0x1p63),
            ("dyn(visitor.income) > 9223372036854775807", 0, 0x1p63),
            ("visitor.age >= visitor.income", Int64.min, -0x1p63),
            ("visitor.age == -9223372036854775808.0", Int64.min, 0),
            ("visitor.age > visitor.income", 9_007_199_254_740_993, 0x1p53),
            ("!(visitor.age in [9007199254740992, 9007199254740994])", 9_007_199_254_740_993, 0),
            ("!(dyn(visitor.age) in [9007199254740992.0])", 9_007_199_254_740_993, 0),
            ("!between(visitor.age, 9007199254740994, 9007199254740996)", 9_007_199_254_740_993, 0),
            ("!between(dyn(visitor.age), 0.0, 9007199254740992.0)", 9_007_199_254_740_993, 0),
            ("between(dyn(visitor.income), 9007199254740991, 9007199254740992)", 0, 0x1p53),
            ("!between(dyn(visitor.income), 9007199254740993, 9007199254740999)", 0, 0x1p53),
        ] as [(String, Int64, Double)])
    func exactBeyondDoubles(_ condition: String, _ age: Int64, _ income: Double) throws {
        var inputs = Harness.Inputs()
        inputs.visitor = ["age": .int(age), "income": .double(income)]
        #expect(try ConditionTests.harness(condition).decide(inputs).isMQL == .yes)
    }

    @Test("survive long chains")
    func longChains() throws {
        let chain = (0..<1_400).map { "visitor.age == \($0)" }.joined(separator: " || ")
        let harness = try ConditionTests.harness(chain)
        var inputs = Harness.Inputs()
        inputs.visitor = ["age": .int(1_399)]
        #expect(try harness.decide(inputs).isMQL == .yes)
        inputs.visitor = ["age": .int(1_400)]
        #expect(try harness.decide(inputs).isMQL == .no)
    }
}
