internal import Model
internal import Profiles
internal import Testing
internal import TestSupport

@Suite struct RecordRewritingTests {
    private let rewriting = RecordRewriting(
        id: { Array("new-".utf8) + $0 }, account: { Array("its-".utf8) + $0 },
        text: { attribute, text in attribute.isMultiple(of: 2) ? text : text + [UInt8(ascii: "!")] })

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `Id, account and texts are others, and nothing else is`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let schema = try makeSchema()
        let table = makeTable(schema)
        let values = schema.attributes(of: .visitor).map { attribute in
            ProfileChange.Value(
                attribute: attribute.id, value: randomValue(attribute.type, &random),
                observedAtSeconds: attribute.id.isMultiple(of: 3) ? 0 : 1_790_000_000 + Int64(attribute.id))
        }
        let record = try table.put(ProfileChange(id: "visitor", values: values, account: "acme")).record
        let (id, rewritten) = try record.withUnsafeBytes { try rewriting.rewrite($0) }
        func decoded(_ record: [UInt8]) throws -> ProfileRecord {
            try record.withUnsafeBytes { try ProfileRecord(decoding: $0, schema: schema, entity: .visitor) }
        }
        let (old, new) = (try decoded(record), try decoded(rewritten))
        #expect(
            String(decoding: id, as: UTF8.self) == "new-visitor" && new.id == "new-visitor" && new.account == "its-acme"
        )
        #expect(new.version == old.version && new.writtenAtSeconds == old.writtenAtSeconds)
        #expect(new.values.map(\.observedAtSeconds) == old.values.map(\.observedAtSeconds))
        for (before, after) in zip(old.values, new.values) {
            let attribute = try #require(schema.attribute(named: before.name, of: .visitor))
            func other(_ text: String) -> String { attribute.id.isMultiple(of: 2) ? text : text + "!" }
            switch before.value {
            case .string(let text): #expect(after.value == .string(other(text)))
            case .strings(let texts): #expect(after.value == .strings(texts.map(other)))
            default: #expect(after.value == before.value)
            }
        }
        #expect(new.values.count == old.values.count)
    }

    @Test func `What is damaged, and what would be too long, is refused`() throws {
        let schema = try makeSchema()
        let table = makeTable(schema)
        let record = try table.put(ProfileChange(id: "visitor", values: [], account: "acme")).record
        #expect(throws: ProfileError.self) { try record.dropLast().withUnsafeBytes { try rewriting.rewrite($0) } }
        let long = RecordRewriting(
            id: { _ in [UInt8](repeating: 0x61, count: ProfileLimits.recordBytesMax) }, account: { $0 }, text: { $1 })
        #expect(throws: ProfileError.self) { try record.withUnsafeBytes { try long.rewrite($0) } }
    }
}
