internal import TestSupport
internal import Model
internal import Profiles
internal import Testing

@Suite struct ProfileTableTests {
    private func change(_ values: [(UInt16, AttributeValue?)], id: String = "v", time: Int64 = 0) -> ProfileChange {
        ProfileChange(
            id: id, values: values.map { .init(attribute: $0.0, value: $0.1, observedAtSeconds: time) })
    }

    private func oneOf(_ type: AttributeType, entity: Entity = .visitor) throws -> ProfileTable {
        makeTable(try makeSchema([(name: "x", type: type)], entity: entity), entity: entity)
    }

    @Test(arguments: [
        (0.0, 1), (-0.0, 9), (1.0, 1), (7.0, 1), (-7.0, 1), (0.5, 1), (0.1, 1), (19.99, 3), (1_000_000.0, 4),
        (0.1 + 0.2, 9), (1e300, 9), (.leastNonzeroMagnitude, 9), (4_503_599_627_370_495.0, 8),
        (4_503_599_627_370_496.0, 9), (9_007_199_254_740_993.0, 9), (123_456.789_012, 6),
    ])
    func `Doubles come back bit by bit, and decimal ones are short`(value: Double, bytes: Int) throws {
        let table = try oneOf(.double)
        let empty = try table.put(ProfileChange(id: "e")).record.count
        let write = try table.put(change([(0, .double(value))]))
        guard case .double(let found)? = table.record(id: "v")?.value("x") else {
            Issue.record("the value is lost")
            return
        }
        #expect(found.bitPattern == value.bitPattern)
        #expect(write.record.count - empty <= bytes + 1)
    }

    @Test(arguments: [.min, .max, 0, -1, 1, 63, 64, -64, -65] as [Int64])
    func `Every int comes back`(value: Int64) throws {
        let table = try oneOf(.int)
        _ = try table.put(change([(0, .int(value))]))
        #expect(table.record(id: "v")?.value("x") == .int(value))
    }

