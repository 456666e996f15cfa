internal import Model
internal import Profiles

/// Numbers that look random and are the same in every run.
///
/// Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators" (2014), SplitMix64.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}

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

func randomText(_ random: inout Seeded) -> String {
    switch random.below(4) {
    case 0: texts[random.below(texts.count)]
    case 1: "unique-\(random.next())"
    default: "value-\(random.below(20))"
    }
}

func randomValue(_ type: AttributeType, _ random: inout Seeded) -> AttributeValue {
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

extension ProfileCSV {
    /// The rows of a whole text, which arrives in pieces.
    mutating func rows(_ bytes: [UInt8], pieceLength: Int = .max) throws -> [Row] {
        var rows: [Row] = []
        let names = columns.map(\.name)
        func take(_ cells: ImportCells, _ rejects: [Reject]) {
            let account = cells.string(cells.account)
            rows.append(
                Row(
                    line: cells.line, id: cells.string(cells.id), account: account.isEmpty ? nil : account,
                    values: cells.cells.map {
                        Value(
                            name: names[$0.attribute], value: cells.owned($0.value),
                            observedAtSeconds: $0.observedAtSeconds)
                    },
                    rejects: rejects))
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            try rest.prefix(pieceLength).withUnsafeBufferPointer { try feed($0, take) }
            rest = rest.dropFirst(pieceLength)
        }
        try finish(take)
        return rows
    }
}
