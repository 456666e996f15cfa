import TestSupport
import Model
import Profiles
import Testing

@Suite struct ProfileLoaderTests {
    private func records(_ schema: ProfileSchema, count: Int) throws -> (table: ProfileTable, records: [[UInt8]]) {
        var random = SeededGenerator(seed: 11)
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

    @Test(arguments: [2, 7, 8, 9, 15, 16, 17, 24, 25, 33, 63, 64, 65])
    func `Texts of one length that differ in one byte are told apart`(length: Int) throws {
        let schema = try makeSchema([(name: "x", type: .string), (name: "y", type: .string)])
        let texts =
            [String(repeating: "a", count: length)]
            + (0..<length).map { place in
                String(repeating: "a", count: place) + "b" + String(repeating: "a", count: length - place - 1)
            }
        let written = makeTable(schema)
        let loaded = makeTable(schema)
        let loader = ProfileLoader(loaded)
        // Three times over, so that every text has a code and is met again.
        let profiles = (0..<3 * texts.count).map { number in
            let values = [texts[number % texts.count], texts[(number + 1) % texts.count]]
            return ProfileChange(
                id: "v\(number)",
                values: values.enumerated().map {
                    .init(attribute: UInt16($0), value: .string($1), observedAtSeconds: 0)
                }, account: values[0])
        }
        for profile in profiles {
            let record = try written.put(profile).record
            try record.withUnsafeBytes { try loader.load($0) }
        }
        loader.finish()
        for (number, profile) in profiles.enumerated() {
            let found = try #require(loaded.record(id: profile.id))
            #expect(found.value("x") == .string(texts[number % texts.count]) && found.account == profile.account)
            #expect(found.value("y") == .string(texts[(number + 1) % texts.count]))
        }
    }

    @Test func `More texts than a thread keeps codes of are loaded as they were written`() throws {
        let schema = try makeSchema([(name: "x", type: .string), (name: "y", type: .string)])
        let written = makeTable(schema)
        let loaded = makeTable(schema)
        let loader = ProfileLoader(loaded)
        // Twice in a row, so that each earns its code, and once more after all others.
        let numbers = (0..<12_000).flatMap { [$0, $0] } + Array(0..<12_000)
        for (place, number) in numbers.enumerated() {
            let values = [String(number), "text \(number % 5_000)"]
            let change = ProfileChange(
                id: "v\(place)",
                values: values.enumerated().map {
                    .init(attribute: UInt16($0), value: .string($1), observedAtSeconds: 0)
                })
            try written.put(change).record.withUnsafeBytes { try loader.load($0) }
        }
        loader.finish()
        for (place, number) in numbers.enumerated() {
            let found = try #require(loaded.record(id: "v\(place)"))
            #expect(found.value("x") == .string(String(number)))
            #expect(found.value("y") == .string("text \(number % 5_000)"))
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
