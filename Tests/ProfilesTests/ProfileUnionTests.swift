import Model
import Profiles
import Testing

@Suite("ProfileUnion")
struct ProfileUnionTests {
    private let schema: ProfileSchema
    private let table: ProfileTable

    init() throws {
        schema = try makeSchema([("a", .int), ("b", .string), ("c", .strings)])
        table = makeTable(schema)
    }

    private func put(_ id: String, _ values: [(UInt16, AttributeValue, Int64)], account: String? = nil) throws {
        let values = values.map { ProfileChange.Value(attribute: $0.0, value: $0.1, observedAtSeconds: $0.2) }
        _ = try table.put(ProfileChange(id: id, values: values, account: account, writtenAtSeconds: 50))
    }

    private func record(_ id: String) -> [UInt8]? { table.journalRecord(of: id, atSeconds: 60) }

    private func values(_ record: [UInt8]) throws -> [String: AttributeValue] {
        let read = try record.withUnsafeBytes { try ProfileRecord(decoding: $0, schema: schema, entity: .visitor) }
        return Dictionary(read.values.map { ($0.name, $0.value) }) { first, _ in first }
    }

    @Test("W8: of each attribute the value that was learnt later is the person's")
    func unites() throws {
        try put("rita", [(0, .int(1), 10), (1, .string("known for years"), 30)], account: "acme")
        try put(
            "cookie", [(0, .int(2), 20), (1, .string("known for years too"), 20), (2, .strings(["x"]), 5)],
            account: "other")
        let united = try #require(try ProfileUnion.united(record("rita"), record("cookie"), id: "rita"))
        #expect(try values(united) == ["a": .int(2), "b": .string("known for years"), "c": .strings(["x"])])
        try table.replace(with: united)
        let stored = try #require(table.record(id: "rita"))
        #expect(stored.account == "acme" && stored.version == 2 && table.count == 2)
        let alone = try #require(try ProfileUnion.united(nil, record("cookie"), id: "rita"))
        try table.replace(with: alone)
        #expect(table.record(id: "rita")?.values == table.record(id: "cookie")?.values)
        #expect(try ProfileUnion.united(nil, nil, id: "rita") == nil)
    }

    @Test("W8: taken apart, what an id brought is gone, and what was written since stays")
    func separates() throws {
        try put("rita", [(0, .int(1), 10)])
        try put("cookie", [(0, .int(2), 20), (1, .string("brought"), 20), (2, .strings(["x"]), 5)], account: "acme")
        let (rita, cookie) = (try #require(record("rita")), try #require(record("cookie")))
        try table.replace(with: try #require(try ProfileUnion.united(rita, cookie, id: "rita")))
        try put("rita", [(2, .strings(["new"]), 40)])
        let whole = try #require(record("rita"))
        let left = try #require(try ProfileUnion.separated(whole, part: cookie, rest: [rita], id: "rita"))
        #expect(try values(left) == ["a": .int(1), "c": .strings(["new"])])
        let version = table.record(id: "rita")?.version
        try table.replace(with: left)
        #expect(table.record(id: "rita")?.account == "" && table.record(id: "rita")?.version == version.map { $0 + 1 })
        #expect(try ProfileUnion.separated(cookie, part: cookie, rest: [], id: "rita") == nil)
    }
}
