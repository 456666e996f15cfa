import Decisioning
import Engine
import GRPC
import GRPCDoor
import Messages
import Model
import Ruleset
import Testing

@Suite struct RuleNamesTests {
    private static let rules = """
        attributes:
          visitor:
            age: { type: int, unit: years, purpose: marketing }
          account:
            industry: { type: string, values: [law, retail], source: crm, description: What they do }
        events:
          demo: { points: 5, half_life: 30d }
        lists:
          targets: { values: [a, b] }
        segments:
          adults: visitor.age >= 18
        icps:
          lawyers:
            title: Law firms
            required: ['account.industry == "law"']
            tiers: { a: 80, b: 0 }
            criteria:
              - { when: visitor.age > 30, points: 10, category: able }
        policies:
          consent:
            marketing: { covers: [visitor], default: denied }
        placements:
          hero: { kind: page, fields: { headline: { max_length: 40 } }, default: { headline: Hello } }
        campaigns:
          spring:
            title: Spring
            priority: 7
            when: in_segment('adults')
            starts: 2026-03-01
            ends: 2026-04-01
            schedule: { days: [mon, fri], hours: "09:00-17:00", timezone: Europe/Berlin }
            pages:
              hero:
                offer: { fields: { headline: Spring } }
        experiments:
          button:
            unit: visitor
            placement: hero
            arms:
              red: { weight: 1, fields: { headline: Red } }
              blue: { weight: 3, fields: { headline: Blue } }
            metrics: [demo]
        """

    private func names(at day: String = "2026-03-10") throws -> RuleNames {
        let loaded = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(Self.rules.utf8))])
        let ruleSet = try #require(
            loaded.ruleSet, "\(loaded.diagnostics.map { "\($0.position.line): \($0.message)" })")
        var ended = EndedExperiment(name: "old")
        (ended.metrics, ended.arms, ended.revision) = (["demo"], [.init(name: "x", weight: 2)], "r1")
        ended.endedAt = Timestamp(microseconds: 5)
        return RuleNames(
            ruleSet, AllocationBook().advanced(to: ruleSet, own: AllocationBook()), ended: [ended],
            now: try #require(TimestampText.parse(day + "T12:00:00Z")))
    }

    @Test func `Kinds stand in one order, names in that of the files`() throws {
        let answer = try names().answer(ListNamesRequest())
        #expect(
            answer.names.map { "\($0.kind) \($0.name)" } == [
                "attribute visitor.age", "attribute account.industry", "event demo", "list targets", "segment adults",
                "icp lawyers", "placement hero", "campaign spring", "experiment button", "experiment old",
                "policy marketing",
            ])
        #expect(answer.total == 11)
        #expect(!answer.revision.isEmpty)
        #expect(Set(answer.names.map(\.kind)).isSubset(of: Set(RuleNameKind.allCases.map(\.rawValue))))
    }

    @Test func `An attribute says its entity, type, values, purpose and source`() throws {
        let answer = try names().answer(ListNamesRequest(kinds: ["attribute"], name: "account.industry"))
        let name = try #require(answer.names.first)
        #expect(answer.names.count == 1)
        #expect(name.title == "What they do")
        #expect((name.file, name.line) == ("rules.yaml", 5))
        #expect(
            name.attribute
                == AttributeFactsMessage(
                    entity: "account", name: "industry", type: "string", values: ["law", "retail"], source: "crm"))
    }

    @Test func `A campaign says its priority, times, schedule and placements`() throws {
        let answer = try names().answer(ListNamesRequest(kinds: ["campaign"]))
        let name = try #require(answer.names.first)
        #expect((name.title, name.condition) == ("Spring", "in_segment('adults')"))
        let facts = try #require(name.campaign)
        #expect((facts.priority, facts.status, facts.placements) == (7, "running", ["hero"]))
        #expect(facts.schedule == "mon, fri, 09:00-17:00, Europe/Berlin")
        #expect(name.facts == [RuleFactMessage(name: "variant", value: "offer in hero")])
    }

    @Test(arguments: [("2026-01-10", "scheduled"), ("2026-03-10", "running"), ("2026-05-01", "over")])
    func `Whether a campaign runs depends on the day`(day: String, status: String) throws {
        let answer = try names(at: day).answer(ListNamesRequest(kinds: ["campaign"]))
        #expect(answer.names.first?.campaign?.status == status)
    }

    @Test func `An experiment says the shares of its arms, and one that has ended that it has`() throws {
        let answer = try names().answer(ListNamesRequest(kinds: ["experiment"]))
        let (running, ended) = (answer.names[0].experiment, answer.names[1].experiment)
        #expect(running?.arms.map(\.share) == [0.25, 0.75])
        #expect((running?.status, running?.metrics, running?.ended) == ("running", ["demo"], nil))
        #expect((ended?.status, ended?.ended?.revision, ended?.arms.map(\.share)) == ("ended", "r1", [1]))
    }

    @Test func `Facts are in words`() throws {
        let answer = try names().answer(ListNamesRequest(kinds: ["event", "icp", "placement"]))
        let facts = answer.names.map { $0.facts.map { "\($0.name): \($0.value)" } }
        #expect(facts[0] == ["points: 5", "half_life: 30d", "basis: consent"])
        #expect(facts[1].contains("criterion: 10 points: visitor.age > 30"))
        #expect(facts[1].contains("tier: a from 80"))
        #expect(facts[2] == ["kind: page", "field: headline: text, at most 40"])
    }

    @Test func `Names are filtered by their beginning`() throws {
        let answer = try names().answer(ListNamesRequest(kinds: ["attribute", "segment"], prefix: "a"))
        #expect(answer.names.map(\.name) == ["account.industry", "adults"])
        #expect(try names().answer(ListNamesRequest(prefix: "nothing")).names.isEmpty)
    }

    @Test func `A long answer comes in parts that together are all of it`() throws {
        let whole = try names().answer(ListNamesRequest()).names
        var parts: [RuleNameMessage] = []
        for _ in 0..<6 {
            let part = try names().answer(ListNamesRequest(offset: UInt32(parts.count), limit: 2))
            #expect(part.names.count <= 2)
            #expect(part.total == 11)
            parts += part.names
        }
        #expect(parts == whole)
        #expect(try names().answer(ListNamesRequest(offset: 11)).names.isEmpty)
    }

    @Test func `A kind that there is none of is refused with the nearest`() throws {
        let error = #expect(throws: Status.self) { try names().answer(ListNamesRequest(kinds: ["campaing"])) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("did you mean `campaign`?") == true)
    }
}
