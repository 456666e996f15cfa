import BespokeAdmin
import Messages
import Model
import Reports
import Testing

@Suite struct CampaignReportTests {
    private static let day: Int64 = 86_400_000_000
    private static let start: Int64 = 1_790_000_000_000_000

    private func record(_ kind: EventRecord.Kind, _ visitor: String, day: Double, _ name: String = "") -> EventRecord {
        let time = Timestamp(microseconds: Self.start + Int64(day * Double(Self.day)))
        var record = EventRecord(kind, id: "\(kind)-\(visitor)-\(day)", at: time)
        record.visitorID = visitor
        if kind == .exposure { record.campaign = name } else { record.name = name }
        return record
    }

    private func units(
        _ records: [EventRecord], window: Int = 14, since: Double? = nil, until: Double? = nil
    ) -> [CampaignOutcomes.Unit] {
        func time(_ day: Double?) -> Timestamp? {
            day.map { Timestamp(microseconds: Self.start + Int64($0 * Double(Self.day))) }
        }
        var outcomes = CampaignOutcomes(
            .init(metric: "order", windowDays: window, since: time(since), until: time(until)))
        var units = records.compactMap { outcomes.add($0) }
        if let last = outcomes.finish() { units.append(last) }
        return units
    }

    @Test func `What a unit does counts from its first show to the window's end, both included`() {
        var paid = record(.event, "a", day: 15, "order")
        paid.value = 20
        let found = units([
            record(.exposure, "a", day: 1, "spring"), record(.event, "a", day: 0.9, "order"),
            record(.event, "a", day: 1, "order"), paid, record(.event, "a", day: 15.01, "order"),
            record(.event, "a", day: 2, "visit"), record(.exposure, "a", day: 3, "spring"),
        ])
        #expect(found.map(\.id) == ["a"])
        let totals = found[0].campaigns["spring"]
        #expect(totals?.units == 1 && totals?.shows == 2 && totals?.clicks == 0)
        #expect(totals?.converted == 1 && totals?.outcomes == 2 && totals?.value == 20)
    }

    @Test func `A unit that was shown nothing is none, and each unit is told from the one before`() {
        var click = record(.exposure, "c", day: 1, "spring")
        click.isClick = true
        let found = units([
            record(.exposure, "a", day: 1, "spring"), record(.event, "b", day: 1, "order"), click,
            record(.event, "c", day: 2, "order"),
        ])
        #expect(found.map(\.id) == ["a", "c"])
        #expect(found[0].campaigns["spring"]?.converted == 0)
        #expect(found[1].campaigns["spring"]?.clicks == 1 && found[1].campaigns["spring"]?.converted == 1)
    }

    @Test func `The first show decides whether a unit lies in the time that is asked for`() {
        let records = ["a", "b", "c"].enumerated().flatMap { index, id in
            [record(.exposure, id, day: Double(index), "spring"), record(.exposure, id, day: 9, "spring")]
        }
        #expect(units(records, since: 1).map(\.id) == ["b", "c"])
        #expect(units(records, until: 2).map(\.id) == ["a", "b"])
        #expect(units(records, since: 1, until: 2).map(\.id) == ["b"])
    }

    @Test func `Every campaign has a row, and units are told apart by what they are now`() throws {
        var decision = DecideResponseMessage()
        (decision.role, decision.mql) = ("user", .yes)
        var hidden = DecideResponseMessage()
        hidden.unreadPurposes = ["profiling"]
        let shown = units([record(.exposure, "a", day: 1, "spring"), record(.exposure, "b", day: 1, "spring")])

        var plain = CampaignReport(metric: "order", by: nil, campaigns: ["spring", "autumn"], hasLeads: false)
        #expect(!plain.needsDecisions)
        for unit in shown { plain.add(unit, nil) }
        #expect(plain.rows.map(\.campaign) == ["autumn", "spring"] && plain.rows.map(\.totals.units) == [0, 2])
        #expect(plain.csv.split(separator: "\n").map(String.init)[2] == "spring,2,2,0,0,0,0")
        #expect(plain.text(style: Style(isColoured: false)).contains("0%"))

        var byRole = CampaignReport(metric: "order", by: .role, campaigns: ["spring", "autumn"], hasLeads: true)
        for (unit, decision) in zip(shown, [decision, hidden]) { byRole.add(unit, CampaignReport.Standing(decision)) }
        #expect(byRole.rows.map(\.group) == ["not agreed", "user"])
        #expect(byRole.rows.map(\.totals.qualified) == [0, 1])
        guard case .array(let members) = byRole.json else { return #expect(Bool(false), "an array") }
        #expect(members.count == 2)
    }
}
