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

@Suite("W60: start and end are on the clock that the campaign names")
struct LocalWindowTests {
    private func harness(_ keys: String) throws -> Harness {
        try Harness(
            """
            attributes:
              visitor: {timezone: {type: string}}
            placements:
              slot: {kind: page, fields: {text: {}}}
            campaigns:
              run: {\(keys), pages: {slot: {v: {fields: {text: open}}}}}
            """)
    }

    private func isOpen(_ harness: Harness, _ now: String, _ zone: String? = nil) throws -> Bool {
        var inputs = Harness.Inputs()
        inputs.now = now
        if let zone { inputs.visitor["timezone"] = .string(zone) }
        return try harness.decide(inputs)["slot"]?.reason == .campaign
    }

    @Test(
        "W60: the campaign's own, else that of its schedule, else UTC",
        arguments: [
            ("timezone: America/New_York", "2026-11-27T05:00:00Z", "2026-12-01T05:00:00Z"),
            ("schedule: {timezone: Asia/Tokyo}", "2026-11-26T15:00:00Z", "2026-11-30T15:00:00Z"),
            (
                "timezone: Europe/Berlin, schedule: {timezone: Asia/Tokyo}", "2026-11-26T23:00:00Z",
                "2026-11-30T23:00:00Z"
            ),
            ("priority: 1", "2026-11-27T00:00:00Z", "2026-12-01T00:00:00Z"),
        ])
    func named(keys: String, starts: String, ends: String) throws {
        let harness = try harness("\(keys), starts: 2026-11-27, ends: 2026-12-01")
        for (time, opens) in [(starts, true), (ends, false)] {
            let date = try Date(time, strategy: .iso8601)
            #expect(try isOpen(harness, (date - 1).formatted(.iso8601)) != opens, "before \(time)")
            #expect(try isOpen(harness, time) == opens, "at \(time)")
        }
    }

    @Test("W60: an offset says what it says, and clocks are those of the day")
    func offsets() throws {
        let given = try harness("timezone: Asia/Tokyo, starts: '2026-11-27T00:00:00Z', ends: 2026-12-01")
        #expect(try !isOpen(given, "2026-11-26T23:59:59Z") && isOpen(given, "2026-11-27T00:00:00Z"))
        let summer = try harness("timezone: Europe/Berlin, starts: 2026-03-28T09:00, ends: 2026-03-29T09:00:00")
        #expect(try !isOpen(summer, "2026-03-28T07:59:59Z") && isOpen(summer, "2026-03-28T08:00:00Z"))
        #expect(try isOpen(summer, "2026-03-29T06:59:59Z") && !isOpen(summer, "2026-03-29T07:00:00Z"))
    }

    @Test(
        "W60: on the visitor's clock, each has the same day",
        arguments: [
            "timezone: visitor", "schedule: {timezone: visitor}", "timezone: visitor, schedule: {timezone: visitor}",
        ])
    func visitors(keys: String) throws {
        let harness = try harness("\(keys), starts: 2026-12-24, ends: 2026-12-25")
        for (zone, starts) in [
            ("Pacific/Kiritimati", "2026-12-23T10:00:00Z"), ("Europe/Berlin", "2026-12-23T23:00:00Z"),
            ("Pacific/Honolulu", "2026-12-24T10:00:00Z"), ("Etc/GMT+12", "2026-12-24T12:00:00Z"),
        ] {
            let date = try Date(starts, strategy: .iso8601)
            #expect(try !isOpen(harness, (date - 1).formatted(.iso8601), zone), "\(zone)")
            #expect(try isOpen(harness, starts, zone), "\(zone)")
            #expect(try isOpen(harness, (date + 86_399).formatted(.iso8601), zone), "\(zone)")
            #expect(try !isOpen(harness, (date + 86_400).formatted(.iso8601), zone), "\(zone)")
        }
        #expect(try !isOpen(harness, "2026-12-24T12:00:00Z"))
    }

    @Test(
        "W60: what no clock can mean is refused",
        arguments: [
            "starts: 2026-11-27T09:00", "timezone: BST, starts: 2026-11-27", "timezone: GMT+3, starts: 2026-11-27",
            "timezone: visitor, schedule: {timezone: UTC}, starts: 2026-11-27",
        ])
    func refused(keys: String) {
        #expect(throws: Harness.Failure.self) { try harness(keys) }
    }
}
