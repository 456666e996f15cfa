import BespokeAdmin
import Messages
import Model
import Testing

@Suite struct DoctorReportTests {
    private func status(findings: [FindingMessage] = [FindingMessage(text: "ready")]) -> GetStatusResponse {
        GetStatusResponse(version: "1.2.0", revision: "abc", findings: findings)
    }

    private func texts(_ report: DoctorReport) -> [String] {
        report.findings.map { ($0.problem ? "problem " : "ok ") + $0.text }
    }

    @Test func `Nothing is wrong where nothing was found, and versions and rules are the same`() {
        let report = DoctorReport(status(), version: "1.2.0", folder: ("rules", "abc"))
        #expect(texts(report) == ["ok ready", "ok rules: rules is what is served", "ok versions: 1.2.0 of both"])
        #expect(!report.isProblem)
    }

    @Test func `What the daemon found comes first, and is enough to fail`() {
        let found = FindingMessage(problem: true, text: "disk: 3 MB are free; make room")
        let report = DoctorReport(status(findings: [found]), version: "1.2.0", folder: nil)
        #expect(texts(report).first == "problem disk: 3 MB are free; make room")
        #expect(report.isProblem)
    }

    @Test func `Other rules, other versions and a daemon that looks at nothing are named with what to do`() {
        let rules = DoctorReport(status(), version: "1.2.0", folder: ("rules", "def"))
        #expect(
            texts(rules).contains(
                "problem rules: rules is def, and abc is served; push it, or see `bespokectl rules diff`"))
        let versions = DoctorReport(status(), version: "1.3.0", folder: nil)
        #expect(texts(versions).last == "problem versions: bespokectl has 1.3.0, bespoked 1.2.0; install the same")
        let older = DoctorReport(status(findings: []), version: "1.2.0", folder: nil)
        #expect(older.isProblem && texts(older)[0].contains("install a newer one"))
        let none = DoctorReport(
            GetStatusResponse(version: "1.2.0", findings: [FindingMessage(text: "ready")]), version: "1.2.0",
            folder: nil)
        #expect(none.isProblem && texts(none)[1].contains("bespokectl rules push"))
    }

    @Test func `JSON says in one word whether all is well`() {
        let report = DoctorReport(status(), version: "1.2.0", folder: nil)
        #expect(report.json.line().hasPrefix(#"{"ok": true, "findings": [{"problem": false, "text": "ready"}"#))
    }
}
