internal import Experimentation
package import Model
package import Reports

extension ExperimentReport {
    /// - Returns: Lines, each with a line end.
    package func text(style: Style, width: Int = 80) -> String {
        var text = endedAt.map { "ended \(TimestampText.format($0)); what was recorded until then\n" } ?? ""
        for group in groups {
            if !by.isEmpty {
                let name = group.name.isEmpty ? "not known" : Style.printable(group.name)
                text += style.bold("\(by) \(group.isNotAgreed ? "not agreed" : name)") + "\n"
            }
            text +=
                Self.table(group.results) + Self.formerArms(group.former) + "\n"
                + IntervalPlot(group.results).text(width: width) + "\n"
            text += (group.verdict.isGood ? style.good(group.words) : style.bold(group.words)) + "\n\n"
        }
        if joined.units > 0 {
            text +=
                "\(ReportText.counted(joined.units, "unit")) had several ids and counted as several until they were joined; "
            text += "\(joined.acrossArms) of them had seen several arms, and count in the first\n\n"
        }
        for note in notes { text += "\(note)\n" }
        if notAgreed > 0 {
            text += "\(NumberText.grouped(Int(clamping: notAgreed))) not counted: they do not agree to being measured\n"
        }
        return text + style.dim("p: for one look, planned before. P(better): posterior, flat prior; no error rate.")
            + "\n"
    }

    /// What a reader has to know beside the verdicts.
    private var notes: [String] {
        var notes: [String] = []
        if let since {
            notes.append(
                "an arm was added while it ran: counted are units first exposed since \(TimestampText.format(since.time)), when all arms were there; "
                    + "\(ReportText.counted(since.unitsBefore, "unit")) before are left out")
        }
        for note in groups.flatMap(\.results.notes) where !notes.contains(note) { notes.append(note) }
        if groups.count > 1 {
            notes.append("each line holds by itself: of many groups, some line may be wrong")
        }
        return notes
    }

    private static func table(_ results: ExperimentResults) -> String {
        let isGuarded = results.question.guardrail != nil
        var table = TextTable([.left, .right, .right, .right, .right, .right, .right] + (isGuarded ? [.left] : []))
        let what = results.showsLift ? "lift at any time" : "difference at any time"
        table.add(
            ["arm", "units", results.question.name, "mean", what, "p", "P(better)"] + (isGuarded ? ["guardrail"] : []))
        for arm in results.arms {
            table.add(cells(arm, results) + (isGuarded ? [arm.guardrail?.rawValue ?? ""] : []))
        }
        let check = results.sampleRatio
        return table.text(indent: "  ")
            + "  units per arm and weights: p = \(Experimentation.NumberText.pValue(check.pValueAtAnyTime)) at any time"
            + (check.isAlarm ? ", ALARM: they do not fit" : "") + "\n"
    }

    private static func formerArms(_ arms: [ExperimentReport.FormerArm]) -> String {
        arms.map { arm in
            "  \(Style.printable(arm.name)), which the rules have no longer: \(ReportText.counted(arm.units, "unit")), "
                + "\(NumberText.rounded(arm.outcomes, digits: 2)) in all, "
                + "\(Experimentation.NumberText.plain(arm.mean)) each; not compared\n"
        }.joined()
    }

    private static func cells(_ arm: ArmResult, _ results: ExperimentResults) -> [String] {
        let comparison = arm.comparison
        return [
            arm.isControl ? "\(arm.name) (control)" : arm.name, "\(arm.units)",
            NumberText.rounded(arm.outcomes, digits: 2),
            arm.mean.map { Experimentation.NumberText.plain($0.estimate) } ?? "",
            results.shown(arm).map { results.words($0.atAnyTime) } ?? "",
            comparison.map { Experimentation.NumberText.pValue($0.pValueFixedHorizon) } ?? "",
            arm.probabilityBetter.map { Experimentation.NumberText.percent($0, digits: 1, signed: false) } ?? "",
        ]
    }

    // MARK: JSON and CSV

    package var json: JSON {
        var members: [JSON.Member] = [
            .init("experiment", .string(experiment)),
            .init("metric", .string(groups.first?.results.question.name ?? "")),
            .init("by", .string(by)), .init("groups", .array(groups.map(Self.json))),
            .init("joinedUnits", .long(joined.units)), .init("joinedAcrossArms", .long(joined.acrossArms)),
            .init("notes", .array(notes.map { .string($0) })),
            .init("notAgreed", .long(notAgreed)),
        ]
        if let endedAt { members.append(.init("endedAt", .time(endedAt))) }
        if let since {
            members.append(.init("countedSince", .string("\(TimestampText.format(since.time))")))
            members.append(.init("unitsBefore", .number(since.unitsBefore)))
        }
        return .object(members)
    }

