internal import TestSupport
internal import Model
internal import Profiles
internal import Testing

/// The table against a plain dictionary that does the same.
@Suite struct ProfileTableModelTests {
    /// What a profile is, without any packing.
    private struct Plain: Equatable {
        var version: UInt64 = 0
        var account = ""
        var values: [UInt16: (value: AttributeValue, time: Int64)] = [:]

        static func == (left: Plain, right: Plain) -> Bool {
            left.version == right.version && left.account == right.account
                && left.values.mapValues(\.value) == right.values.mapValues(\.value)
                && left.values.mapValues(\.time) == right.values.mapValues(\.time)
        }

        func record(_ id: String, _ schema: ProfileSchema) -> ProfileRecord {
            ProfileRecord(
                id: id, version: version, account: account,
                values: values.sorted { $0.key < $1.key }.map { attribute, stored in
                    .init(
                        name: schema.attributes(of: .visitor)[Int(attribute)].name, value: stored.value,
                        observedAtSeconds: stored.time == 0 ? nil : stored.time)
                })
        }
    }

    /// A random write, done to the model too.
    private func randomChange(
        _ id: String, _ schema: ProfileSchema, _ model: inout [String: Plain], _ random: inout SeededGenerator
    ) -> ProfileChange {
        var plain = model[id] ?? Plain()
        var change = ProfileChange(id: id)
        let attributes = schema.attributes(of: .visitor).shuffled(using: &random).prefix(random.below(8))
        for attribute in attributes {
            let time = random.below(3) == 0 ? 0 : 1_700_000_000 + Int64(random.below(3) * 86_400)
            let value = random.below(5) == 0 ? nil : randomValue(attribute.type, &random)
            change.values.append(.init(attribute: attribute.id, value: value, observedAtSeconds: time))
            plain.values[attribute.id] = value.map { ($0, time) }
        }
        if random.below(3) == 0 {
            let account = ["", "acme", "account-\(random.below(5))"][random.below(3)]
            change.account = account
            plain.account = account
        }
        if random.below(4) == 0 { change.expectedVersion = plain.version }
        plain.version += 1
        model[id] = plain
        return change
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `Writes, merges, deletes and reloads agree with a dictionary`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let schema = try makeSchema()
        var table = makeTable(schema)
        var model: [String: Plain] = [:]
        var journal: [String: [UInt8]] = [:]
        for step in 0..<3_000 {
            let id = "visitor-\(random.below(seed.isMultiple(of: 2) ? 20 : 2_000))"
            switch random.below(20) {
            case 0:
                let existed = try table.delete(id: id)
                #expect(existed == (model[id] != nil))
                model[id] = nil
                journal[id] = nil
            case 1 where step.isMultiple(of: 7):
                // A restart: only the records survive.
                table = makeTable(schema)
                for record in journal.values { try record.withUnsafeBytes { try table.load($0) } }
            default:
                let write = try table.put(randomChange(id, schema, &model, &random))
                #expect(write.version == model[id]?.version)
                journal[id] = write.record
            }
            #expect(table.read(id, schema) == model[id]?.record(id, schema))
            if step.isMultiple(of: 97) { table.free(table.takeRetired()) }
        }
        #expect(table.count == model.count)
        for (id, plain) in model {
            let expected = plain.record(id, schema)
            #expect(table.read(id, schema) == expected)
            #expect(table.record(id: id) == expected)
            let stored = try #require(journal[id])
            let decoded = try stored.withUnsafeBytes {
                try ProfileRecord(decoding: $0, schema: schema, entity: .visitor)
            }
            #expect(decoded == expected)
        }
        let exported = (0..<ProfileTable.partCount).flatMap { table.records(inPart: $0) }
        #expect(Set(exported.map(\.id)) == Set(model.keys))
        #expect(exported.count == model.count)
    }

    @Test func `Ids that share a beginning, or differ in length only, are kept apart`() throws {
        let schema = try makeSchema([(name: "n", type: .int)])
        let table = makeTable(schema)
        let ids = (1...256).map { String(repeating: "x", count: $0) }
        for (index, id) in ids.enumerated() {
            _ = try table.put(
                ProfileChange(id: id, values: [.init(attribute: 0, value: .int(Int64(index)), observedAtSeconds: 0)]))
        }
        for (index, id) in ids.enumerated() { #expect(table.read(id, schema)?.value("n") == .int(Int64(index))) }
        #expect(table.read(String(repeating: "x", count: 257), schema) == nil)
        #expect(table.read("", schema) == nil)
        #expect(table.read("y", schema) == nil)
    }

    @Test func `Deleting and making again for ever does not grow the table`() throws {
        let schema = try makeSchema([(name: "n", type: .int)])
        let table = makeTable(schema)
        func round(_ number: Int) throws {
            for index in 0..<2_000 { _ = try table.put(ProfileChange(id: "id-\(100 + number)-\(index)")) }
            for index in 0..<2_000 { #expect(try table.delete(id: "id-\(100 + number)-\(index)")) }
            table.free(table.takeRetired())
        }
        for number in 0..<5 { try round(number) }
        let before = table.memory
        for number in 5..<40 { try round(number) }
        #expect(table.count == 0)
        #expect(table.memory.rowBytes == before.rowBytes)
        #expect(table.memory.indexBytes <= before.indexBytes * 3 / 2)
    }

    @Test func `Reserved room is not outgrown`() throws {
        let schema = try makeSchema([(name: "n", type: .int)])
        let table = makeTable(schema)
        table.reserve(50_000)
        table.free(table.takeRetired())
        let reserved = table.memory.indexBytes
        for index in 0..<50_000 { _ = try table.put(ProfileChange(id: "id-\(index)")) }
        #expect(table.memory.indexBytes == reserved)
        #expect(reserved < 50_000 * 14)
        #expect(table.takeRetired().isEmpty)
    }
}
