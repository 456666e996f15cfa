import Model
import Testing

@Suite("Times are read as a file writes them")
struct DateFormatTests {
    private func parse(_ text: String, _ name: String, zone: ZoneOffsets = .utc) throws -> Timestamp? {
        let format = try DateFormat(named: name, zone: zone)
        var text = text
        return text.withUTF8 { format.parse($0) }
    }

    @Test(arguments: [
        ("2026-11-20", "iso", "2026-11-20T00:00:00Z"), ("2026-11-20 10:00", "iso", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:07.5", "iso", "2026-11-20T10:00:07.5Z"),
        ("2026-11-20T10:00:00+02:00", "iso", "2026-11-20T08:00:00Z"), ("11/2/2025", "us", "2025-11-02T00:00:00Z"),
        ("02/29/2024 12:05 AM", "us", "2024-02-29T00:05:00Z"), ("2/9/2024, 12:05:09 pm", "us", "2024-02-09T12:05:09Z"),
        ("2/9/2024 16:05", "us", "2024-02-09T16:05:00Z"), ("2.11.2025", "eu", "2025-11-02T00:00:00Z"),
        ("02/11/2025 23:59:58", "eu", "2025-11-02T23:59:58Z"), ("1768905733", "unix_s", "2026-01-20T10:42:13Z"),
        ("1768905733.25", "unix_s", "2026-01-20T10:42:13.25Z"), ("-1", "unix_s", "1969-12-31T23:59:59Z"),
        ("1768905733007", "unix_ms", "2026-01-20T10:42:13.007Z"),
        ("7 Mar 26 3:04 PM", "d MMM yy h:mm a", "2026-03-07T15:04:00Z"),
        ("Sept 3, 2024", "MMM d, yyyy", "2024-09-03T00:00:00Z"),
        ("March 07, 1969", "MMMM dd, yyyy", "1969-03-07T00:00:00Z"), ("070369", "ddMMyy", "1969-03-07T00:00:00Z"),
        ("Mon, 12 Jan 2026 10:00:00 -0530", "EEE, dd MMM yyyy HH:mm:ss Z", "2026-01-12T15:30:00Z"),
        ("2026-01-12T10:00:00.125Z", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-01-12T10:00:00.125Z"),
        ("1768905733.0070006", "unix_s", "2026-01-20T10:42:13.007001Z"),
        ("45292", "excel", "2024-01-01T00:00:00Z"),
        ("45292.416666666664", "excel", "2024-01-01T10:00:00Z"), ("1", "excel", "1900-01-01T00:00:00Z"),
        ("59", "excel", "1900-02-28T00:00:00Z"), ("61", "excel", "1900-03-01T00:00:00Z"),
        ("43830", "excel_1904", "2024-01-01T00:00:00Z"),
        ("am 5.6.2026 um 8'", "'am' d.M.yyyy 'um' H''", "2026-06-05T08:00:00Z"),
    ])
    func `Every form`(text: String, name: String, time: String) throws {
        #expect(try parse(text, name) == TimestampText.parse(time))
    }

    @Test(
        "W30: as PostgreSQL writes it",
        arguments: [
            ("2024-06-01 10:00:00+02", "2024-06-01T08:00:00Z"),
            ("2024-06-01 10:00:00.123456-03", "2024-06-01T13:00:00.123456Z"),
            ("2024-06-01 10:00:00+05:30", "2024-06-01T04:30:00Z"), ("2024-06-01 10:00:00 UTC", "2024-06-01T10:00:00Z"),
            ("2024-06-01T10:00:00+0200", "2024-06-01T08:00:00Z"), ("2024-06-01 10:00 +0200", "2024-06-01T08:00:00Z"),
            ("2024-06-01 10:00:00-00", "2024-06-01T10:00:00Z"), ("2024-06-01 10:00:00+14", "2024-05-31T20:00:00Z"),
        ])
    func postgreSQL(text: String, time: String) throws {
        #expect(try parse(text, "iso") == TimestampText.parse(time))
    }

    @Test(arguments: [
        ("", "iso"), ("2026-02-29", "iso"), ("2026-11-20 24:00", "iso"), ("20.11.2026", "iso"), ("13/1/2026", "us"),
        ("2/30/2026", "us"), ("1/2/2026 13:00 PM", "us"), ("1/2/2026 0:00 AM", "us"), ("1.13.2026", "eu"),
        ("1.2.26", "eu"), ("1.2.2026 ", "eu"), ("", "unix_s"), ("1e9", "unix_s"), ("1.", "unix_s"), (".5", "unix_s"),
        ("253402300800", "unix_s"), ("99999999999999999999", "unix_ms"), ("1 Foo 2026", "d MMM yyyy"),
        ("1 Ju 2026", "d MMM yyyy"), ("1 Janu 2026", "d MMM yyyy"), ("60", "excel"), ("0", "excel"),
        ("45292.", "excel"), ("-1", "excel"),
        ("2958466", "excel"), ("99999999999999999999", "excel"), ("2024-06-01 10:00:00+2", "iso"),
        ("2024-06-01 10:00:00+25", "iso"), ("2024-06-01 10:00:00 CET", "iso"),
    ])
    func `What does not fit is refused`(text: String, name: String) throws {
        #expect(try parse(text, name) == nil)
    }

    @Test(arguments: [
        ("DD.MM.yyyy", 0, "dd"), ("dd.MM.YYYY", 6, "yyyy"), ("dd.mm.yyyy", 0, "MM"), ("MM.yyyy", 0, "day"),
        ("dd.MM", 0, "year"), ("dd.MM.yyyy hh:mm", 0, "HH"), ("dd.MM.yyyy HH:mm a", 0, "hh"),
        ("dd.MM.yyyy QQ", 11, "QQ"), ("dd.MM.yyyy 'at", 11, "apostrophe"), ("dd.dd.MM.yyyy", 0, "twice"),
    ])
    func `A pattern that is none is refused with its place`(pattern: String, offset: Int, word: String) {
        let error = #expect(throws: DatePattern.Problem.self) { try DatePattern(pattern) }
        #expect(error?.offset == offset)
        #expect(error?.reason.contains(word) == true, "\(error?.reason ?? "")")
    }

    @Test("What clocks show twice is the first, what they skip is as if they had not been set")
    func zones() throws {
        // Central European time in 2026: ahead by two hours from 29 March 01:00 UTC to 25 October 01:00 UTC.
        let spring = try #require(TimestampText.parse("2026-03-29T01:00:00Z")).microseconds / 1_000_000
        let autumn = try #require(TimestampText.parse("2026-10-25T01:00:00Z")).microseconds / 1_000_000
        let zone = ZoneOffsets(
            offsetSeconds: 3_600,
            changes: [.init(from: spring, offsetSeconds: 7_200), .init(from: autumn, offsetSeconds: 3_600)])
        for (local, utc) in [
            ("2026-03-29 01:59:59", "2026-03-29T00:59:59Z"), ("2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
            ("2026-03-29 03:00:00", "2026-03-29T01:00:00Z"), ("2026-10-25 01:59:59", "2026-10-24T23:59:59Z"),
            ("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"), ("2026-10-25 03:00:00", "2026-10-25T02:00:00Z"),
            ("1960-01-01 00:00:00.5", "1959-12-31T23:00:00.5Z"),
        ] {
            #expect(try parse(local, "iso", zone: zone) == TimestampText.parse(utc), "\(local)")
        }
    }
}
