import Model
import Profiles
import Testing

@Suite struct ProfileLoaderTests {
    private func records(_ schema: ProfileSchema, count: Int) throws -> (table: ProfileTable, records: [[UInt8]]) {
        var random = Seeded(11)
        let table = makeTable(schema)
        let records = try (0..<count).map { number in
            var values: [ProfileChange.Value] = []
            for attribute in schema.attributes(of: .visitor) where random.below(3) > 0 {
                values.append(
                    .init(
                        attribute: attribute.id, value: randomValue(attribute.type, &random),
                        observedAtSeconds: Int64(random.below(3)) * 1_700_000_000))
            }
            let account = random.below(2) == 0 ? "account-\(random.below(40))" : nil
            return try table.put(ProfileChange(id: "v\(number)", values: values, account: account)).record
        }
        return (table, records)
    }

    @Test(arguments: [1, 3])
    func `What several threads load reads as it was written`(threads: Int) async throws {
        let schema = try makeSchema()
        let (written, records) = try records(schema, count: 6_000)
        let loaded = makeTable(schema)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    let loader = ProfileLoader(loaded)
                    for record in stride(from: thread, to: records.count, by: threads).map({ records[$0] }) {
                        try record.withUnsafeBytes { try loader.load($0) }
                    }
                    loader.finish()
                }
            }
            try await group.waitForAll()
        }
        #expect(loaded.count == written.count)
        for number in 0..<records.count {
            let expected = written.read("v\(number)", schema)
            #expect(expected != nil && loaded.read("v\(number)", schema) == expected)
        }
    }

    @Test func `Rows that were loaded can be replaced, deleted and their memory used again`() throws {
        let schema = try makeSchema()
        let (written, records) = try records(schema, count: 2_000)
        let loaded = makeTable(schema)
        let loader = ProfileLoader(loaded)
        for record in records { try record.withUnsafeBytes { try loader.load($0) } }
        loader.finish()
        let before = loaded.memory.rowBytes
        for _ in 0..<5 {
            for number in 0..<records.count {
                let write = ProfileChange(id: "v\(number)")
                #expect(try loaded.put(write) == written.put(write))
            }
            loaded.free(loaded.takeRetired())
        }
        // Versions have grown by five; the rows take as much as before, and as much again while they are replaced.
        #expect(loaded.memory.rowBytes < before * 5 / 2)
        for number in 0..<records.count {
            #expect(loaded.read("v\(number)", schema) == written.read("v\(number)", schema))
            #expect(try loaded.delete(id: "v\(number)"))
        }
        #expect(loaded.count == 0)
    }

    @Test func `A damaged record is refused and the ones before it are there`() throws {
        let schema = try makeSchema()
        var (_, records) = try records(schema, count: 300)
        records[299][5] ^= 1
        let loaded = makeTable(schema)
        let loader = ProfileLoader(loaded)
        for record in records.dropLast() { try record.withUnsafeBytes { try loader.load($0) } }
        #expect(throws: ProfileError.self) { try records[299].withUnsafeBytes { try loader.load($0) } }
        loader.finish()
        #expect(loaded.count == 299 && loader.count == 299)
    }
}
