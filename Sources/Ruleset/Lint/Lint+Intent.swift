internal import CEL
internal import Model

/// What is well formed, and hardly what its author had in mind.
extension Lint {
    mutating func checkIntent() {
        for experiment in set.experiments {
            checkNumbers(of: experiment)
            checkIdle(experiment)
        }
        checkShows()
        for route in set.routes { checkTargets(of: route) }
        for test in set.tests { checkExpected(test) }
        for campaign in set.campaigns { checkPages(of: campaign) }
        for experiment in set.experiments { checkPromised(experiment) }
    }

    // MARK: Experiments

    private mutating func checkNumbers(of experiment: Experiment) {
        if let slots = experiment.slots, slots.upperBound <= 100 {
            report(
                "slots-as-percent", experiment.position,
                "the slots of `\(experiment.name)` are \(slots.lowerBound) to \(slots.upperBound) of 1,000,000: "
                    + "that is \(Self.percent(slots.count))% of the layer",
                suggestion: "`slots: [\(slots.lowerBound * 10_000), \(slots.upperBound * 10_000)]` for "
                    + "\(slots.lowerBound)% to \(slots.upperBound)%")
        }
        guard experiment.bandit == nil else { return }
        for arm in experiment.arms where arm.weight == 0 {
            report(
                "weight-zero", experiment.position,
                "arm `\(arm.name)` of `\(experiment.name)` has weight 0: nobody new gets it",
                suggestion: "a weight above 0, or the arm taken out")
        }
    }

    /// Of a million, with four decimals.
    private static func percent(_ count: Int) -> String {
        let digits = "\(count)"
        return "0." + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    // MARK: Ads and their pages

    private func isPage(_ variant: Variant) -> Bool {
        set.placements.first { $0.name == variant.placement }?.kind == .page
    }

    /// A page that not everybody gets who can click on its ad.
    private mutating func checkPages(of campaign: Campaign) {
        let pages = campaign.variants.filter { isPage($0) }
        for ad in campaign.variants {
            guard let page = pages.first(where: { $0.name == ad.page }) else { continue }
            let hasOther = pages.contains {
                $0.name != page.name && $0.placement == page.placement && $0.promise != nil
                    && $0.promise == page.promise
            }
            if !hasOther, let schedule = page.schedule, schedule != ad.schedule, schedule != campaign.schedule {
                report(
                    "ad-outlives-page", ad.position,
                    "ad `\(ad.name)` is shown while its page `\(page.name)` is closed: who clicks then gets another page",
                    suggestion:
                        "the schedule of the page for the ad as well, or a page with the same promise for the other hours"
                )
            }
            guard campaign.keepsPromiseIfEligible, !hasOther, let condition = page.condition else { continue }
            let known = [campaign.condition, ad.condition].compactMap { $0?.expression }
            guard !analysis.implies(analysis.together(known).boxes, condition.expression) else { continue }
            report(
                "ad-outlives-page", ad.position,
                "ad `\(ad.name)` is for more people than its page `\(page.name)`: with `keep_promise: eligible`, who does "
                    + "not meet the page's `when` gets another page",
                suggestion: "`when: \(condition.source)` for the ad as well, or `keep_promise: always`")
        }
    }

    /// An arm that puts other words where the page says what the ad said.
    private mutating func checkPromised(_ experiment: Experiment) {
        for arm in experiment.arms {
            for campaign in set.campaigns {
                for ad in campaign.variants where ad.promise != nil {
                    guard
                        let page = campaign.variants.first(where: { $0.name == ad.page && isPage($0) }),
                        page.placement == experiment.placement,
                        let field = arm.fields.first(where: { field in
                            ad.fields.contains { $0.name == field.name }
                                && page.fields.contains { $0.name == field.name }
                        })
                    else { continue }
                    report(
                        "arm-over-promise", field.content.position,
                        "arm `\(arm.name)` replaces `\(field.name)` of page `\(page.name)`, which keeps what ad "
                            + "`\(ad.name)` promises",
                        suggestion: "another field, or an experiment whose `when` leaves out who clicked")
                    return
                }
            }
        }
    }

    // MARK: Texts and conditions

    private static let insertable = ["visitor.", "account.", "request.", "persona.", "events."]

    /// `{visitor.title}`, as other template languages have it.
    mutating func checkBraces(_ content: Template) {
        for case .text(let text) in content.pieces {
            var rest = text[...]
            while let open = rest.firstIndex(where: { $0 == "{" || $0 == "[" || $0 == "%" || $0 == "$" }) {
                rest = rest[open...].dropFirst()
                let inner = rest.drop { $0 == "{" || $0 == "%" || $0 == " " }
                guard let path = Self.insertable.first(where: { inner.hasPrefix($0) }) else { continue }
                let name =
                    path + inner.dropFirst(path.count).prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
                report(
                    "single-braces", content.position,
                    "`\(name)` is shown as it stands: values are inserted between `{{` and `}}`",
                    suggestion: "`{{ \(name) | default: \"…\" }}`")
                return
            }
        }
    }

    /// HTML and the marks of other template languages in a field of type `text`, which shows every sign as it stands.
    mutating func checkMarkup(_ content: Template, _ kind: Placement.Field.Kind) {
        for case .text(let text) in content.pieces {
            if let mark = ["{%", "<%", "${", "[%"].first(where: text.contains) {
                report(
                    "markup-as-text", content.position,
                    "`\(mark)` is shown as it stands: a text has no statements, and values are inserted between `{{` and `}}`",
                    suggestion: "a variant with `when` for each text that is to be shown")
                return
            }
            guard kind == .text else { continue }
            let tags = ["<b>", "<i>", "<br>", "<br/>", "<br />", "<p>", "<a ", "<strong>", "<em>", "<span"]
            let entities = ["&amp;", "&nbsp;", "&lt;", "&gt;", "&quot;", "&#"]
            guard let mark = (tags + entities).first(where: text.contains) else { continue }
            report(
                "markup-as-text", content.position,
                "`\(mark)` is shown as it stands: the field is of type text, whose signs a page shows as they are",
                suggestion: mark == "&amp;" ? "`&`" : "the sign itself, or `type: html` for the field")
            return
        }
    }

    /// `between(x, 50, 5)` is never true.
    mutating func checkBetween(_ parts: [Expression], _ condition: Condition) {
        if parts.count == 3, let low = Self.number(parts[0]), let high = Self.number(parts[1]),
            let name = ExpressionText.input(parts[2])
        {
            report(
                "between-reversed", position(condition, parts[0].offset),
                "`between` takes what is compared first, then the bounds",
                suggestion: "`between(\(name), \(Self.text(min(low, high))), \(Self.text(max(low, high))))`")
        }
        guard parts.count == 3, let low = Self.number(parts[1]), let high = Self.number(parts[2]), low > high else {
            return
        }
        let name = ExpressionText.input(parts[0]) ?? "…"
        report(
            "between-reversed", position(condition, parts[1].offset),
            "nothing is between \(Self.text(low)) and \(Self.text(high)): the lower bound comes first",
            suggestion: "`between(\(name), \(Self.text(high)), \(Self.text(low)))`")
    }

    private static func number(_ expression: Expression) -> Double? {
        switch expression.kind {
        case .literal(.int(let value)): Double(value)
        case .literal(.double(let value)): value
        case .call("-_", nil, let parts): parts.first.flatMap { number($0) }.map { -$0 }
        default: nil
        }
    }

    private static func text(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? "\(value)"
    }
}
