import BespokeAdmin
import Importing
import Model
import Messages
import Testing
import Wire

@Suite struct ImportTextTests {
    private static let plain = Style(isColoured: false)

    private func text(written: UInt64, rejected: UInt64, committed: Bool, dry: Bool = false) -> String {
        ImportText.summary(
            ImportProfilesResponse(written: written, rejected: rejected, rejects: [], committed: committed),
            kind: .visitor, isDryRun: dry, style: Self.plain)
    }

    @Test func `An import says what became of it`() {
        #expect(text(written: 1_234, rejected: 0, committed: true) == "1,234 visitors written\n")
        #expect(text(written: 1, rejected: 2, committed: true) == "1 visitor written, 2 rows refused\n")
        #expect(text(written: 0, rejected: 1, committed: false) == "nothing was written, 1 row refused\n")
        #expect(
            text(written: 2, rejected: 0, committed: false, dry: true)
                == "2 visitors would be written; this was a dry run\n")
    }

    @Test func `Refused rows are listed, and those beyond the list counted`() {
        let response = ImportProfilesResponse(
            written: 0, rejected: 1_002,
            rejects: [
                ImportReject(line: 3, id: "a\u{7}", reason: "bad"), ImportReject(line: 4, id: "", reason: "worse"),
            ],
            committed: false)
        #expect(ImportText.rejects(response) == "line 3 (a?): bad\nline 4: worse\nand 1,000 further rows\n")
    }

    @Test func `A file of rejects can be read back`() {
        let line = ImportText.rejectLine(ImportReject(line: 3, id: "a,b", reason: "has a \"quote\""))
        #expect(line == "3,,\"has a \"\"quote\"\"\",\"a,b\"\n")
        #expect(ImportText.rejectsHead == "line,column,reason,value\n")
    }

    @Test(arguments: [(-1.0, 0), (0.5, 50), (2.0, 100)])
    func `A bar stays within its frame`(fraction: Double, percent: Int) {
        let bar = ImportText.progress(fraction: fraction, rows: 7)
        #expect(bar.contains(" \(percent)%  7 rows"))
        #expect(bar.count { $0 == "█" || $0 == "░" } == 30)
    }

    @Test func `An import of events says what counted, what was known, and what was refused`() {
        var result = EventImportResult()
        (result.recorded, result.duplicates, result.count) = (3, 1, 9)
        result.rejects.add(ImportReject(line: 2, id: "v", reason: "is still to come"))
        func text(dry: Bool = false, stopped: Bool = false) -> String {
            result.text(isDryRun: dry, isStopped: stopped, style: Self.plain)
        }
        #expect(text() == "3 events recorded, 1 event known already, 1 row refused\n")
        result.notAgreed = 2
        #expect(
            text()
                == "3 events recorded, 1 event known already, 2 events left out for lack of consent, 1 row refused\n",
            "W52")
        #expect(text(stopped: true) == "nothing was recorded, 1 row refused\n")
        #expect(text(dry: true) == "9 events would be recorded, 1 row refused; this was a dry run\n")
        let json = result.json(isDryRun: false).line()
        #expect(
            json.contains("\"recorded\": 3") && json.contains("is still to come") && !json.contains("firstRows"))
        #expect(result.json(isDryRun: true).line().contains("\"events\": 9"))
    }

    @Test func `Rows that a mapping leaves out are counted in words and in JSON alike`() {
        let left = RowsLeftOut(count: 1_002, ending: (line: 7, rowCount: 3))
        #expect(
            left.lines == [
                "1,002 rows left out, as the mapping says (skip_when, pass_over)",
                "the rows end before line 7, as the mapping says (stop_at); 3 rows from there on not read",
            ])
        #expect(
            left.added(to: .object([.init("written", .long(1))])).line()
                == "{\"written\": 1, \"leftOut\": 1002, \"ending\": {\"line\": 7, \"rowCount\": 3}}")
        let none = RowsLeftOut()
        #expect(none.lines.isEmpty && none.added(to: .object([])).line() == "{\"leftOut\": 0}")
    }

    @Test func `A backup that may still hold somebody is named by folder`() {
        let backups = [("/a", 1), ("/a", 2), ("/b", 9)].map {
            BackupGenerationMessage(directory: $0.0, generation: UInt64($0.1), takenAt: nil)
        }
        let text = BackupText.stillHolding(backups)
        #expect(text.hasSuffix("  /a generations 1, 2\n  /b generations 9\n"))
        #expect(BackupText.stillHolding([]).isEmpty)
    }
}
