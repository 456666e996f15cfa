internal import Ledger
internal import Model
internal import Testing

/// The form in which changes are kept: read back as it was, or refused with the reason.
@Suite struct ChangeTests {
    private static let happening = Change.Happening(
        row: Change.Row(key: [1, 2], entry: [3]), copy: Change.Row(key: [4], entry: []), record: [8, 3, 0])

    private static let all: [Change] = [
        .rules(number: 1_001, record: [1], forgotten: 1), .rules(number: 1, record: [], forgotten: nil), .schema([7]),
        .formerNames([8]),
        .profile(.visitor, id: [1], record: [2]), .profile(.account, id: [1], record: nil),
        .imported(.account, profiles: 1 << 40), .event(happening),
        .exposure(Change.Happening(row: Change.Row(key: [9], entry: [1]))), .decision(record: [8, 1]),
        .forgotten(key: [5]), .behaviour(.visitor, id: [1], record: [0]), .behaviour(.account, id: [1], record: nil),
        .consent(key: [1], entry: [2]), .consent(key: [1], entry: nil),
        .erasure(key: [1], at: Timestamp(microseconds: -5)), .erasure(key: [1], at: nil),
        .merge(key: [1], record: [2]), .link(key: [1], account: nil), .name(number: .max, entry: [0x65]),
        .goal(key: [1], delivered: nil), .objection(key: [1], record: [2]), .objectionSecret(key: [1], secret: [2]),
        .backups(key: [1], list: [2]), .token(key: [1], record: [2]), .token(key: [1], record: nil),
        .handover(key: [1], record: [2]), .handover(key: [1], record: nil),
    ]

    private func decoded(_ bytes: [UInt8]) throws -> Change { try bytes.withUnsafeBytes { try Change(decoding: $0) } }

    @Test func `Every change is read as it was written`() throws {
        #expect(Set(Self.all.map(\.kind)).count == Change.Kind.allCases.count)
        for change in Self.all { #expect(try decoded(change.encoded()) == change) }
    }

    @Test func `Whatever is cut short or goes on is refused`() {
        for change in Self.all {
            let bytes = change.encoded()
            for count in bytes.indices {
                #expect(throws: ChangeError.self, "\(change) cut to \(count)") {
                    try decoded(Array(bytes.prefix(count)))
                }
            }
            #expect(throws: ChangeError.damaged("1 bytes follow it")) { try decoded(bytes + [0]) }
        }
    }

    @Test func `What a newer version wrote is refused by name`() {
        var newer = Change.schema([1]).encoded()
        newer[1] = 2
        #expect(throws: ChangeError.newer(version: 2)) { try decoded(newer) }
        var unknown = Change.schema([1]).encoded()
        unknown[2] = 200
        #expect(throws: ChangeError.unknownKind(200)) { try decoded(unknown) }
        #expect(
            "\(ChangeError.unknownKind(200))".contains("200") && "\(ChangeError.newer(version: 2))".contains("form 2"))
    }

    @Test func `Changes of nobody, and numbers that are too large, are refused`() {
        var ofNone = Change.profile(.visitor, id: [1], record: nil).encoded()
        for entity in [UInt8(2), 9, 0xff] {
            ofNone[3] = entity
            #expect(throws: ChangeError.self) { try decoded(ofNone) }
        }
        var name = Change.name(number: 1, entry: [1]).encoded()
        name[11] = 1
        #expect(throws: ChangeError.self) { try decoded(name) }
        var parts = Change.schema([1]).encoded()
        parts[12] = 200
        #expect(throws: ChangeError.self) { try decoded(parts) }
    }

    @Test func `What version 0_1_0 left for a sink is a change with its record`() throws {
        #expect(try decoded([8, 1, 18]) == .decision(record: [8, 1, 18]))
        #expect(try decoded([8, 2, 18]).kind == .exposure && decoded([8, 3, 18]).kind == .event)
        #expect(try decoded([8, 3, 18]).record == [8, 3, 18])
        #expect(throws: ChangeError.unknownKind(9)) { try decoded([8, 9, 18]) }
        #expect(throws: ChangeError.self) { try decoded([7, 1, 18]) }
    }

    @Test func `Random bytes are refused or read, and never end the process`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = Self.all.randomElement()?.encoded() ?? []
            for _ in 0..<Int.random(in: 1...4) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: .min ... .max, using: &generator)
            }
            // Either is right; what counts is that it comes to an end.
            _ = try? decoded(bytes)
        }
    }
}
