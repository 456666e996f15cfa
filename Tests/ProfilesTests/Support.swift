internal import TestSupport
internal import Model
internal import Profiles

/// Two attributes of each type.
let attributesOfEveryType: [(name: String, type: AttributeType)] = AttributeType.allCases.flatMap { type in
    [(name: "\(type.name)_one", type: type), (name: "\(type.name)_two", type: type)]
}

func makeSchema(
    _ declared: [(name: String, type: AttributeType)] = attributesOfEveryType, entity: Entity = .visitor
) throws -> ProfileSchema {
    var schema = ProfileSchema()
    _ = try schema.declare(declared, of: entity)
    return schema
}

func makeTable(_ schema: ProfileSchema, entity: Entity = .visitor) -> ProfileTable {
    let table = ProfileTable(entity: entity)
    table.adopt(schema)
    return table
}

/// Texts of every length class: codes, inline, beyond one-byte lengths, not ASCII.
private let texts = ["", "a", "no", "marketing", "Größe", "日本語", String(repeating: "long ", count: 40)]

func randomText(_ random: inout SeededGenerator) -> String {
    switch random.below(4) {
    case 0: texts[random.below(texts.count)]
    case 1: "unique-\(random.next())"
    default: "value-\(random.below(20))"
    }
}

func randomValue(_ type: AttributeType, _ random: inout SeededGenerator) -> AttributeValue {
    switch type {
    case .bool: return .bool(random.below(2) == 0)
    case .int: return .int(Int64(bitPattern: random.next()) >> Int64(random.below(64)))
    case .double:
        switch random.below(4) {
        case 0: return .double(Double(random.below(1_000_000)) / 100)
        case 1:
            return .double(
                [0.0, -0.0, 1e300, .leastNonzeroMagnitude, -1.5, 4_503_599_627_370_495, 1e15, 0.1 + 0.2][
                    random.below(8)])
        case 2: return .double(Double(random.below(100_000)) * 1_000)
        default: return .double(Double.random(in: -1e9...1e9, using: &random))
        }
    case .string: return .string(randomText(&random))
    case .strings:
        let members = Set((0..<random.below(5)).map { _ in randomText(&random) })
        return .strings(members.sorted())
    case .timestamp:
        let seconds = Int64(random.below(4_000_000_000)) - 1_000_000_000
        let units: [Int64] = [1, 1_000_000, 86_400_000_000]
        let unit = units[random.below(3)]
        return .timestamp(Timestamp(microseconds: seconds * 1_000_000 / unit * unit + (unit == 1 ? 7 : 0)))
    }
}

extension ProfileTable {
    /// Takes in one record of the journal.
    func load(_ record: UnsafeRawBufferPointer) throws {
        let loader = ProfileLoader(self)
        defer { loader.finish() }
        try loader.load(record)
    }

    /// What readers find, as the request path would see it.
    func read(_ id: String, _ schema: ProfileSchema) -> ProfileRecord? {
        let bytes = Array(id.utf8)
        return bytes.withUnsafeBufferPointer { buffer in
            guard let row = find(buffer) else { return nil }
            var record = ProfileRecord(
                id: String(decoding: row.id.bytes, as: UTF8.self), version: row.version,
                account: String(decoding: row.account.bytes, as: UTF8.self), values: [])
            let scratch = UnsafeMutableBufferPointer<BorrowedText>.allocate(capacity: ProfileRow.scratchMembersMax)
            defer { scratch.deallocate() }
            row.forEach(scratch: scratch) { attribute, value, time in
                let owned: AttributeValue
                switch value.kind {
                case .bool: owned = .bool(value.bool)
                case .int: owned = .int(value.int)
                case .double: owned = .double(value.double)
                case .string: owned = .string(String(decoding: value.text.bytes, as: UTF8.self))
                case .strings: owned = .strings(value.texts.map { String(decoding: $0.bytes, as: UTF8.self) })
                case .timestamp: owned = .timestamp(value.timestamp)
                case .missing, .stale, .unconsented, .missingAndUnconsented, .failed, .duration:
                    preconditionFailure("rows hold known values")
                }
                record.values.append(
                    .init(
                        name: schema.attributes(of: entity)[Int(attribute)].name, value: owned,
                        observedAtSeconds: time == 0 ? nil : time))
            }
            return record
        }
    }
}

extension ProfileRecord {
    func value(_ name: String) -> AttributeValue? { values.first { $0.name == name }?.value }
}
