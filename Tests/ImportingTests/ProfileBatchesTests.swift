import Importing
import Messages
import Model
import Profiles
import Ruleset
import Testing
import Wire

@Suite struct ProfileBatchesTests {
    private static let attributes: [Attribute] = {
        let position = SourcePosition(file: "a.yaml", line: 1, column: 1)
        var department = Attribute(entity: .visitor, name: "department", type: .string, position: position)
        department.values = ["office"]
        return [
            Attribute(entity: .visitor, name: "age", type: .int, position: position), department,
            Attribute(entity: .account, name: "sites", type: .int, position: position),
        ]
    }()

    private func batches(
        _ text: String, kind: ProfileKind = .visitor, format: ImportFormat = .csv, pieceBytes: Int = .max
    ) throws -> (messages: [ImportProfilesRequest], rejects: RejectList, rows: UInt64) {
        var batches = ProfileBatches(kind: kind, attributes: Self.attributes, format: format)
        var messages: [ImportProfilesRequest] = []
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + min(pieceBytes, bytes.count))
            messages += try Self.decoded(bytes[start..<end].withUnsafeBufferPointer { try batches.feed($0) })
            start = end
        }
        messages += try Self.decoded(batches.finish())
        return (messages, batches.rejects, batches.rowCount)
    }

    private static func decoded(_ messages: [ImportMessage]) throws -> [ImportProfilesRequest] {
        try messages.map { try $0.bytes.withUnsafeBytes { try ImportProfilesRequest(decoding: $0) } }
    }

    @Test(arguments: [1, 3, 1_000_000])
    func `Good rows become profiles and bad ones are itemised, however the file is cut`(pieceBytes: Int) throws {
        let text = "id,account,age,department\ngood,a1,30,office\nbad,,thirty,offce\n\"last\",,,\n"
        let (messages, rejects, rows) = try batches(text, pieceBytes: pieceBytes)
        #expect(
            messages.flatMap(\.rows) == [
                ImportRow(
                    line: 2,
                    profile: ProfileMessage(
                        kind: .visitor, id: "good", accountID: "a1",
                        features: [
                            FeatureMessage(name: "age", value: .int(30)),
                            FeatureMessage(name: "department", value: .string("office")),
                        ])),
                ImportRow(line: 4, profile: ProfileMessage(kind: .visitor, id: "last")),
            ])
        #expect(rows == 3 && rejects.count == 1 && rejects.shown.count == 1)
        let reject = try #require(rejects.shown.first)
        #expect(reject.line == 3 && reject.id == "bad")
        for word in ["age", "thirty", "department", "offce"] { #expect(reject.reason.contains(word)) }
    }

    @Test(arguments: [1, 3, 1_000_000])
    func `JSON lines are the same, however the file is cut`(pieceBytes: Int) throws {
        let long = String(repeating: " ", count: 1 << 20)
        let text =
            "\u{feff}{\"id\": \"ä\", \"attributes\": {\"age\": 30}}\r\n\n{\n\(pieceBytes > 3 ? long : "{") \n{\"id\": 7}"
        let (messages, rejects, rows) = try batches(text, format: .ndjson, pieceBytes: pieceBytes)
        #expect(
            messages.flatMap(\.rows) == [
                ImportRow(
                    line: 1,
                    profile: ProfileMessage(
                        kind: .visitor, id: "ä", features: [FeatureMessage(name: "age", value: .int(30))])),
                ImportRow(line: 5, profile: ProfileMessage(kind: .visitor, id: "7")),
            ])
        #expect(rows == 4 && rejects.shown.map(\.line) == [3, 4])
    }

    @Test func `A file without a JSON line, and one in UTF-16, are refused`() throws {
        #expect(throws: CSVError.noLines) { try batches("\n \n", format: .ndjson) }
        #expect(throws: CSVError.utf16) {
            var batches = ProfileBatches(kind: .visitor, attributes: Self.attributes, format: .ndjson)
            for byte: UInt8 in [0xFF, 0xFE] { _ = try [byte].withUnsafeBufferPointer { try batches.feed($0) } }
        }
    }

    @Test func `Messages have at most 500 rows and 512 KiB`() throws {
        let rows = (0..<1_001).map { "v\($0),1\n" }.joined()
        let counts = try batches("id,age\n" + rows).messages.map(\.rows.count)
        #expect(counts == [500, 500, 1])
        let account = String(repeating: "a", count: 256)
        let wide = (0..<3_000).map { "\(account.dropLast(5))\(10_000 + $0),\(account)\n" }.joined()
        for message in try batches("id,account\n" + wide).messages {
            #expect(try message.encoded().count <= 512 * 1_024)
        }
    }

    @Test func `Columns are those of the kind of profile`() throws {
        #expect(try batches("id,sites\na1,3\n", kind: .account).messages.count == 1)
        #expect(throws: CSVError.self) { try batches("id,sites\nv1,3\n") }
        #expect(throws: CSVError.self) { try batches("id,account\na1,b1\n", kind: .account) }
        #expect(throws: CSVError.empty) { try batches("") }
    }

    @Test func `Rejects of both sides stand in the order of the file`() {
        var rejects = RejectList()
        for line in [3, 7] as [UInt64] { rejects.add(ImportReject(line: line, id: "", reason: "here")) }
        rejects.merge(
            [2, 5, 9].map { ImportReject(line: $0, id: "", reason: "there") }, count: 2_000)
        #expect(rejects.shown.map(\.line) == [2, 3, 5, 7, 9] && rejects.count == 2_002)
    }

    @Test func `Only the first thousand rejects are kept`() {
        var rejects = RejectList()
        for line in 0..<1_500 as Range<UInt64> { rejects.add(ImportReject(line: line, id: "", reason: "")) }
        #expect(rejects.shown.count == 1_000 && rejects.count == 1_500)
    }
}
