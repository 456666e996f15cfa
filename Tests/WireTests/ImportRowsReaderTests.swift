import Messages
import Model
import TestSupport
import Testing
import Wire

/// Rows of an import are read in place; protobuf-c is the oracle.
@Suite struct ImportRowsReaderTests {
    private static let values: [AttributeValue] = [
        .int(0), .int(.min), .int(7), .double(1.5), .double(-0.0), .string(""), .string("title"),
        .string(String(repeating: "ü", count: 2_048)), .strings([]), .strings(["a", "bc"]),
        .timestamp(Timestamp(microseconds: -1)), .timestamp(Timestamp(microseconds: 1_768_905_733_250_000)),
    ]

    private static var request: ImportProfilesRequest {
        let plain = ProfileMessage(
            kind: .account, id: "acme",
            features: [FeatureMessage(name: "size", value: .int(12), observedAt: Samples.time)])
        let full = ProfileMessage(
            kind: .visitor, id: "ann@example.com", accountID: "acme",
            features: values.enumerated().map { FeatureMessage(name: "attribute_\($0)", value: $1) })
        return ImportProfilesRequest(
            options: ImportOptions(skipInvalid: true, respectErasure: true),
            rows: [ImportRow(line: 2, profile: plain), ImportRow(line: 300, profile: full), ImportRow(profile: plain)])
    }

    /// What either reader makes of a message.
    private struct Read: Equatable {
        var options: ImportOptions?
        var lines: [UInt64] = []
        /// Nil where the row is refused.
        var profiles: [ProfileMessage?] = []
    }

    private func inPlace(_ bytes: [UInt8]) throws -> Read {
        try bytes.withUnsafeBytes { bytes in
            let arena = Arena(budgetBytes: 1 << 20)
            var reader = try ImportRowsReader(bytes, arena: arena)
            var read = Read(options: reader.options)
            while let row = try reader.next() {
                read.lines.append(row.line)
                read.profiles.append(try? row.content.map(message).get())
            }
            return read
        }
    }

    private func message(_ profile: BorrowedProfile) -> ProfileMessage {
        ProfileMessage(
            kind: profile.entity == .account ? .account : .visitor, id: String(profile.id),
            accountID: String(profile.account),
            features: profile.features.map { feature in
                FeatureMessage(
                    name: String(feature.name), value: value(feature.value),
                    observedAt: feature.observedAtSeconds.map { Timestamp(microseconds: $0 * 1_000_000) })
            })
    }

    private func value(_ value: Scalar) -> AttributeValue {
        switch value.kind {
        case .bool: .bool(value.bool)
        case .int: .int(value.int)
        case .double: .double(value.double)
        case .string: .string(String(value.text))
        case .strings: .strings(value.texts.map { String($0) })
        default: .timestamp(value.timestamp)
        }
    }

    /// The same by protobuf-c, with times in whole seconds, rounded down.
    private func unpacked(_ bytes: [UInt8]) throws -> Read {
        let request = try decodingBytes(bytes, as: ImportProfilesRequest.self)
        return Read(
            options: request.options, lines: request.rows.map(\.line),
            profiles: request.rows.map { row in
                guard var profile = try? row.content.get() else { return nil }
                profile.version = 0
                for index in profile.features.indices {
                    guard let time = profile.features[index].observedAt else { continue }
                    let (whole, part) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
                    let seconds = part < 0 ? whole - 1 : whole
                    profile.features[index].observedAt = Timestamp(microseconds: seconds * 1_000_000)
                }
                return profile
            })
    }

    @Test func `Rows are read as protobuf-c reads them`() throws {
        let bytes = try Self.request.encoded()
        let found = try inPlace(bytes)
        #expect(try found == unpacked(bytes))
        #expect(found.profiles.count == 3 && found.profiles.allSatisfy { $0 != nil })
        #expect(try inPlace([]) == Read())
    }

