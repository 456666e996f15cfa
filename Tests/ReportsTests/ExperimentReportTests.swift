import BespokeAdmin
import Experimentation
import Messages
import Model
import Reports
import Testing

@Suite struct ExperimentReportTests {
    private func arm(_ name: String, units: UInt64, converted: UInt64) -> ArmMomentsMessage {
        var arm = ArmMomentsMessage()
        (arm.arm, arm.weight, arm.units) = (name, 1, units)
        let mean = Double(converted) / Double(units)
        (arm.sum, arm.mean) = (Double(converted), mean)
        arm.squares = Double(units) * mean * (1 - mean)
        (arm.nonzeroUnits, arm.magnitudeSum) = (converted, Double(converted))
        return arm
    }

    private func report(_ change: (inout GetExperimentResponse) -> Void = { _ in }, control: String? = nil) throws
        -> ExperimentReport
    {
        var response = GetExperimentResponse()
        response.metric = "order"
        var group = ExperimentGroupMessage()
        group.arms = [arm("plain", units: 10_000, converted: 500), arm("bold", units: 10_000, converted: 800)]
        response.groups = [group]
        change(&response)
        return try ExperimentReport(
            ExperimentReport.Counts(response), experiment: "hero", by: "", control: control,
            question: MetricQuestion(
                name: "order", kind: .binary, direction: .increase, usesCovariate: false, guardrailMargin: nil),
            settings: AnalysisSettings(alpha: 0.05, unitsPlanned: 10_000))
    }

    @Test func `Arms are compared with the first, or with the one that is named`() throws {
        let arms = try report().groups[0].results.arms
        #expect(arms.map(\.name) == ["plain", "bold"] && arms.map(\.isControl) == [true, false])
        let difference = try #require(arms[1].comparison?.difference)
        #expect(abs(difference.estimate - 0.03) < 1e-9 && difference.atAnyTime.low > 0)
        #expect(try report(control: "bold").groups[0].results.arms.map(\.isControl) == [false, true])
    }

    @Test func `An arm that is gone is counted beside the others and compared with none`() throws {
        let report = try report { response in
            var gone = arm("old", units: 10, converted: 5)
            gone.isGone = true
            response.groups[0].arms.append(gone)
        }
        #expect(report.groups[0].results.arms.count == 2)
        #expect(report.groups[0].former.map(\.name) == ["old"] && report.groups[0].former[0].mean == 0.5)
        #expect(report.csv.contains("\n,old,false,10,5.0,0.5,,,,,,,,,,,,,,,,\n"))
    }

    @Test func `What limits a result is said in each form`() throws {
        let report = try report { response in
            response.endedAt = Timestamp(microseconds: 0)
            (response.countedSince, response.unitsBefore) = (Timestamp(microseconds: 1_000_000), 7)
            (response.joinedUnits, response.joinedAcrossArms, response.notAgreed) = (4, 1, 1_200)
        }
        let text = report.text(style: Style(isColoured: false))
        for words in [
            "ended 1970-01-01T00:00:00Z", "since 1970-01-01T00:00:01Z", "7 units before are left out",
            "4 units had several ids", "1 of them had seen several arms", "1,200 not counted",
        ] { #expect(text.contains(words), "\(words) in \(text)") }
        let json = report.json.text()
        for words in ["\"notAgreed\": 1200", "\"joinedUnits\": 4", "\"unitsBefore\": 7"] {
            #expect(json.contains(words), "\(words) in \(json)")
        }
        #expect(report.svg?.contains("<svg") == true)
    }
}

@Suite struct GuardrailReportTests {
    private func counts(_ plain: UInt64, _ bold: UInt64) throws -> ExperimentReport.Counts {
        let arms = try [("plain", plain), ("bold", bold)].map { name, converted in
            let mean = Double(converted) / 10_000
            return ArmInput(
                name: name, weight: 1,
                summary: try ArmSummary(
                    units: 10_000, sum: Double(converted), mean: mean, covariateMean: 0,
                    squares: 10_000 * mean * (1 - mean), covariateSquares: 0, products: 0,
                    nonZeroUnits: Int(converted), magnitudeSum: Double(converted)))
        }
        return ExperimentReport.Counts([.init(name: "", isNotAgreed: false, arms: arms, former: [])])
    }

    private func report(guardedBy plain: UInt64, _ bold: UInt64, margin: Guardrail.Margin) throws -> ExperimentReport {
        let settings = try AnalysisSettings()
        var report = try ExperimentReport(
            counts(500, 800), experiment: "hero", by: "", control: nil,
            question: MetricQuestion(name: "order", kind: .binary), settings: settings)
        try report.guardedBy(
            counts(plain, bold), control: nil,
            question: MetricQuestion(
                name: "complaint", kind: .binary, direction: .decrease, usesCovariate: false, margin: margin),
            settings: settings)
        return report
    }

    @Test(arguments: [
        (UInt64(500), UInt64(500), Guardrail.Margin.relative(0.5), "wins"),
        (500, 1_500, .relative(0.5), "guardrail_broken"),
        (500, 1_500, .absolute(0.2), "wins"), (500, 1_500, .absolute(0.01), "guardrail_broken"),
    ])
    func `An arm that breaks a guardrail does not win`(
        plain: UInt64, bold: UInt64, margin: Guardrail.Margin, verdict: String
    ) throws {
        let report = try report(guardedBy: plain, bold, margin: margin)
        let group = report.groups[0]
        #expect(group.results.verdict == .wins(arm: "bold"))
        #expect(group.verdict.name == verdict)
        #expect(group.brokenMetrics == (verdict == "wins" ? [] : ["complaint"]))
        #expect(group.words.contains("\ncomplaint: guardrail"))
        #expect(group.words.hasPrefix("guardrail broken, so not this: bold wins") == (verdict != "wins"))
    }

    @Test func `Each form says that it is broken`() throws {
        let report = try report(guardedBy: 500, 1_500, margin: .absolute(0.01))
        let text = report.text(style: Style(isColoured: false))
        #expect(text.contains("guardrail broken, so not this: bold wins"))
        #expect(text.contains("is accepted"))
        #expect(report.json.text().contains("\"verdict\": \"guardrail_broken\""))
        #expect(report.json.text().contains("\"metric\": \"complaint\""))
        let lines = report.csv.split(separator: "\n")
        #expect(lines[2].contains(",guardrail_broken,") && lines[2].hasSuffix(",complaint"))
    }

    @Test func `The CSV has the interval that the text has`() throws {
        let report = try report(guardedBy: 500, 500, margin: .relative(0.5))
        let head = report.csv.split(separator: "\n")[0].split(separator: ",").map(String.init)
        let cells = report.csv.split(separator: "\n")[2].split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        #expect(head.count == cells.count)
        let row = Dictionary(uniqueKeysWithValues: zip(head, cells))
        let shown = try #require(report.groups[0].results.shown(report.groups[0].results.arms[1])?.atAnyTime)
        #expect(row["shown"] == "lift")
        #expect(row["shown_low_at_any_time"] == "\(shown.low)" && row["shown_high_at_any_time"] == "\(shown.high)")
        #expect(row["lift_low_at_any_time"] == row["shown_low_at_any_time"])
        #expect(row["mean_low_at_any_time"].flatMap(Double.init) ?? 1 < 0.08)
    }
}
