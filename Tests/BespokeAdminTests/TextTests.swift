import BespokeAdmin
import Foundation
import Messages
import Model
import Testing

@Suite struct TextTests {
    private static let plain = Style(isColoured: false)

    @Test func `Times are written as another library writes them`() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.calendar = Calendar(identifier: .iso8601)
        formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'"
        // From 1583, where that library's calendar begins to be the proleptic one, in steps that hit every month and weekday.
        for seconds in stride(from: Int64(-12_212_553_600), to: 253_402_300_800, by: 86_399 * 977) {
            let text = TimestampText.format(Timestamp(microseconds: seconds * 1_000_000))
            #expect(text == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
            #expect(TimestampText.parse(text) == Timestamp(microseconds: seconds * 1_000_000))
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"), (1_500_000, "1970-01-01T00:00:01.500Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"), (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)])
    func `The edges of time come out right`(microseconds: Int64, text: String) {
        #expect(TimestampText.format(Timestamp(microseconds: microseconds)) == text)
    }

    @Test func `A decision reads from who to why`() {
        var decision = DecideResponseMessage()
        var icp = IcpMatchMessage()
        (icp.name, icp.title, icp.tier, icp.fit) = ("olive", "Office manager", "a", 87.25)
        decision.icp = icp
        decision.segments = ["offices"]
        var placement = PlacementDecisionMessage()
        (placement.placement, placement.reason, placement.because) = ("hero", .blocked, "closed for legal reasons")
        placement.lackedData = true
        placement.fields = [TextEntry(name: "headline", text: "Hello\u{1b}[31m")]
        decision.placements = [placement]
        decision.unreadPurposes = ["personalisation"]
        let text = DecisionText.render(decision, style: Self.plain)
        for words in [
            "offices", "Office manager (olive): fit 87.3 of 100, tier a", "hero\n", "the placement's default",
            "a legal block holds: closed for legal reasons", "missing or too old", "headline  Hello?[31m",
            "personalisation",
        ] { #expect(text.contains(words), "\(words) in \(text)") }
        #expect(!text.contains("\u{1b}"))
    }

    @Test func `Colours appear only when asked for`() {
        let decision = DecideResponseMessage()
        #expect(DecisionText.render(decision, style: Style(isColoured: true)).contains("\u{1b}["))
        #expect(!DecisionText.render(decision, style: Self.plain).contains("\u{1b}["))
    }

    @Test func `Tables are aligned`() {
        let stats = GetStatsResponse(methods: [
            MethodStats(
                method: "/a/Short", count: 1_234_567, errors: 0, p50Microseconds: 1, p90Microseconds: 2.25,
                p99Microseconds: 3, p999Microseconds: 4, maxMicroseconds: 5_000),
            MethodStats(
                method: "/a/MuchLonger", count: 1, errors: 1, p50Microseconds: 10, p90Microseconds: 20,
                p99Microseconds: 30, p999Microseconds: 40, maxMicroseconds: 50),
        ])
        let lines = ReportText.stats(stats, style: Self.plain).split(separator: "\n")
        #expect(lines.count == 3 && Set(lines.map(\.count)).count == 1)
        #expect(lines[1].contains("1,234,567") && lines[0].contains("p99.9"))
    }

    @Test func `A push says what serves now`() {
        func text(_ accepted: Bool, _ before: String) -> String {
            RuleText.pushed(
                PushRulesResponse(
                    accepted: accepted, revision: "new", previousRevision: before, diagnostics: [], testFailures: [],
                    tests: 2), style: Self.plain)
        }
        #expect(text(true, "old") == "served: revision new instead of old, its 2 tests pass\n")
        #expect(text(true, "") == "served: revision new, its 2 tests pass\n")
        #expect(text(true, "new") == "served: revision new, as before, its 2 tests pass\n")
        #expect(text(false, "old").hasSuffix("revision old serves on\n"))
        #expect(text(false, "").hasSuffix("no rule set is served\n"))
    }
}
