import Messages
import Model
import Testing
import Wire

@Suite struct ImportRowsEncoderTests {
    private static let names = ["age", "title", "größe", "topics", "flag", "seen"]

    private static let values: [AttributeValue] = [
        .int(0), .int(.min), .int(.max), .int(-1), .double(0), .double(-0.0), .double(1.5), .bool(false), .bool(true),
        .string(""), .string("a"), .string(String(repeating: "ü", count: 2_048)), .strings([]), .strings([""]),
        .strings(["a", "bc", String(repeating: "x", count: 200)]), .timestamp(Timestamp(microseconds: 0)),
        .timestamp(Timestamp(microseconds: -1)), .timestamp(Timestamp(microseconds: 1_768_905_733_250_000)),
    ]

    private func cells(_ line: Int, _ id: String, _ account: String, _ values: [(Int, AttributeValue)]) -> ImportCells {
        var row = ImportCells()
        row.start(line: line)
        row.id = row.text(id)
        row.account = row.text(account)
        for (place, value) in values { row.add(row.value(value), to: place) }
        return row
    }

    private func profile(
        _ kind: ProfileKind, _ id: String, _ account: String, _ values: [(Int, AttributeValue)]
    ) -> ProfileMessage {
        ProfileMessage(
            kind: kind, id: id, accountID: account,
            features: values.map { FeatureMessage(name: Self.names[$0.0], value: $0.1) })
    }

    @Test(arguments: ProfileKind.allCases)
    func `Rows have the bytes that protobuf-c gives them`(kind: ProfileKind) throws {
        var encoder = ImportRowsEncoder(entity: kind == .account ? .account : .visitor, names: Self.names)
        var expected: [ImportRow] = []
        for count in 0...Self.values.count {
            let values = (0..<count).map { ($0 % Self.names.count, Self.values[$0]) }
            let account = count % 2 == 0 ? "" : "acme"
            #expect(try encoder.append(cells(count * 100, "v\(count)", account, values)) == nil)
            expected.append(
                ImportRow(line: UInt64(count * 100), profile: profile(kind, "v\(count)", account, values)))
        }
        let taken = encoder.take()
        let message = try #require(taken)
        #expect(message.bytes == (try ImportProfilesRequest(rows: expected).encoded()))
        #expect(message.lastLine == UInt64(Self.values.count * 100))
        #expect(encoder.take() == nil)
    }

    @Test func `A time that the wire cannot say leaves its row out`() throws {
        var encoder = ImportRowsEncoder(entity: .visitor, names: Self.names)
        let early = cells(2, "v", "", [(5, .timestamp(Timestamp(microseconds: -62_135_596_800_000_001)))])
        #expect(throws: WireError.self) { try encoder.append(early) }
        #expect(encoder.take() == nil)
    }
}