    private static func json(_ group: Group) -> JSON {
        let results = group.results
        return .object([
            .init("name", .string(group.name)), .init("notAgreed", .bool(group.isNotAgreed)),
            .init("words", .string(group.words)),
            .init("verdict", .string(group.verdict.name)), .init("weighted", .bool(results.isWeighted)),
            .init(
                "sampleRatio",
                .object([
                    .init("pValue", .number(results.sampleRatio.pValue)),
                    .init("pValueAtAnyTime", .number(results.sampleRatio.pValueAtAnyTime)),
                    .init("alarm", .bool(results.sampleRatio.isAlarm)),
                ])), .init("arms", .array(results.arms.map(json))),
            .init(
                "guards",
                .array(
                    group.guards.map { guarded in
                        .object([
                            .init("metric", .string(guarded.question.name)),
                            .init("verdict", .string(guarded.verdict.name)), .init("words", .string(guarded.words)),
                            .init("arms", .array(guarded.arms.map(json))),
                        ])
                    })),
            .init(
                "formerArms",
                .array(
                    group.former.map {
                        .object([
                            .init("arm", .string($0.name)), .init("units", .long($0.units)),
                            .init("outcomes", .number($0.outcomes)), .init("mean", .number($0.mean)),
                        ])
                    })),
        ])
    }

    private static func json(_ arm: ArmResult) -> JSON {
        var members: [JSON.Member] = [
            .init("arm", .string(arm.name)), .init("control", .bool(arm.isControl)),
            .init("units", .long(arm.units)), .init("outcomes", .number(arm.outcomes)),
        ]
        if let mean = arm.mean { members.append(.init("mean", json(mean))) }
        if let comparison = arm.comparison {
            members.append(.init("difference", json(comparison.difference)))
            if let lift = comparison.lift { members.append(.init("lift", json(lift))) }
            members.append(.init("pValueFixedHorizon", .number(comparison.pValueFixedHorizon)))
        }
        if let better = arm.probabilityBetter { members.append(.init("probabilityBetter", .number(better))) }
        if let lack = arm.lack { members.append(.init("lack", .string(lack.rawValue))) }
        if let guardrail = arm.guardrail { members.append(.init("guardrail", .string(guardrail.rawValue))) }
        return .object(members)
    }

    private static func json(_ effect: Effect) -> JSON {
        .object([
            .init("estimate", .number(effect.estimate)), .init("standardError", .number(effect.standardError)),
            .init("lowAtAnyTime", .number(effect.atAnyTime.low)),
            .init("highAtAnyTime", .number(effect.atAnyTime.high)),
        ])
    }

    /// One line for each arm of each group, with a head.
    package var csv: String {
        var text = "group,arm,control,units,outcomes,mean,lift_low_at_any_time,lift_high_at_any_time,p_fixed_horizon,"
        text += "probability_better,difference_low_at_any_time,difference_high_at_any_time,guardrail,"
        text += "sample_ratio_p_at_any_time,sample_ratio_alarm,verdict,"
        text += "mean_low_at_any_time,mean_high_at_any_time,shown,shown_low_at_any_time,shown_high_at_any_time,"
        text += "broken_guards\n"
        for group in groups {
            for arm in group.results.arms {
                let lift = arm.comparison?.lift?.atAnyTime
                let difference = arm.comparison?.difference.atAnyTime
                let check = group.results.sampleRatio
                let numbers = [
                    arm.mean?.estimate, lift?.low, lift?.high, arm.comparison?.pValueFixedHorizon,
                    arm.probabilityBetter, difference?.low, difference?.high,
                ]
                text += group.isNotAgreed ? "(not agreed)" : Self.quoted(group.name)
                text += ",\(arm.name),\(arm.isControl),\(arm.units),\(arm.outcomes),"
                text += numbers.map { $0.map { "\($0)" } ?? "" }.joined(separator: ",")
                text += ",\(arm.guardrail?.rawValue ?? ""),\(check.pValueAtAnyTime),\(check.isAlarm),"
                text += "\(group.verdict.name),\(Self.shown(arm, group))\n"
            }
            for arm in group.former {
                text +=
                    "\(Self.quoted(group.name)),\(arm.name),false,\(arm.units),\(arm.outcomes),\(arm.mean),,,,,,,,,,,,,,,,\n"
            }
        }
        return text
    }

    /// The interval of the mean, and the one that the text shows, as lift or as difference.
    private static func shown(_ arm: ArmResult, _ group: Group) -> String {
        let shown = group.results.shown(arm)?.atAnyTime
        let mean = arm.mean?.atAnyTime
        func cell(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }
        return [
            cell(mean?.low), cell(mean?.high),
            shown == nil ? "" : group.results.showsLift ? "lift" : "difference", cell(shown?.low), cell(shown?.high),
            CSVText.quoted(group.brokenMetrics.joined(separator: "|")),
        ].joined(separator: ",")
    }

    /// A leading `=`, `+`, `-` or `@` would be a formula to a spreadsheet.
    private static func quoted(_ text: String) -> String {
        CSVText.quoted(text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text)
    }

    /// A picture of the first group.
    package var svg: String? { groups.first.map { IntervalPlot($0.results).svg() } }
}
