import BespokeAdmin
import Messages
import Model
import Reports
import Testing

@Suite struct AccountReportsTests {
    private typealias Check = Explanation.Check

    private func check(_ verdict: Explanation.Verdict, _ path: String, known: Bool = true) -> Check {
        Check(
            condition: "\(path) > 1", verdict: verdict, inputs: [.init(path: path, state: known ? .known : .missing)],
            file: "icps.yaml", line: 1)
    }

    private func ranked(_ account: String, _ matches: Explanation.Verdict, fit: Double) -> AccountRanking.Row? {
        let profile = Explanation.ICPExplanation(
            name: "mary", title: "", isNegative: false, matches: matches, fit: fit, fitPossible: 100, tier: "a",
            fitNeeded: 50, notFor: "", required: [check(.lacksData, "account.size", known: false)],
            excluded: [check(.no, "account.rival")],
            criteria: [
                .init(check: check(.yes, "account.age"), points: 30, category: "ready", owner: ""),
                .init(
                    check: check(.lacksData, "account.budget", known: false), points: 70, category: "able", owner: ""),
                .init(check: check(.lacksData, "account.debt", known: false), points: -10, category: "able", owner: ""),
                .init(check: check(.yes, "account.late"), points: -5, category: "able", owner: ""),
            ], owners: [])
        var explanation = Explanation()
        explanation.icps = [profile]
        return AccountRanking.Row(
            account: account, icp: "mary",
            ExplainResponse(decision: DecideResponseMessage(), explanation: explanation))
    }

    @Test func `Points are shares of all positive points, and only what would add points is missing`() throws {
        let row = try #require(ranked("acme", .lacksData, fit: 30))
        let points = Dictionary(uniqueKeysWithValues: zip(AccountRanking.categories, row.points))
        #expect(points["ready"] == 30 && points["able"] == -5 && points["success"] == 0)
        #expect(row.missing == ["account.size", "account.budget"])
    }

    @Test func `Who matches stands first, then whoever may, each by score and then by id`() throws {
        var ranking = AccountRanking()
        for (account, verdict, fit) in [
            ("no", .no, 99.0), ("b", .yes, 60.0), ("may", .lacksConsent, 80.0), ("a", .yes, 60.0), ("best", .yes, 61.0),
        ] as [(String, Explanation.Verdict, Double)] {
            ranking.add(try #require(ranked(account, verdict, fit: fit)))
        }
        #expect(ranking.ranked.map(\.account) == ["best", "a", "b", "may", "no"])
        let lines = ranking.csv(limit: 4).split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[4].hasPrefix("4,may,80.0,a,30.0,") && lines[4].contains("unknown,account.size|account.budget"))
    }

    @Test func `A profile that the rules do not have gives no row`() {
        let none = ExplainResponse(decision: DecideResponseMessage(), explanation: Explanation())
        #expect(AccountRanking.Row(account: "acme", icp: "mary", none) == nil)
    }

    @Test func `A committee says who has which role, and which nobody has`() {
        var report = CommitteeReport(roles: ["buyer", "user", "boss"])
        report.add(account: "z", visitor: "v3", role: "boss")
        report.add(account: "acme", visitor: "v2", role: "user")
        report.add(account: "acme", visitor: "v1", role: "user")
        report.add(account: "acme", visitor: "v4", role: "none")
        #expect(report.rows.map(\.account) == ["acme", "z"])
        #expect(report.rows[0].members == [[], ["v1", "v2"], []] && report.rows[0].missing == ["buyer", "boss"])
        #expect(report.csv == "account,buyer,user,boss,missing\nacme,,v1|v2,,buyer|boss\nz,,,v3,buyer|user\n")
    }
}
