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
            response, experiment: "hero", by: "", control: control,
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
        #expect(report.csv.contains("\n,old,false,10,5.0,0.5,,,,,,,,,,\n"))
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
        for words in ["\"notAgreed\": \"1200\"", "\"joinedUnits\": \"4\"", "\"unitsBefore\": 7"] {
            #expect(json.contains(words), "\(words) in \(json)")
        }
        #expect(report.svg?.contains("<svg") == true)
    }
}
