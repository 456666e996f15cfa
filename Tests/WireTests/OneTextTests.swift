import Messages
import Model
import Testing
import Wire

@Suite("W20: texts of requests and imports take one form, ids stay as they are")
struct OneTextTests {
    private static let written = "Zu\u{308}rich, \u{1112}\u{1161}\u{11ab}, \u{212b}"
    private static let normal = "Z\u{fc}rich, \u{d55c}, \u{c5}"

    private func bytes(_ text: BorrowedText) -> [UInt8] { Array(text.bytes) }

    @Test(arguments: [1, 100])
    func `A request's values and page do, its ids do not`(repeated: Int) throws {
        let written = String(repeating: Self.written, count: repeated)
        let normal = Array(String(repeating: Self.normal, count: repeated).utf8)
        var message = DecideRequestMessage()
        message.visitorID = Self.written
        message.visitor = ["city": .string(written)]
        message.account = ["tags": .strings(["a", written, "Z\u{fc}rich"])]
        message.page = PageMessage()
        message.page?.referrer = "https://x.example/" + Self.written
        let encoded = try message.encoded()
        try encoded.withUnsafeBytes { raw in
            let arena = Arena(budgetBytes: 1 << 20)
            let view = try DecideRequestView(decoding: raw, into: arena)
            #expect(bytes(view.visitorID) == Array(Self.written.utf8))
            let city = try view.attribute(.visitor, at: 0, arena: arena)
            #expect(bytes(city.name) == Array("city".utf8) && bytes(city.value.text) == normal)
            let tags = try view.attribute(.account, at: 0, arena: arena).value.texts
            #expect(tags.map { Array($0.bytes) } == [Array("a".utf8), normal, Array("Z\u{fc}rich".utf8)])
            #expect(bytes(try #require(view.page).referrer) == Array(("https://x.example/" + Self.normal).utf8))
        }
    }

    @Test func `Rows of an import and stored values do`() throws {
        let profile = ProfileMessage(
            kind: .visitor, id: Self.written, features: [FeatureMessage(name: "city", value: .string(Self.written))])
        let encoded = try ImportProfilesRequest(options: ImportOptions(), rows: [ImportRow(profile: profile)]).encoded()
        try encoded.withUnsafeBytes { raw in
            var reader = try ImportRowsReader(raw, arena: Arena(budgetBytes: 1 << 20))
            let row = try #require(try reader.next()).content.get()
            #expect(bytes(row.id) == Array(Self.written.utf8))
            #expect(bytes(row.features[0].value.text) == Array(Self.normal.utf8))
            let request = try ImportProfilesRequest(decoding: raw)
            guard case .string(let text)? = try request.rows[0].content.get().features.first?.value else {
                Issue.record("there is a text")
                return
            }
            #expect(Array(text.utf8) == Array(Self.normal.utf8))
        }
    }

    @Test func `A text that grows beyond the limit by it is refused`() throws {
        // U+FB2C becomes three characters of two bytes each.
        var message = DecideRequestMessage()
        message.visitor = ["city": .string(String(repeating: "\u{fb2c}", count: 1_000))]
        let encoded = try message.encoded()
        encoded.withUnsafeBytes { raw in
            let arena = Arena(budgetBytes: 1 << 20)
            #expect(throws: WireError.self) {
                _ = try DecideRequestView(decoding: raw, into: arena).attribute(.visitor, at: 0, arena: arena)
            }
        }
    }
}