    @Test func `Timestamps from the year 1 to 9999 come back, others are refused`() throws {
        let table = try oneOf(.timestamp)
        let first = ProfileLimits.secondsMin * 1_000_000
        let last = ProfileLimits.secondsMax * 1_000_000 + 999_999
        for microseconds in [first, last, 0, -1, 1, 1_704_067_200_000_000] {
            let value = AttributeValue.timestamp(Timestamp(microseconds: microseconds))
            _ = try table.put(change([(0, value)]))
            #expect(table.record(id: "v")?.value("x") == value)
        }
        for microseconds in [first - 1, last + 1, .min, .max] {
            #expect(throws: ProfileError.timestampOutOfRange(attribute: "x")) {
                try table.put(change([(0, .timestamp(Timestamp(microseconds: microseconds)))]))
            }
        }
    }

    @Test func `An int is accepted for a double, and no other type for another`() throws {
        let doubles = try oneOf(.double)
        _ = try doubles.put(change([(0, .int(3))]))
        #expect(doubles.record(id: "v")?.value("x") == .double(3))
        var random = SeededGenerator(seed: 1)
        for declared in AttributeType.allCases {
            let table = try oneOf(declared)
            for given in AttributeType.allCases where given != declared && (declared, given) != (.double, .int) {
                #expect(throws: ProfileError.wrongType(attribute: "x", expected: declared, found: given)) {
                    try table.put(change([(0, randomValue(given, &random))]))
                }
            }
            #expect(table.count == 0)
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `Numbers that are not finite are refused`(value: Double) throws {
        #expect(throws: ProfileError.notFinite(attribute: "x")) {
            try oneOf(.double).put(change([(0, .double(value))]))
        }
    }

    @Test func `Texts up to 4096 bytes are kept, longer ones and NUL are refused`() throws {
        let table = try oneOf(.string)
        let longest = String(repeating: "é", count: 2_048)
        _ = try table.put(change([(0, .string(longest))]))
        #expect(table.record(id: "v")?.value("x") == .string(longest))
        #expect(throws: ProfileError.textTooLong(attribute: "x", bytes: 4_097)) {
            try table.put(change([(0, .string(longest + "a"))]))
        }
        #expect(throws: ProfileError.textHoldsNUL(attribute: "x")) {
            try table.put(change([(0, .string("a\0b"))]))
        }
    }

    @Test func `Sets lose duplicates, keep 256 members and refuse the 257th`() throws {
        let table = try oneOf(.strings)
        _ = try table.put(change([(0, .strings(["b", "a", "b"]))]))
        #expect(table.record(id: "v")?.value("x") == .strings(["b", "a"]))
        let most = (0..<256).map { "m\($0)" }
        _ = try table.put(change([(0, .strings(most))]))
        #expect(table.record(id: "v")?.value("x") == .strings(most))
        #expect(throws: ProfileError.tooManyMembers(attribute: "x", count: 257)) {
            try table.put(change([(0, .strings(most + ["one"]))]))
        }
        _ = try table.put(change([(0, .strings([]))]))
        #expect(table.record(id: "v")?.value("x") == .strings([]))
    }

    @Test func `The members of all sets of a profile are bounded`() throws {
        let schema = try makeSchema((0..<20).map { (name: "s\($0)", type: .strings) })
        let table = makeTable(schema)
        let set = AttributeValue.strings((0..<256).map { "\($0)" })
        _ = try table.put(change((0..<16).map { ($0, set) }))
        #expect(table.read("v", schema)?.values.count == 16)
        #expect(throws: ProfileError.tooManyMembersInProfile(count: 4_352)) {
            try table.put(change([(16, set)]))
        }
        #expect(table.record(id: "v")?.version == 1)
    }

    @Test func `A profile that is too large is refused and the old one stays`() throws {
        let schema = try makeSchema((0..<20).map { (name: "s\($0)", type: .string) })
        let table = makeTable(schema)
        let text = AttributeValue.string(String(repeating: "t", count: 4_096))
        _ = try table.put(change((0..<14).map { ($0, text) }))
        let record = try table.put(change([(0, text)])).record
        #expect(throws: ProfileError.profileTooLarge) { try table.put(change([(14, text)])) }
        #expect(throws: ProfileError.profileTooLarge) { try table.put(change((0..<20).map { ($0, text) }, id: "w")) }
        #expect(table.read("v", schema)?.values.count == 14)
        #expect(table.read("w", schema) == nil)
        let other = makeTable(schema)
        try record.withUnsafeBytes { try other.load($0) }
        #expect(other.read("v", schema) == table.read("v", schema))
    }

    @Test(arguments: [
        ("", ProfileError.IDFault.empty), (String(repeating: "i", count: 257), .tooLong(bytes: 257)),
        ("a\u{0}", .controlCharacter), ("a\nb", .controlCharacter), ("\u{7F}", .controlCharacter),
        ("\u{85}", .controlCharacter), ("\u{9F}x", .controlCharacter),
    ])
    func `Bad ids are refused, for profiles and for accounts`(id: String, fault: ProfileError.IDFault) throws {
        let table = try oneOf(.int)
        #expect(throws: ProfileError.badID(fault)) { try table.put(change([], id: id)) }
        #expect(throws: ProfileError.badID(fault)) { try table.delete(id: id) }
        if !id.isEmpty {
            #expect(throws: ProfileError.badAccount(fault)) { try table.put(ProfileChange(id: "v", account: id)) }
        }
        #expect(table.count == 0)
    }

    @Test(arguments: ["\u{A0}", "ÿ", "a b", "日本", String(repeating: "i", count: 256)])
    func `Other ids are accepted`(id: String) throws {
        let schema = try makeSchema()
        let table = makeTable(schema)
        _ = try table.put(ProfileChange(id: id, account: id))
        #expect(table.read(id, schema)?.account == id)
    }

    @Test func `Only visitors belong to an account`() throws {
        let accounts = try oneOf(.int, entity: .account)
        #expect(throws: ProfileError.badAccount(.notAllowed)) { try accounts.put(ProfileChange(id: "a", account: "b")) }
        _ = try accounts.put(ProfileChange(id: "a", account: ""))
    }

    @Test func `A write with an expected version happens only then`() throws {
        let table = try oneOf(.int)
        func put(_ expected: UInt64?) throws -> UInt64 {
            try table.put(ProfileChange(id: "v", expectedVersion: expected)).version
        }
        #expect(throws: ProfileError.versionMismatch(expected: 1, actual: 0)) { try put(1) }
        #expect(try put(0) == 1)
        #expect(throws: ProfileError.versionMismatch(expected: 0, actual: 1)) { try put(0) }
        #expect(try put(1) == 2)
        #expect(try put(nil) == 3)
        #expect(throws: ProfileError.versionMismatch(expected: 2, actual: 3)) {
            try table.delete(id: "v", expectedVersion: 2)
        }
        #expect(try table.delete(id: "v", expectedVersion: 3))
        #expect(try !table.delete(id: "v"))
        #expect(try put(0) == 1)
    }

    @Test func `Attributes that are not declared, or given twice, are refused`() throws {
        var schema = try makeSchema([(name: "x", type: .int), (name: "y", type: .int)])
        let table = makeTable(schema)
        _ = try table.put(change([(0, .int(1)), (1, .int(2))]))
        #expect(throws: ProfileError.duplicateAttribute(name: "x")) {
            try table.put(change([(0, .int(1)), (0, nil)]))
        }
        #expect(throws: ProfileError.self) { try table.put(change([(2, .int(1))])) }
        #expect(try !schema.declare([(name: "y", type: .int)], of: .visitor))
        table.adopt(schema)
        #expect(throws: ProfileError.self) { try table.put(change([(0, .int(1))])) }
        #expect(table.record(id: "v")?.values.map(\.name) == ["y"])
        _ = try schema.declare([(name: "x", type: .int)], of: .visitor)
        table.adopt(schema)
        #expect(table.record(id: "v")?.values.map(\.name) == ["x"])
    }

    @Test(arguments: [-1, ProfileLimits.secondsMax + 1, .min, .max] as [Int64])
    func `Observation times out of range are refused`(time: Int64) throws {
        #expect(throws: ProfileError.observedTimeOutOfRange(attribute: "x", seconds: time)) {
            try oneOf(.int).put(change([(0, .int(1))], time: time))
        }
    }

    @Test func `Checking a write changes nothing and throws what the write would`() throws {
        let table = try oneOf(.int)
        try table.check(change([(0, .int(1))]))
        #expect(table.count == 0)
        #expect(throws: ProfileError.self) { try table.check(change([(0, .bool(true))])) }
    }

    @Test func `A text seen once stays out of the dictionary, a text seen often costs one byte`() throws {
        let table = try oneOf(.string)
        for index in 0..<10_000 {
            _ = try table.put(change([(0, .string("only-of-person-\(index)"))], id: "p\(index)"))
        }
        #expect(table.memory.dictionaryBytes < 20_000)
        let before = table.memory.rowBytes
        for index in 0..<10_000 {
            _ = try table.put(change([(0, .string("a text that many have in common"))], id: "q\(index)"))
        }
        #expect(table.memory.rowBytes - before < 10_000 * 24)
    }
}
