internal import CEL
internal import Model

/// Campaigns and variants that nobody can ever see, and priorities that do not decide.
extension Lint {
    mutating func checkCampaigns() {
        for campaign in set.campaigns { checkReach(campaign) }
        checkPlacements()
        checkPromisesWithoutPage()
    }

    /// Variants whose condition excludes that of their campaign, or that an earlier one always comes before.
    private mutating func checkReach(_ campaign: Campaign) {
        let whole = campaign.condition.map { [$0.expression] } ?? []
        let campaignFinding = analysis.together(whole)
        guard campaignFinding.canHold else {
            report(
                "unreachable", campaign.position,
                "campaign `\(campaign.name)` is never shown: its condition can never be true")
            return
        }
        let excluded = campaign.excluded.first { analysis.implies(campaignFinding.boxes, $0.expression) }
        if let excluded {
            report(
                "unreachable", excluded.position,
                "campaign `\(campaign.name)` is never shown: whoever it is for is excluded here")
            return
        }
        let linked = Set(campaign.variants.compactMap(\.page))
        for (index, variant) in campaign.variants.enumerated() {
            let finding = variant.condition.map { analysis.together(whole + [$0.expression]) } ?? campaignFinding
            guard finding.canHold else {
                report(
                    "unreachable", variant.position,
                    "variant `\(variant.name)` is never shown: its condition and that of campaign `\(campaign.name)` "
                        + "can never be true together" + Self.because(finding.conflict))
                continue
            }
            // A click on its ad leads to a page even past the variants before it.
            guard !linked.contains(variant.name) else { continue }
            let earlier = campaign.variants[..<index].suffix(Self.comparedMax).first {
                $0.placement == variant.placement && $0.schedule == nil
                    && analysis.implies(finding.boxes, $0.condition?.expression)
            }
            guard let earlier else { continue }
            report(
                "unreachable", variant.position,
                "variant `\(variant.name)` is never shown: whoever could see it sees `\(earlier.name)` first")
        }
    }

    // MARK: Between campaigns

    private mutating func checkPlacements() {
        for placement in set.placements {
            let campaigns = set.campaigns.filter { $0.variants.contains { $0.placement == placement.name } }
            checkShadows(campaigns, placement)
            checkTies(campaigns, placement)
        }
    }

    /// What a campaign for everybody at any time shadows.
    private mutating func checkShadows(_ campaigns: [Campaign], _ placement: Placement) {
        let highest = campaigns.filter { Self.isForEverybody($0, placement) }.max { $0.priority < $1.priority }
        guard let highest else { return }
        for campaign in campaigns where campaign.priority < highest.priority {
            let linked = Set(campaign.variants.compactMap(\.page))
            let variants = campaign.variants.filter { $0.placement == placement.name }
            guard let first = variants.first, !variants.contains(where: { linked.contains($0.name) }) else { continue }
            report(
                "unreachable", first.position,
                "campaign `\(campaign.name)` never shows in `\(placement.name)`: `\(highest.name)` has a higher "
                    + "priority and is for everybody")
        }
    }

    private static func isForEverybody(_ campaign: Campaign, _ placement: Placement) -> Bool {
        campaign.condition == nil && campaign.excluded.isEmpty && campaign.starts == nil && campaign.ends == nil
            && campaign.schedule == nil && campaign.caps.isEmpty && campaign.goal == nil
            && campaign.variants.contains {
                $0.placement == placement.name && $0.condition == nil && $0.schedule == nil
            }
    }

    /// Campaigns of one priority that may meet: fit and then the name decide, which nobody meant.
    private mutating func checkTies(_ campaigns: [Campaign], _ placement: Placement) {
        for (priority, same) in Dictionary(grouping: campaigns, by: \.priority) where same.count > 1 {
            let boxes = same.map { analysis.together($0.condition.map { [$0.expression] } ?? []).boxes }
            for index in same.indices {
                let earlier = max(0, index - Self.comparedMax)..<index
                let tied = earlier.first {
                    Self.areOpenTogether(same[$0], same[index])
                        && ConditionAnalysis.overlap(boxes[$0], boxes[index])
                }
                guard let tied else { continue }
                report(
                    "priority-tie", same[index].position,
                    "`\(same[index].name)` and `\(same[tied].name)` both have priority \(priority) in "
                        + "`\(placement.name)`: where both apply, fit and then the name decide",
                    suggestion: "two different priorities")
            }
        }
    }

    private static func areOpenTogether(_ first: Campaign, _ second: Campaign) -> Bool {
        if let ends = first.ends, let starts = second.starts, ends <= starts { return false }
        if let ends = second.ends, let starts = first.starts, ends <= starts { return false }
        return true
    }

    // MARK: Contents

    private mutating func checkPromisesWithoutPage() {
        for campaign in set.campaigns {
            for ad in campaign.variants where kind(ad) == .ad && ad.page == nil {
                guard let promise = ad.promise else { continue }
                let keeper = campaign.variants.first { kind($0) == .page && $0.promise == promise }
                report(
                    "promise-without-page", ad.position,
                    "ad `\(ad.name)` promises `\(promise)`, but names no page that keeps it",
                    suggestion: "`page: \(keeper?.name ?? "NAME")`")
            }
        }
    }

    private func kind(_ variant: Variant) -> Placement.Kind? {
        set.placements.first { $0.name == variant.placement }?.kind
    }

    mutating func checkContents() {
        for placement in set.placements where placement.kind == .page {
            guard placement.fields.allSatisfy({ $0.defaultContent == nil }) else { continue }
            report(
                "missing-default", placement.position,
                "placement `\(placement.name)` has no `default`: without a campaign it stays empty",
                suggestion: "`default: {\(placement.fields.first?.name ?? "field"): …}`")
        }
        for placement in set.placements {
            for field in placement.fields {
                if let content = field.defaultContent { checkContent(content, field) }
            }
            let contents =
                set.campaigns.flatMap(\.variants).filter { $0.placement == placement.name }.flatMap(\.fields)
                + set.experiments.filter { $0.placement == placement.name }.flatMap(\.arms).flatMap(\.fields)
            for (name, content) in contents {
                guard let field = placement.fields.first(where: { $0.name == name }) else { continue }
                checkContent(content, field)
            }
        }
    }

    private mutating func checkContent(_ content: Template, _ field: Placement.Field) {
        var length = 0
        let before = diagnostics.count
        checkBraces(content)
        if diagnostics.count == before { checkMarkup(content, field.kind) }
        for piece in content.pieces {
            switch piece {
            case .text(let text): length += text.count
            case .insertion(let insertion):
                let path = insertion.path.joined(separator: ".")
                if insertion.fallback == nil, path != "role", path != "stage" {
                    report(
                        "missing-default", content.position,
                        "where `\(path)` is missing, the text has a gap",
                        suggestion: "`{{ \(path) | default: \"…\" }}`"
                    )
                }
                let fallback = insertion.fallback?.count ?? 0
                length += min(fallback, insertion.maximumLength ?? fallback)
            }
        }
        guard let maximum = field.maximumLength, length > maximum else { return }
        report(
            "default-too-long", content.position,
            "with its defaults the text has \(length) characters; field `\(field.name)` takes \(maximum), "
                + "the rest is cut"
        )
    }
}