    @Test func `Whatever bytes come, both readers agree`() throws {
        var generator = SeededGenerator(seed: 11)
        let bytes = try Self.request.encoded()
        var accepted = 0
        for _ in 0..<40_000 {
            var mutant = bytes
            for _ in 0...Int.random(in: 0..<3, using: &generator) where !mutant.isEmpty {
                // Mostly at the beginning: the end is one long text.
                let limit = Bool.random(using: &generator) ? mutant.count : min(mutant.count, 500)
                let index = Int.random(in: 0..<limit, using: &generator)
                switch UInt8.random(in: 0..<5, using: &generator) {
                case 0: mutant[index] = .random(in: 0...255, using: &generator)
                case 1: mutant[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: mutant.removeSubrange(index...)
                case 3: mutant.remove(at: index)
                default: mutant.insert(.random(in: 0...255, using: &generator), at: index)
                }
            }
            let expected = try? unpacked(mutant)
            let found = try? inPlace(mutant)
            // protobuf-c takes a field of any wire type for a bool, and the part of a message that comes last instead of
            // merging the parts.
            if found != expected, hasBool(expected) || hasBool(found) || repeatsParts(mutant) { continue }
            #expect(found == expected, "\(mutant)")
            if found?.profiles.contains(where: { $0 != nil }) == true { accepted += 1 }
        }
        #expect(accepted > 1_000)
    }

    private func hasBool(_ read: Read?) -> Bool {
        guard let read else { return true }
        return read.options != Self.request.options
            || read.profiles.contains { profile in
                profile?.features.contains { if case .bool = $0.value { true } else { false } } ?? false
            }
    }

    /// Whether some part of a message may stand twice; found by what a message without repetitions packs to.
    private func repeatsParts(_ bytes: [UInt8]) -> Bool {
        guard let request = try? decodingBytes(bytes, as: ImportProfilesRequest.self),
            let packed = try? request.encoded()
        else {
            return false
        }
        return packed.count < bytes.count
    }

    @Test func `A bad row is itemised with its line and id, and the others are read`() throws {
        let rows = [
            ImportRow(line: 2, profile: ProfileMessage(kind: .visitor, id: "a", features: [])),
            ImportRow(
                line: 3,
                profile: ProfileMessage(
                    kind: .visitor, id: "b",
                    features: [FeatureMessage(name: "title", value: .string(String(repeating: "x", count: 4_097)))])),
            ImportRow(line: 4, profile: ProfileMessage(kind: .account, id: "c")),
        ]
        let bytes = try ImportProfilesRequest(rows: rows).encoded()
        try bytes.withUnsafeBytes { bytes in
            var reader = try ImportRowsReader(bytes, arena: Arena(budgetBytes: 1 << 20))
            var faults: [ImportReject] = []
            var ids: [String] = []
            while let row = try reader.next() {
                switch row.content {
                case .success(let profile): ids.append(String(profile.id))
                case .failure(let fault): faults.append(fault)
                }
            }
            #expect(ids == ["a", "c"])
            #expect(
                faults == [
                    ImportReject(
                        line: 3, id: "b", reason: "visitor[\"title\"]: is 4097 bytes long; the limit is 4096")
                ])
        }
    }

    @Test func `A row that would take too much memory breaks the message off`() throws {
        let many = (0..<20_000).map { FeatureMessage(name: "n\($0)", value: .int(1)) }
        let row = ImportRow(profile: ProfileMessage(kind: .visitor, id: "a", features: many))
        let bytes = try ImportProfilesRequest(rows: [row]).encoded()
        try bytes.withUnsafeBytes { bytes in
            var reader = try ImportRowsReader(bytes, arena: Arena(budgetBytes: 1 << 20))
            #expect(throws: WireError.overBudget(message: ImportProfilesRequest.name, budgetBytes: 1 << 20)) {
                _ = try reader.next()
            }
        }
    }
}
