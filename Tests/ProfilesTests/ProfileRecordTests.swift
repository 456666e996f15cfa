internal import TestSupport
internal import CXXHash
internal import Model
internal import Profiles
internal import Testing

@Suite struct ProfileRecordTests {
    private func sample(_ random: inout SeededGenerator) throws -> (schema: ProfileSchema, record: [UInt8]) {
        let schema = try makeSchema()
        let table = makeTable(schema)
        let values = schema.attributes(of: .visitor).map { attribute in
            ProfileChange.Value(
                attribute: attribute.id, value: randomValue(attribute.type, &random),
                observedAtSeconds: attribute.id.isMultiple(of: 3) ? 0 : 1_790_000_000 + Int64(attribute.id % 2))
        }
        return (schema, try table.put(ProfileChange(id: "visitor", values: values, account: "acme")).record)
    }

    @Test func `Damage anywhere is found`() throws {
        var random = SeededGenerator(seed: 3)
        let (schema, record) = try sample(&random)
        let table = makeTable(schema)
        for index in record.indices {
            var damaged = record
            damaged[index] ^= 0x20
            #expect(throws: ProfileError.self) { try damaged.withUnsafeBytes { try table.load($0) } }
            #expect(throws: ProfileError.self) { try record[..<index].withUnsafeBytes { try table.load($0) } }
        }
        #expect(table.count == 0)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `Bytes with a right checksum but wrong content do no harm`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (schema, record) = try sample(&random)
        let table = makeTable(schema)
        var accepted = 0
        for _ in 0..<5_000 {
            var content = Array(record.dropLast(8))
            for _ in 0...random.below(3) { content[random.below(content.count)] = UInt8(random.below(256)) }
            if random.below(3) == 0 { content.removeLast(random.below(content.count)) }
            let checksum = XXH64(content, content.count, 0)
            content += (0..<8).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }
            // Loading goes its own way, in one pass: it takes and refuses what decoding does.
            let decoded = Result {
                try content.withUnsafeBytes { try ProfileRecord(decoding: $0, schema: schema, entity: .visitor) }
            }
            switch (decoded, Result { try content.withUnsafeBytes { try table.load($0) } }) {
            case (.success(let record), .success):
                #expect(table.record(id: record.id) == record)
                accepted += 1
            case (.failure, .failure(let error)): #expect("\(error)".contains("stored data cannot be read"))
            case (let decoded, let loaded): Issue.record("decoding: \(decoded), loading: \(loaded)")
            }
        }
        // Most of a record is text and numbers, in which any byte makes sense.
        #expect(accepted > 0)
        table.free(table.takeRetired())
    }

    @Test(arguments: [(1_790_000_000, 1_790_000_000), (0, nil)] as [(Int64, Int64?)])
    func `A record of format 1 is read, and counts as written when its newest value was learnt`(
        learnt: Int64, written: Int64?
    ) throws {
        let schema = try makeSchema([(name: "n", type: .int)])
        let value = ProfileChange.Value(attribute: 0, value: .int(7), observedAtSeconds: learnt)
        let record = try makeTable(schema).put(ProfileChange(id: "v1", values: [value])).record
        // Behind format, version, id and account stands the base time, then the time of writing, which format 1 lacks.
        var old = Array(record.dropLast(8))
        let base = try #require(old[6...].firstIndex { $0 < 0x80 })
        #expect(old[base + 1] == 0)
        old.remove(at: base + 1)
        old[0] = 1
        let checksum = XXH64(old, old.count, 0)
        old += (0..<8).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }
        let table = makeTable(schema)
        try old.withUnsafeBytes { try table.load($0) }
        let found = try #require(table.record(id: "v1"))
        #expect(found.writtenAtSeconds == written && found.value("n") == .int(7))
    }

    @Test func `A record of a newer format, or of attributes that the schema lacks, is refused`() throws {
        var random = SeededGenerator(seed: 9)
        let (schema, record) = try sample(&random)
        var newer = Array(record.dropLast(8))
        newer[0] = 3
        let checksum = XXH64(newer, newer.count, 0)
        newer += (0..<8).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }
        let expected = ProfileError.corrupt("a profile has format 3, this version reads 2")
        #expect(throws: expected) { try newer.withUnsafeBytes { try makeTable(schema).load($0) } }
        let smaller = try makeSchema(Array(attributesOfEveryType.dropLast()))
        #expect(throws: ProfileError.self) { try record.withUnsafeBytes { try makeTable(smaller).load($0) } }
        let retyped = try makeSchema([(name: "bool_one", type: .string)] + attributesOfEveryType.dropFirst())
        #expect(throws: ProfileError.self) { try record.withUnsafeBytes { try makeTable(retyped).load($0) } }
    }

    @Test func `A record does not depend on the dictionary of the table that wrote it`() throws {
        let schema = try makeSchema([(name: "x", type: .string), (name: "y", type: .strings)])
        let table = makeTable(schema)
        var records: [[UInt8]] = []
        for _ in 0..<4 {
            let change = ProfileChange(
                id: "v",
                values: [
                    .init(attribute: 0, value: .string("often seen"), observedAtSeconds: 0),
                    .init(attribute: 1, value: .strings(["one of them", "another"]), observedAtSeconds: 0),
                ], expectedVersion: nil)
            records.append(try table.put(change).record)
            _ = try table.delete(id: "v")
        }
        #expect(Set(records).count == 1)
    }
}
