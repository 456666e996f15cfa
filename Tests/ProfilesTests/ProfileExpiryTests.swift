internal import TestSupport
internal import Model
internal import Profiles
internal import Testing

/// Profiles with a time to live against a plain dictionary that does the same.
@Suite struct ProfileExpiryTests {
    private static let day: Int64 = 86_400
    private static let start: Int64 = 1_790_000_000

    private struct Plain {
        var version: UInt64 = 0
        var account = ""
        var values: [UInt16: Int64] = [:]
        var writtenAt: Int64 = 0
    }

    private func makeTable(_ schema: ProfileSchema, days: Int) -> ProfileTable {
        let table = ProfileTable(entity: .visitor, lifetime: ProfileLifetime(days: days))
        table.adopt(schema)
        return table
    }

    private func isFound(_ table: ProfileTable, _ id: String, at now: Int64) -> Bool {
        Array(id.utf8).withUnsafeBufferPointer { table.find($0, atSeconds: now) != nil }
    }

    private func expect(_ plain: Plain?, _ id: String, in table: ProfileTable, at now: Int64) {
        let found = table.record(id: id, atSeconds: now)
        #expect(isFound(table, id, at: now) == (plain != nil))
        #expect(found?.version == plain?.version && found?.account == plain?.account)
        #expect(found?.writtenAtSeconds == plain?.writtenAt)
        let values = found?.values.reduce(into: [String: AttributeValue]()) { $0[$1.name] = $1.value }
        let expected = plain?.values.reduce(into: [String: AttributeValue]()) { $0["a\($1.key)"] = .int($1.value) }
        #expect(values == expected)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `Put, merge, delete, expire, sweep and restart in any order agree with a dictionary`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let days = [1, 30, 400][Int(seed) % 3]
        let schema = try makeSchema((0..<4).map { (name: "a\($0)", type: .int) })
        var table = makeTable(schema, days: days)
        // What is unknown by time is gone from the model at once; the journal keeps it until it is swept.
        var model: [String: Plain] = [:]
        var journal: [String: [UInt8]] = [:]
        var now = Self.start
        var expired = 0
        for step in 0..<3_000 {
            let id = "visitor-\(random.below(150))"
            switch random.below(24) {
            case 0, 1:
                // To the second at which one expires, one before it, or anywhere.
                let next = model.values.map { $0.writtenAt + Int64(days) * Self.day }.min() ?? now
                now = max(now, [next, next - 1, now + Int64(random.below(days * 20_000))][random.below(3)])
                let before = model.count
                model = model.filter { now - $0.value.writtenAt < Int64(days) * Self.day }
                expired += before - model.count
            case 2:
                let existed = try table.delete(id: id, atSeconds: now)
                #expect(existed == (model[id] != nil))
                if existed { journal[id] = nil }
                model[id] = nil
            case 3:
                for part in 0..<ProfileTable.partCount {
                    for removed in table.removeExpired(inPart: part, atSeconds: now) {
                        let removed = String(decoding: removed, as: UTF8.self)
                        #expect(model[removed] == nil)
                        #expect(journal.removeValue(forKey: removed) != nil)
                    }
                }
                #expect(table.count == model.count && Set(journal.keys) == Set(model.keys))
            case 4 where step.isMultiple(of: 5):
                table = makeTable(schema, days: days)
                for record in journal.values { try record.withUnsafeBytes { try table.load($0) } }
            default:
                var plain = model[id] ?? Plain()
                var change = ProfileChange(id: id, writtenAtSeconds: now)
                for attribute in 0..<UInt16(4) where random.below(3) == 0 {
                    let value = Int64(random.below(1_000))
                    let learnt = [0, now, now - Int64(random.below(10_000_000))][random.below(3)]
                    change.values.append(
                        .init(attribute: attribute, value: .int(value), observedAtSeconds: learnt))
                    plain.values[attribute] = value
                }
                if random.below(4) == 0 { change.account = "acme-\(random.below(3))" }
                if random.below(4) == 0 { change.expectedVersion = plain.version }
                plain.account = change.account ?? plain.account
                plain.version += 1
                plain.writtenAt = now
                try table.check(change)
                let write = try table.put(change)
                #expect(write.version == plain.version)
                (model[id], journal[id]) = (plain, write.record)
            }
            expect(model[id], id, in: table, at: now)
            if step.isMultiple(of: 97) { table.free(table.takeRetired()) }
        }
        #expect(expired > 50)
        for number in 0..<150 { expect(model["visitor-\(number)"], "visitor-\(number)", in: table, at: now) }
        let exported = (0..<ProfileTable.partCount).flatMap { table.records(inPart: $0, atSeconds: now) }
        #expect(exported.map(\.id).sorted() == model.keys.sorted())
    }

    @Test func `The second before it is over a profile is known, from then on it is not`() throws {
        let schema = try makeSchema([(name: "n", type: .int)])
        let table = makeTable(schema, days: 2)
        _ = try table.put(ProfileChange(id: "v", writtenAtSeconds: Self.start))
        #expect(isFound(table, "v", at: Self.start + 2 * Self.day - 1))
        #expect(!isFound(table, "v", at: Self.start + 2 * Self.day))
        // Asked at an earlier time, as a rehearsal may be, it is known again: nothing was removed.
        #expect(isFound(table, "v", at: Self.start - 5 * Self.day))
        // Made anew it begins at version 1, without what it was.
        let again = ProfileChange(id: "v", expectedVersion: 0, writtenAtSeconds: Self.start + 3 * Self.day)
        #expect(try table.put(again).version == 1)
        #expect(table.record(id: "v", atSeconds: Self.start + 4 * Self.day)?.version == 1)
    }

    @Test func `Without a time to live, or without a time of writing, a profile stays`() throws {
        let schema = try makeSchema([(name: "n", type: .int)])
        let never = makeTable(schema, days: 0)
        _ = try never.put(ProfileChange(id: "v", writtenAtSeconds: Self.start))
        let unknown = makeTable(schema, days: 1)
        _ = try unknown.put(ProfileChange(id: "v"))
        for table in [never, unknown] {
            #expect(isFound(table, "v", at: .max))
            #expect(table.removeExpired(inPart: 0, atSeconds: .max).isEmpty)
            #expect(try table.delete(id: "v", atSeconds: .max))
        }
    }
}
