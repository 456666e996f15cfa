internal import Profiles
internal import Testing

@Suite struct RecordUndoTests {
    private func text(_ table: RecordTable, _ id: String) -> String? {
        table.payload(of: id).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `What was put, replaced and removed is as before, whatever came twice`() {
        let (table, other) = (RecordTable(), RecordTable())
        var first = RecordUndo()
        first.put(Array("kept".utf8), Array("1".utf8), in: table)
        first.put(Array("gone".utf8), Array("2".utf8), in: table)
        var undo = RecordUndo()
        undo.put(Array("kept".utf8), Array("3".utf8), in: table)
        undo.put(Array("kept".utf8), Array("4".utf8), in: table)
        undo.put(Array("new".utf8), Array("5".utf8), in: other)
        #expect(undo.remove(Array("gone".utf8), from: table) && !undo.remove(Array("none".utf8), from: table))
        undo.put(Array("gone".utf8), Array("6".utf8), in: table)
        #expect(text(table, "kept") == "4" && text(table, "gone") == "6" && text(other, "new") == "5")
        undo.run()
        #expect(text(table, "kept") == "1" && text(table, "gone") == "2" && text(other, "new") == nil)
        #expect(table.count == 2 && other.count == 0)
        first.run()
        #expect(table.count == 0)
    }
}
