import Importing
import Testing

@Suite struct ImportCheckpointTests {
    private func begun(
        bytes: Int = 10, modified: Int64 = 20, head: String = "id\n", settings: [String] = ["a", "b"]
    ) -> ImportCheckpoint {
        ImportCheckpoint(
            file: ImportCheckpoint.File(byteCount: bytes, modifiedNanoseconds: modified, head: Array(head.utf8)),
            settings: settings)
    }

    @Test func `What was noted is read again`() throws {
        var checkpoint = begun()
        checkpoint.advance(through: 7, written: .max, rejected: 3)
        #expect(ImportCheckpoint(Array(checkpoint.text.utf8)) == checkpoint)
        try checkpoint.check(against: begun())
    }

    @Test func `Another file is told from other settings`() {
        for other in [begun(bytes: 11), begun(modified: 21), begun(head: "id,a\n")] {
            #expect(throws: ImportCheckpoint.Refusal.fileChanged) { try begun().check(against: other) }
        }
        for settings in [["a"], ["ab"], ["a", "b", ""], ["b", "a"], ["a:b"]] {
            #expect(throws: ImportCheckpoint.Refusal.otherSettings) {
                try begun().check(against: begun(settings: settings))
            }
        }
    }

    @Test func `Whatever else the file holds is no checkpoint`() {
        let text = begun().text
        for wrong in [
            "", "{}", "id,account\n", "[1]", text.replacing("\"1\"", with: "\"2\""), text.replacing("10", with: "x"),
        ] {
            #expect(ImportCheckpoint(Array(wrong.utf8)) == nil)
        }
    }
}
