import Model
import Profiles
import Testing

@Suite("AliasTable")
struct AliasTableTests {
    private func find(_ table: AliasTable, _ id: String) -> String? {
        Array(id.utf8).withUnsafeBufferPointer { table.find($0).map { String(decoding: $0.bytes, as: UTF8.self) } }
    }

    @Test("W8: leads every id of a person to one, one level deep, however they were merged")
    func flattens() {
        let table = AliasTable()
        #expect(find(table, "a") == nil && table.canonical("a") == "a" && table.ids("a") == ["a"] && table.count == 0)
        table.merge("a", into: "b")
        table.merge("c", into: "d")
        table.merge("b", into: "d")
        for id in ["a", "b", "c"] { #expect(find(table, id) == "d" && table.canonical(id) == "d") }
        #expect(table.ids("a") == ["d", "c", "b", "a"] && table.others(of: "b").isEmpty && table.count == 3)
        #expect(find(table, "d") == nil && find(table, "") == nil)
    }

    @Test("W8: gives an id back with those that came with it")
    func separates() {
        let table = AliasTable()
        for (id, person) in [("a", "b"), ("c", "d"), ("b", "d")] { table.merge(id, into: person) }
        var undo = RecordUndo()
        table.separate("b", with: ["a"], from: "d", &undo)
        #expect(table.ids("d") == ["d", "c"] && table.ids("a") == ["b", "a"] && find(table, "b") == nil)
        table.forget("b", &undo)
        #expect(table.ids("a") == ["a"] && table.canonical("c") == "d" && table.count == 1)
        // The disk refused all of it.
        undo.run()
        #expect(table.ids("a") == ["d", "c", "b", "a"] && find(table, "b") == "d" && table.count == 3)
    }

    @Test("W8: a merge comes back whole from its encoding, and damage is told")
    func records() throws {
        for part in [nil, MergeRecord.Part(), MergeRecord.Part(behaviour: Behaviour().encoded(), profile: [1, 2, 3])] {
            let record = MergeRecord(parent: "rita@acme.example", time: Timestamp(microseconds: 7), part: part)
            var bytes = record.encoded()
            #expect(try bytes.withUnsafeBytes { try MergeRecord(decoding: $0) } == record)
            bytes[3] ^= 1
            #expect(throws: ProfileError.self) { try bytes.withUnsafeBytes { try MergeRecord(decoding: $0) } }
        }
    }
}
