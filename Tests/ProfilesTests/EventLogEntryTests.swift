import Model
import Profiles
import Testing

@Suite("Entries of the event log")
struct EventLogEntryTests {
    private func entry(account: String, isOwn: Bool) -> EventLogEntry {
        var entry = EventLogEntry(.exposure, at: Timestamp(microseconds: 1_700_000_000_000_001))
        (entry.name, entry.experiment, entry.arm, entry.propensity) = (1, 2, 3, 0.25)
        (entry.decisionID, entry.revision, entry.isClick) = ("decision", "revision", true)
        (entry.account, entry.hasOwnAccount) = (account, isOwn)
        return entry
    }

    @Test(
        "What is written is read back alike",
        arguments: [("", false), ("acme", false), ("acme", true), ("Zürich", true)])
    func inverse(account: String, isOwn: Bool) {
        let entry = entry(account: account, isOwn: isOwn)
        let bytes = entry.encoded()
        #expect(bytes.withUnsafeBytes { EventLogEntry($0) } == entry)
        #expect(bytes[0] == (account.isEmpty ? 1 : isOwn ? 3 : 2))
        let ended = [UInt8](bytes.dropLast(bytes.count - 39))
        #expect(ended.withUnsafeBytes { EventLogEntry($0) } == nil)
    }

    @Test("What names an account has one; later formats are not read")
    func damaged() {
        var bytes = entry(account: "", isOwn: false).encoded()
        bytes[0] = 3
        #expect(bytes.withUnsafeBytes { EventLogEntry($0) } == nil)
        bytes = entry(account: "acme", isOwn: true).encoded()
        for format in 4...5 as ClosedRange<UInt8> {
            bytes[0] = format
            #expect(bytes.withUnsafeBytes { EventLogEntry($0) } == nil)
        }
    }

    @Test(
        "W7: an entry may name one account and count for another",
        arguments: ["a", "Zürich", String(repeating: "x", count: 256)])
    func twoAccounts(named: String) {
        var entry = entry(account: named, isOwn: true)
        entry.count(forAccount: named)
        #expect(entry.countedAccount.isEmpty && entry.accountCountedFor == named)
        entry.count(forAccount: "acme")
        #expect((entry.account, entry.accountCountedFor) == (named, "acme"))
        let bytes = entry.encoded()
        #expect(bytes[0] == 4 && bytes.withUnsafeBytes { EventLogEntry($0) } == entry)
        #expect(bytes.dropLast(4).withUnsafeBytes { EventLogEntry($0) } == nil)
        entry.removeAccount()
        #expect(entry.encoded()[0] == 1 && entry.accountCountedFor.isEmpty)
        var found = self.entry(account: "", isOwn: false)
        found.count(forAccount: "acme")
        #expect((found.account, found.countedAccount, found.encoded()[0]) == ("acme", "", 2))
    }
}
