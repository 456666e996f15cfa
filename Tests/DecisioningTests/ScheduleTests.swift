import Foundation
import Model
import Testing

@Suite("Schedules")
struct ScheduleTests {
    private static func rules(_ schedule: String) -> String {
        """
        attributes:
          visitor: {timezone: {type: string}}
        placements:
          slot: {kind: page, fields: {text: {max_length: 40}}}
        campaigns:
          run: {priority: 1, pages: {slot: {v: {schedule: {\(schedule)}, fields: {text: open}}}}}
        """
    }

    /// Whether it is open by the calendar of Foundation.
    private func isOpen(_ date: Date, zone: String, days: Set<Int>, minutes: Range<Int>) throws -> Bool {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: zone))
        let parts = calendar.dateComponents([.weekday, .hour, .minute], from: date)
        let minute = try #require(parts.hour) * 60 + #require(parts.minute)
        return days.contains(try #require(parts.weekday)) && minutes.contains(minute)
    }

    @Test(
        "agree with Foundation's calendar at every half hour around the changes of two years, in the visitor's zone",
        arguments: [
            "Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC",
            "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "Europe/Dublin", "Asia/Gaza", "Antarctica/Troll",
        ])
    func visitorZone(_ zone: String) throws {
        let harness = try Harness(
            ScheduleTests.rules(#"timezone: visitor, days: [mon, tue, wed, thu, fri], hours: "09:00-18:00""#))
        var inputs = Harness.Inputs()
        inputs.visitor["timezone"] = .string(zone)
        let start = try Date("2026-01-01T00:00:00Z", strategy: .iso8601)
        for step in stride(from: 0, to: 2 * 365 * 48, by: 17) {
            let date = start + Double(step) * 1_800
            inputs.now = date.formatted(.iso8601)
            let expected = try isOpen(date, zone: zone, days: [2, 3, 4, 5, 6], minutes: 540..<1_080)
            let reason = try harness.decide(inputs)["slot"]?.reason
            #expect(reason == (expected ? .campaign : .noVariant), "\(zone) at \(inputs.now)")
        }
    }

    @Test(
        "agree with Foundation's calendar far from now",
        arguments: ["1971-07-01", "1999-03-28", "2045-10-29", "2099-07-01"])
    func farAway(_ day: String) throws {
        for zone in ["Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo"] {
            let harness = try Harness(ScheduleTests.rules(#"timezone: \#(zone), hours: "02:00-14:30""#))
            let start = try Date("\(day)T00:00:00Z", strategy: .iso8601)
            for step in 0..<48 {
                let date = start + Double(step) * 1_800
                var inputs = Harness.Inputs()
                inputs.now = date.formatted(.iso8601)
                let expected = try isOpen(date, zone: zone, days: [1, 2, 3, 4, 5, 6, 7], minutes: 120..<870)
                let reason = try harness.decide(inputs)["slot"]?.reason
                #expect(reason == (expected ? .campaign : .noVariant), "\(zone) at \(inputs.now)")
            }
        }
    }

    @Test("open in the evening of their days and close on the morning after")
    func overnight() throws {
        let harness = try Harness(ScheduleTests.rules(#"timezone: UTC, days: [fri], hours: "22:00-06:00""#))
        // 2026-11-20 is a Friday.
        for (now, opens) in [
            ("2026-11-20T05:59:00Z", false), ("2026-11-20T21:59:59Z", false), ("2026-11-20T22:00:00Z", true),
            ("2026-11-21T00:00:00Z", true), ("2026-11-21T05:59:59Z", true), ("2026-11-21T06:00:00Z", false),
            ("2026-11-21T22:00:00Z", false),
        ] {
            var inputs = Harness.Inputs()
            inputs.now = now
            #expect(try harness.decide(inputs)["slot"]?.reason == (opens ? .campaign : .noVariant), "\(now)")
        }
    }

    @Test("stay closed while the visitor's zone is missing or no zone at all")
    func unknownZone() throws {
        let harness = try Harness(ScheduleTests.rules("timezone: visitor"))
        let missing = try harness.decide()["slot"]
        #expect(missing?.reason == .noVariant)
        #expect(missing?.lackedData == true)
        var inputs = Harness.Inputs()
        inputs.visitor["timezone"] = .string("Mars/Olympus")
        #expect(try harness.decide(inputs)["slot"]?.reason == .noVariant)
        inputs.visitor["timezone"] = .string("Asia/Tokyo")
        #expect(try harness.decide(inputs)["slot"]?.reason == .campaign)
    }
}
