import Model
import Testing

@Suite("W46: time zones have the names of the database")
struct ZoneCatalogTests {
    @Test(arguments: ["Europe/Kyiv", "Asia/Kathmandu", "America/Argentina/Ushuaia", "UTC", "Etc/GMT+3"])
    func `Names of the database are known`(name: String) {
        #expect(ZoneCatalog.shared.changes(name) != nil)
    }

    @Test(arguments: [
        "BST", "GMT+3", "UTC+2", "PST", "Z", "", "Europe", "europe/kyiv", "localtime", "posixrules", "Factory",
        "posix/UTC",
        "../zoneinfo/UTC", "tzdata.zi", "Europe/Kyiv ", "+02:00",
    ])
    func `Anything else is not`(name: String) {
        #expect(ZoneCatalog.shared.changes(name) == nil)
        #expect(ZoneCatalog.shared.offsets(name) == nil)
    }

    @Test(arguments: [
        ("Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z"),
        ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
        ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ("Europe/Berlin", "2026-12-24", "2026-12-23T23:00:00Z"), ("Asia/Kolkata", "2026-12-24", "2026-12-23T18:30:00Z"),
        ("America/New_York", "2026-07-01 09:00", "2026-07-01T13:00:00Z"), ("UTC", "2026-07-01", "2026-07-01T00:00:00Z"),
    ])
    func `What clocks show becomes a time`(zone: String, local: String, time: String) throws {
        let offsets = try #require(ZoneCatalog.shared.offsets(zone))
        let shown = try #require(TimestampText.local(local))
        #expect(TimestampText.format(offsets.timestamp(local: shown)) == time)
    }
}
