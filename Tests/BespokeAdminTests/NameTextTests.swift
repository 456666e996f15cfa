import BespokeAdmin
import Messages
import Model
import Testing

@Suite struct NameTextTests {
    private let plain = Style(isColoured: false)
    private let campaign = RuleNameMessage(
        kind: "campaign", name: "spring", title: "Spring", condition: "visitor.age > 18", file: "c.yaml", line: 7,
        facts: [RuleFactMessage(name: "cap", value: "3 per visitor in 7d")],
        campaign: CampaignFactsMessage(
            priority: 5, status: "running", starts: Timestamp(microseconds: 0), schedule: "mon, 09:00-17:00",
            placements: ["hero", "ad"]))

    @Test func `Campaigns are listed with priority, status, times and placements`() {
        let lines = NameText.list(.campaign, [campaign], style: plain).split(separator: "\n")
        #expect(lines[0].hasPrefix("campaign  priority  status   starts"))
        #expect(lines[1].hasPrefix("spring    5         running  1970-01-01T00:00:00Z"))
        #expect(lines[1].hasSuffix("mon, 09:00-17:00  hero, ad"))
    }

    @Test(arguments: RuleNameKind.allCases)
    func `Every kind has a table, and a sentence for none`(kind: RuleNameKind) {
        let one = RuleNameMessage(
            kind: kind.rawValue, name: "x", title: "t", condition: String(repeating: "long ", count: 30),
            facts: [RuleFactMessage(name: "points", value: "5")])
        let lines = NameText.list(kind, [one], style: plain).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix(kind.rawValue))
        #expect(lines.allSatisfy { $0.count < 160 })
        #expect(NameText.list(kind, [], style: plain) == "the rules have no \(kind.plural)\n")
    }

    @Test func `Details are all that is said, with the place`() {
        #expect(
            NameText.details(campaign, style: plain) == """
                campaign spring
                  title        Spring
                  priority     5
                  status       running
                  starts       1970-01-01T00:00:00Z
                  schedule     mon, 09:00-17:00
                  placements   hero, ad
                  when         visitor.age > 18
                  cap          3 per visitor in 7d
                  declared in  c.yaml:7

                """)
    }

    @Test func `An attribute's details name type, values, purpose and source`() {
        let text = NameText.details(
            RuleNameMessage(
                kind: "attribute", name: "visitor.seniority",
                attribute: AttributeFactsMessage(
                    entity: "visitor", name: "seniority", type: "string", values: ["owner", "vp"], purpose: "p",
                    source: "crm", sensitive: true)), style: plain)
        for part in ["type       string", "values     owner, vp", "purpose    p", "source     crm", "sensitive  yes"] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func `The overview has a heading for each kind that there is`() {
        let names = ServedNames([
            RuleNameMessage(kind: "segment", name: "adults", condition: "visitor.age > 18"), campaign,
        ])
        #expect(
            NameText.overview(names, style: plain)
                == "segments (1)\n  adults  visitor.age > 18\n\ncampaigns (1)\n  spring  Spring\n")
        #expect(NameText.overview(ServedNames([]), style: plain) == "the rules declare nothing\n")
    }
}
