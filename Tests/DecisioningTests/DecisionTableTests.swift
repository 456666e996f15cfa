import Decisioning
import Model
import Ruleset
import Testing

@Suite("The decision table")
struct DecisionTableTests {
    private static let rules = """
        attributes:
          visitor:
            name: {type: string, values: [ann, bob]}
            age: {type: int, unit: years, max_age: 2d}
            tags: {type: strings}
            secret: {type: double, purpose: ads}
          account:
            name: {type: string}
        events:
          visit: {points: 1}
        policies:
          consent: {ads: {covers: [], default: denied}}
        placements:
          slot: {kind: page, fields: {text: {max_length: 9}}}
        """

    @Test("finds what requests name, and nothing else")
    func names() throws {
        let table = try Harness(DecisionTableTests.rules).table
        let texts = Texts()
        try withExtendedLifetime(texts) {
            let visitor = try #require(table.attribute(.visitor, texts.text("name").bytes))
            let account = try #require(table.attribute(.account, texts.text("name").bytes))
            #expect(visitor != account)
            #expect(table.attributes[Int(account.rawValue)].key.entity == .account)
            for name in ["", "nam", "namé", "name2", String(repeating: "n", count: 5_000)] {
                #expect(table.attribute(.visitor, texts.text(name).bytes) == nil)
                #expect(table.placement(texts.text(name).bytes) == nil)
                #expect(table.event(texts.text(name).bytes) == nil)
                #expect(table.purpose(texts.text(name).bytes) == nil)
            }
            #expect(table.attribute(.request, texts.text("name").bytes) == nil)
            let placement = try #require(table.placement(texts.text("slot").bytes))
            #expect(copy(table.placementName(placement)) == "slot")
            let purpose = try #require(table.purpose(texts.text("ads").bytes))
            #expect(copy(table.purposeName(purpose)) == "ads")
            #expect(table.event(texts.text("visit").bytes) != nil)
            #expect(table.placementNames == ["slot"])
            #expect(table.purposeNames == ["ads"])
            #expect(table.eventNames == ["visit"])
            #expect(table.placementCount == 1)
            #expect(copy(table.revision).count == 32)
        }
    }

    @Test("knows type, unit, allowed values, purpose and maximum age of an attribute")
    func attributes() throws {
        let table = try Harness(DecisionTableTests.rules).table
        let texts = Texts()
        try withExtendedLifetime(texts) {
            let name = try #require(table.attribute(.visitor, texts.text("name").bytes))
            let age = try #require(table.attribute(.visitor, texts.text("age").bytes))
            let secret = try #require(table.attribute(.visitor, texts.text("secret").bytes))
            #expect(table.type(of: name) == .string)
            #expect(table.allows(texts.text("ann").bytes, in: name))
            #expect(!table.allows(texts.text("cid").bytes, in: name))
            #expect(table.maximumAgeSeconds(age) == 172_800)
            #expect(table.maximumAgeSeconds(name) == nil)
            #expect(table.attributes[Int(age.rawValue)].unit == "years")
            #expect(table.attributes[Int(secret.rawValue)].purpose == PurposeIndex(rawValue: 0))
            #expect(table.attributes[Int(age.rawValue)].purpose == nil)
        }
    }

    @Test("converts numbers that are equal in the other type, and nothing else")
    func conversion() throws {
        let table = try Harness(DecisionTableTests.rules).table
        let texts = Texts()
        try withExtendedLifetime(texts) {
            let age = try #require(table.attribute(.visitor, texts.text("age").bytes))
            let secret = try #require(table.attribute(.visitor, texts.text("secret").bytes))
            #expect(table.converted(Scalar(2.0), to: age)?.int == 2)
            #expect(table.converted(Scalar(2.5), to: age) == nil)
            #expect(table.converted(Scalar(1e300), to: age) == nil)
            #expect(table.converted(Scalar(Int64(2)), to: secret)?.double == 2)
            #expect(table.converted(Scalar(Int64.max), to: secret) == nil)
            #expect(table.converted(Scalar(true), to: age) == nil)
            #expect(table.converted(Scalar(texts.text("2")), to: age) == nil)
            #expect(table.converted(.missing, to: age)?.kind == .missing)
        }
    }

    @Test("says which expectations of the rule set's own tests were not met")
    func ruleTests() throws {
        let tests = """

            tests:
              - name: wrong
                now: 2026-11-20T10:00:00Z
                visitor: {age: 3}
                expect:
                  role: boss
                  stage: none
                  placements: {slot: {reason: campaign, variant: none}}
            """
        let harness = try Harness(DecisionTableTests.rules + tests)
        let failures = RuleTestRunner.run(harness.ruleSet, table: harness.table)
        #expect(failures.map(\.path) == ["role", "placements.slot.reason"])
        #expect(failures.map(\.expected) == ["boss", "campaign"])
        #expect(failures.map(\.actual) == ["none", "default"])
        #expect(failures.map(\.test) == ["wrong", "wrong"])
        #expect(failures.map(\.position.line) == [20, 22])
    }
}
