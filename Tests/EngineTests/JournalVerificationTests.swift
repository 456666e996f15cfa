internal import Engine
internal import Foundation
internal import GRPCDoor
internal import Messages
internal import Model
internal import Profiles
internal import Store
internal import Testing

@Suite struct JournalVerificationTests {
    /// Entries as a daemon writes them, and with them what it would not write.
    private func verified(_ batch: StoreBatch) async throws -> JournalVerification.Report {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bespoke-verify-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let journal = try DiskStore.open(path: folder.path)
        try journal.write([batch], isSynced: true)
        journal.close()
        var report = JournalVerification.Report()
        JournalVerification(path: folder.path, forms: .messages).run(into: &report)
        return report
    }

    /// A schema with one attribute, and a record of it.
    private func profile(_ id: String) throws -> (schema: [UInt8], record: [UInt8]) {
        var schema = ProfileSchema()
        _ = try schema.declare([(name: "n", type: .int)], of: .visitor)
        let table = ProfileTable(entity: .visitor)
        table.adopt(schema)
        let value = ProfileChange.Value(attribute: 0, value: .int(7), observedAtSeconds: 1_800_000_000)
        return (schema.encoded(), try table.put(ProfileChange(id: id, values: [value])).record)
    }

    private func eventKey(_ id: String) -> [UInt8] {
        [0, 0, UInt8(id.utf8.count)] + Array(id.utf8) + [UInt8](repeating: 9, count: 16)
    }

    @Test func `Rows as they are written are all read and none is bad`() async throws {
        let (schema, record) = try profile("v1")
        var batch = StoreBatch()
        batch.put(.meta, key: Array("profiles.schema".utf8), value: schema)
        batch.put(.visitors, key: Array("v1".utf8), value: record)
        let entry = EventLogEntry(.event, at: Timestamp(microseconds: 1)).encoded()
        for id in ["a", "b"] { batch.put(.events, key: eventKey(id), value: entry) }
        let report = try await verified(batch)
        #expect(report.bad == 0 && report.badRows.isEmpty)
        let counts = report.rows.map { "\($0.kind) \($0.count)" }
        // The journal's own format is an entry too.
        #expect(counts.contains("visitors 1") && counts.contains("events 2") && counts.contains("meta 2"))
    }

    @Test func `Every row that cannot be decoded is named, and the others are read on`() async throws {
        let (schema, record) = try profile("v1")
        var batch = StoreBatch()
        batch.put(.meta, key: Array("profiles.schema".utf8), value: schema)
        batch.put(.visitors, key: Array("v1".utf8), value: record)
        batch.put(.visitors, key: Array("v2".utf8), value: record)
        var flipped = record
        flipped[flipped.count / 2] ^= 1
        batch.put(.visitors, key: Array("v3".utf8), value: flipped)
        // An attribute that the schema of accounts lacks.
        batch.put(.accounts, key: Array("v1".utf8), value: record)
        batch.put(.visitorBehaviour, key: Array("v1".utf8), value: [1, 2, 3])
        batch.put(.events, key: eventKey("a"), value: [1])
        batch.put(.events, key: [0, 0, 9, 9], value: EventLogEntry(.event, at: Timestamp(microseconds: 1)).encoded())
        batch.put(.rules, key: [0, 0, 0, 0, 0, 0, 0, 1], value: [0xff])
        let files = [RuleFileMessage(path: "a.yaml", content: Array("lists: {}".utf8))]
        let record2 = GetRulesResponse(revision: "0123", files: files, pushedAt: nil, author: "", reason: "")
        batch.put(.rules, key: [0, 0, 0, 0, 0, 0, 0, 2], value: try record2.encoded())
        batch.put(.meta, key: Array("behaviour.name.".utf8) + [0, 0, 0, 1], value: [0, 0x61])
        let report = try await verified(batch)
        let found = report.badRows.map { "\($0.kind) \($0.key): \($0.reason)" }
        #expect(report.bad == 9 && found.count == 9)
        for words in [
            "visitors v2: is the record of another id", "visitors v3: ", "accounts v1: has attribute 0 as int",
            "visitor_behaviour v1: cannot be decoded", "events \\x00\\x00\\x01a",
            "events \\x00\\x00\\x09\\x09: is stored",
            "rules \\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01: ", "has other files than its revision says",
            "meta behaviour.name.\\x00\\x00\\x00\\x01: is not the name",
        ] {
            #expect(found.contains { $0.contains(words) }, "\(words) in \(found)")
        }
        #expect(report.rows.first { $0.kind == "visitors" }?.count == 3)
    }

    @Test func `A folder without a journal is a finding`() {
        var report = JournalVerification.Report()
        JournalVerification(path: "/nowhere", forms: .messages).run(into: &report)
        #expect(report.bad == 1 && report.badRows.first?.kind == "journal")
    }
}
