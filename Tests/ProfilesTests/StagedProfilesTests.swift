internal import TestSupport
internal import Model
internal import Profiles
internal import Testing

/// Profiles of an import against writing them one by one.
@Suite struct StagedProfilesTests {
    private static let now: Int64 = 1_790_000_000

    /// Lends a profile for the time of a call.
    private func withProfile<Result>(
        _ id: String, account: String = "", _ values: [(name: String, value: AttributeValue, time: Int64?)],
        entity: Entity = .visitor, _ body: (BorrowedProfile) throws -> Result
    ) rethrows -> Result {
        var kept: [UnsafeMutablePointer<UInt8>] = []
        var lists: [UnsafeMutableBufferPointer<BorrowedText>] = []
        defer {
            for text in kept { text.deallocate() }
            for list in lists { list.deallocate() }
        }
        func lend(_ text: String) -> BorrowedText {
            let bytes = Array(text.utf8)
            let start = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 1)
            start.initialize(from: bytes, count: bytes.count)
            kept.append(start)
            return BorrowedText(start: start, count: bytes.count)
        }
        let features = values.map { name, value, time in
            let borrowed: Scalar
            switch value {
            case .bool(let value): borrowed = Scalar(value)
            case .int(let value): borrowed = Scalar(value)
            case .double(let value): borrowed = Scalar(value)
            case .timestamp(let value): borrowed = Scalar(value)
            case .string(let text): borrowed = Scalar(lend(text))
            case .strings(let members):
                let list = UnsafeMutableBufferPointer<BorrowedText>.allocate(capacity: members.count)
                _ = list.initialize(from: members.map(lend))
                lists.append(list)
                borrowed = Scalar(UnsafeBufferPointer(list))
            }
            return BorrowedFeature(name: lend(name), value: borrowed, observedAtSeconds: time)
        }
        return try features.withUnsafeBufferPointer { features in
            try body(BorrowedProfile(entity: entity, id: lend(id), account: lend(account), features: features))
        }
    }

    private func add(
        _ id: String, account: String = "", _ values: [(name: String, value: AttributeValue, time: Int64?)],
        line: UInt64 = 0, to staged: StagedProfiles
    ) throws {
        try withProfile(id, account: account, values) { try staged.add($0, line: line, atSeconds: Self.now) }
    }

    private func rules(
        _ schema: ProfileSchema, allowed: [UInt16: Set<String>] = [:], entity: Entity = .visitor
    ) -> ProfileRules {
        ProfileRules(entity, schema: schema, allowed: allowed)
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `An import leaves what as many single writes leave, in memory and in the journal`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let schema = try makeSchema()
        let attributes = schema.attributes(of: .visitor)
        let (imported, single, reloaded) = (makeTable(schema), makeTable(schema), makeTable(schema))
        var journal: [String: [UInt8]] = [:]
        for _ in 0..<5 {
            let staged = StagedProfiles(for: imported, by: rules(schema))
            var wanted: Set<String> = []
            for _ in 0..<random.below(600) {
                let id = "visitor-\(random.below(seed.isMultiple(of: 2) ? 30 : 3_000))"
                let account = random.below(3) == 0 ? "account-\(random.below(4))" : ""
                let chosen = attributes.shuffled(using: &random).prefix(random.below(attributes.count + 1))
                let values = chosen.map { attribute in
                    let time: Int64? = random.below(3) == 0 ? 1_700_000_000 + Int64(random.below(3)) : nil
                    return (name: attribute.name, value: randomValue(attribute.type, &random), time: time)
                }
                try add(id, account: account, values, to: staged)
                wanted.insert(id)
                _ = try single.put(
                    ProfileChange(
                        id: id,
                        values: zip(chosen, values).map {
                            .init(attribute: $0.id, value: $1.value, observedAtSeconds: $1.time ?? Self.now)
                        }, account: account.isEmpty ? nil : account, writtenAtSeconds: Self.now))
            }
            #expect(imported.merge(staged, forgetting: [:], atSeconds: Self.now).isEmpty)
            imported.insert(staged)
            var written: [String: [UInt8]] = [:]
            staged.forEach { id, record in written[String(decoding: id, as: UTF8.self)] = Array(record) }
            #expect(Set(written.keys) == wanted)
            journal.merge(written) { $1 }
            var sorted: [[UInt8]] = []
            staged.forEachSorted { id, record in
                sorted.append(Array(id))
                return written[String(decoding: id, as: UTF8.self)] == Array(record)
            }
            #expect(sorted == written.keys.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
        }
        for record in journal.values { try record.withUnsafeBytes { try reloaded.load($0) } }
        #expect(imported.count == single.count && reloaded.count == single.count)
        for number in 0..<3_000 {
            let id = "visitor-\(number)"
            let expected = single.record(id: id)
            #expect(imported.record(id: id) == expected)
            #expect(reloaded.record(id: id) == expected)
            #expect(imported.read(id, schema) == single.read(id, schema))
        }
    }

    @Test func `Ids are sorted byte by byte, whatever they have in common`() throws {
        let schema = try makeSchema()
        for ids in [
            ["b", "a", "ab", "aa"], ["same-1", "same-10", "same-", "same-1 "], ["ü", "z", "日本", "a"], ["only"],
            ["a-tail-longer-than-a-word", "a-tail-longer-than-a-word-and-more", "b"],
            ["prefix-of-eight-0000000012", "prefix-of-eight-0000000011", "prefix-of-eight-000000001"],
        ] {
            let staged = StagedProfiles(for: makeTable(schema), by: rules(schema))
            for id in ids { try add(id, [], to: staged) }
            var found: [[UInt8]] = []
            staged.forEachSorted { id, _ in
                found.append(Array(id))
                return true
            }
            #expect(found == ids.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
        }
    }

    @Test func `What is wrong with a profile is what a single write says, and leaves the others`() throws {
        let schema = try makeSchema()
        let table = makeTable(schema)
        let staged = StagedProfiles(
            for: table, by: rules(schema, allowed: [try id("string_one", schema): ["yes", "no"]]))
        try add("good", [("int_one", .int(1), nil)], to: staged)
        let faults: [(ProfileError, String, String, [(name: String, value: AttributeValue, time: Int64?)])] = [
            (.badID(.empty), "", "", []),
            (.badID(.controlCharacter), "a\u{7}", "", []),
            (.badAccount(.tooLong(bytes: 257)), "a", String(repeating: "x", count: 257), []),
            (.unknownAttribute(name: "int_onr", suggestion: "int_one"), "a", "", [("int_onr", .int(1), nil)]),
            (.duplicateAttribute(name: "int_one"), "a", "", [("int_one", .int(1), nil), ("int_one", .int(1), nil)]),
            (.wrongType(attribute: "int_one", expected: .int, found: .bool), "a", "", [("int_one", .bool(true), nil)]),
            (
                .valueNotAllowed(attribute: "string_one", value: "maybe", allowed: ["no", "yes"]), "a", "",
                [("string_one", .string("maybe"), nil)]
            ),
            (.notFinite(attribute: "double_one"), "a", "", [("double_one", .double(.infinity), nil)]),
            (
                .observedTimeOutOfRange(attribute: "int_one", seconds: -1), "a", "", [("int_one", .int(1), -1)]
            ),
            (
                .wrongType(attribute: "double_one", expected: .double, found: .int), "a", "",
                [("double_one", .int(.max), nil)]
            ),
        ]
        for (expected, id, account, values) in faults {
            let error = #expect(throws: ProfileError.self) { try add(id, account: account, values, to: staged) }
            #expect(error == expected)
        }
        try add("also", [("string_one", .string("yes"), nil), ("double_one", .int(3), nil)], to: staged)
        #expect(table.merge(staged, forgetting: [:], atSeconds: Self.now).isEmpty)
        table.insert(staged)
        #expect(table.count == 2)
        #expect(table.record(id: "also")?.value("double_one") == .double(3))
    }

    @Test
    func `Together too large: later rows are refused with their lines, those that would not fit the stored ones too`()
        throws
    {
        let schema = try makeSchema()
        let table = makeTable(schema)
        let long = (0..<10).map { String(repeating: "\($0)", count: 4_000) }
        let other = (0..<10).map { String(repeating: "x\($0)", count: 2_000) }
        _ = try table.put(
            ProfileChange(
                id: "stored",
                values: [.init(attribute: try id("strings_one", schema), value: .strings(long), observedAtSeconds: 0)]))
        let staged = StagedProfiles(for: table, by: rules(schema))
        try add("staged", [("strings_one", .strings(long), nil)], line: 2, to: staged)
        #expect(throws: ProfileError.profileTooLarge) {
            try add("staged", [("strings_two", .strings(other), nil)], line: 3, to: staged)
        }
        try add("stored", [("strings_two", .strings(other), nil)], line: 4, to: staged)
        try add("stored", [("int_one", .int(1), nil)], line: 5, to: staged)
        let refusals = table.merge(staged, forgetting: [:], atSeconds: Self.now)
        #expect(refusals.map(\.id) == ["stored"] && refusals.map(\.line) == [5] && refusals.map(\.rows) == [2])
        #expect(refusals.map(\.reason) == [.profileTooLarge])
        table.insert(staged)
        #expect(table.record(id: "stored")?.version == 1)
        #expect(table.record(id: "staged")?.value("strings_one") == .strings(long))
        var ids: [String] = []
        staged.forEach { id, _ in ids.append(String(decoding: id, as: UTF8.self)) }
        #expect(ids == ["staged"])
    }

    @Test func `Values of a former type do not come back with what is written over them`() throws {
        var schema = try makeSchema([("size", .int), ("age", .int)])
        let table = makeTable(schema)
        _ = try table.put(
            ProfileChange(
                id: "v",
                values: [
                    .init(attribute: 0, value: .int(1), observedAtSeconds: 0),
                    .init(attribute: 1, value: .int(2), observedAtSeconds: 0),
                ]))
        _ = try schema.declare([("size", .string), ("age", .string)], of: .visitor)
        table.adopt(schema)
        let staged = StagedProfiles(for: table, by: rules(schema))
        try add("v", [("size", .string("large"), nil)], to: staged)
        #expect(table.merge(staged, forgetting: schema.successors(of: .visitor), atSeconds: Self.now).isEmpty)
        table.insert(staged)
        _ = try schema.declare([("size", .int), ("age", .int)], of: .visitor)
        table.adopt(schema)
        #expect(table.record(id: "v")?.values.map(\.name) == ["age"])
    }

    @Test func `A profile that has expired begins anew`() throws {
        let schema = try makeSchema()
        let table = ProfileTable(entity: .visitor, lifetime: ProfileLifetime(days: 1))
        table.adopt(schema)
        _ = try table.put(
            ProfileChange(
                id: "v", values: [.init(attribute: try id("int_two", schema), value: .int(1), observedAtSeconds: 0)],
                writtenAtSeconds: Self.now - 90_000))
        let staged = StagedProfiles(for: table, by: rules(schema))
        try add("v", [("int_one", .int(1), nil)], to: staged)
        _ = table.merge(staged, forgetting: [:], atSeconds: Self.now)
        table.insert(staged)
        let record = table.record(id: "v", atSeconds: Self.now)
        #expect(record?.version == 1 && record?.values.map(\.name) == ["int_one"])
    }

    @Test func `Rules agree as long as they say the same of what was used`() throws {
        var schema = try makeSchema([("a", .string), ("b", .int)])
        let before = rules(schema, allowed: [0: ["x"]])
        _ = try schema.declare([("a", .string), ("c", .int)], of: .visitor)
        #expect(before.agrees(with: rules(schema, allowed: [0: ["x"]]), on: [0]))
        #expect(!before.agrees(with: rules(schema, allowed: [0: ["x"]]), on: [0, 1]))
        #expect(!before.agrees(with: rules(schema, allowed: [0: ["x", "y"]]), on: [0]))
    }

    @Test func `Many rows of one profile do not keep what they replace`() throws {
        let schema = try makeSchema()
        let staged = StagedProfiles(for: makeTable(schema), by: rules(schema))
        let long = (0..<12).map { String(repeating: "\($0)", count: 2_000) }
        for round in 0..<2_000 {
            let growing = String(repeating: "x", count: round)
            try add("v", [("strings_one", .strings(long), nil), ("string_one", .string(growing), nil)], to: staged)
        }
        #expect(staged.byteCount <= 2 << 20)
    }

    private func id(_ name: String, _ schema: ProfileSchema) throws -> UInt16 {
        try #require(schema.attribute(named: name, of: .visitor)).id
    }
}
