internal import Model
internal import Yams

/// Placements and campaigns: what is shown, where and to whom.
extension Loader {
    mutating func loadPlacements(_ sections: [Section]) {
        for section in sections {
            let file = section.file
            for (name, key, value) in named(section.value, file, "placements", of: .placement) {
                guard let position = declare("placements", name, key, file),
                    let entries = entries(value, file, .placement),
                    let kind = choice(entries["kind"], file, [("ad", Placement.Kind.ad), ("page", .page)])
                else { continue }
                var placement = Placement(name: name, kind: kind, position: position)
                placement.fields = fields(entries["fields"], file)
                _ = text(entries["description"], file)
                if let defaults = entries["default"] {
                    for (field, content) in contents(defaults, file, of: placement) {
                        guard let index = placement.fields.firstIndex(where: { $0.name == field }) else { continue }
                        placement.fields[index].defaultContent = content
                    }
                }
                ruleSet.placements.append(placement)
            }
        }
    }

    private mutating func fields(_ node: Node?, _ file: String) -> [Placement.Field] {
        guard let node else { return [] }
        var result: [Placement.Field] = []
        for (name, key, value) in named(node, file, "fields") {
            guard Self.isName(name) else {
                brokenNames.insert(name)
                reportName(name, Self.position(key, file))
                continue
            }
            var field = Placement.Field(name: name)
            if !Self.isEmpty(value) {
                guard let entries = entries(value, file, .field) else {
                    brokenNames.insert(name)
                    continue
                }
                field.kind = choice(entries["type"], file, [("text", .text), ("html", .html), ("url", .url)]) ?? .text
                field.maximumLength = whole(entries["max_length"], file, 1...1_000_000)
            }
            result.append(field)
        }
        return result
    }

    /// The content of a placement's fields, as a default, a variant or an arm gives it.
    mutating func contents(
        _ node: Node?, _ file: String, of placement: Placement
    ) -> [(name: String, content: Template)] {
        guard let node else { return [] }
        var result: [(name: String, content: Template)] = []
        for (name, key, value) in named(node, file, "fields") {
            guard let field = placement.fields.first(where: { $0.name == name }) else {
                guard !brokenNames.contains(name) else { continue }
                let known = placement.fields.map(\.name)
                report(
                    "unknown-field", key, file, "placement `\(placement.name)` has no field `\(name)`",
                    suggestion: Spelling.nearest(to: name, among: known) ?? "one of \(known.joined(separator: ", "))")
                continue
            }
            guard let template = template(value, file, field) else { continue }
            result.append((name, template))
        }
        return result
    }

    private mutating func template(_ node: Node, _ file: String, _ field: Placement.Field) -> Template? {
        guard let text = text(node, file) else { return nil }
        var parser = TemplateParser(text, paths: insertablePaths)
        parser.brokenNames = brokenNames
        do throws(TemplateParser.Problem) {
            let pieces = try parser.parse()
            if let maximum = field.maximumLength {
                // What the author wrote himself is there for every value.
                let length = pieces.reduce(0) { sum, piece in
                    if case .text(let text) = piece { return sum + text.count }
                    return sum
                }
                if length > maximum {
                    report(
                        "too-long", node, file,
                        "the text has \(length) characters; field `\(field.name)` takes \(maximum)")
                }
            }
            if field.kind == .url, let slip = LinkSlips.problem(pieces) {
                report("bad-link", node, file, slip.message, suggestion: slip.suggestion)
                return nil
            }
            if field.kind == .url, let slip = LinkSlips.doubt(pieces) {
                report("bad-link", node, file, slip.message, suggestion: slip.suggestion, severity: .warning)
            }
            return Template(pieces: pieces, position: Self.position(node, file))
        } catch {
            let position = position(ofScalar: error.offset, in: node, file)
            report("template", position, error.message, suggestion: error.suggestion)
            return nil
        }
    }

    mutating func loadCampaigns(_ sections: [Section]) {
        for section in sections {
            let file = section.file
            for (name, key, value) in named(section.value, file, "campaigns", of: .campaign) {
                guard let position = declare("campaigns", name, key, file),
                    let entries = entries(value, file, .campaign)
                else { continue }
                var campaign = Campaign(name: name, position: position)
                campaign.title = text(entries["title"], file)
                campaign.priority = whole(entries["priority"], file, -1_000_000_000...1_000_000_000) ?? 0
                campaign.condition = condition(entries["when"], file)
                campaign.excluded = conditions(entries["excluded"], file)
                loadTimes(of: &campaign, entries, file)
                campaign.keepsPromiseIfEligible =
                    choice(entries["keep_promise"], file, [("always", false), ("eligible", true)]) ?? false
                campaign.caps = caps(entries["caps"], file)
                campaign.goal = goal(entries["goal"], file, of: campaign)
                campaign.variants = variants(entries["ads"], file, .ad) + variants(entries["pages"], file, .page)
                if let starts = campaign.starts, let ends = campaign.ends, ends <= starts, let node = entries["ends"] {
                    report("bad-time", node, file, "`\(name)` ends \(ends < starts ? "before" : "when") it starts")
                }
                if campaign.variants.isEmpty, entries["ads"] == nil, entries["pages"] == nil, !entries.hasSlip,
                    brokenNames.isDisjoint(with: ["ads", "pages"])
                {
                    report("missing-key", position, "campaign `\(name)` shows nothing; it needs `ads` or `pages`")
                }
                ruleSet.campaigns.append(campaign)
            }
        }
    }

    private mutating func variants(_ node: Node?, _ file: String, _ kind: Placement.Kind) -> [Variant] {
        guard let node else { return [] }
        let word = kind == .ad ? "ads" : "pages"
        var result: [Variant] = []
        for (placementName, key, value) in named(node, file, word) {
            guard let placement = ruleSet.placements.first(where: { $0.name == placementName }) else {
                unresolved(placementName, Self.position(key, file), "placements", "placement")
                continue
            }
            guard placement.kind == kind else {
                report(
                    "wrong-kind", key, file,
                    "placement `\(placementName)` is part of \(placement.kind == .ad ? "an ad" : "a page")",
                    suggestion: placement.kind == .ad ? "`ads:`" : "`pages:`")
                continue
            }
            var names = Set<String>()
            for (name, key, value) in named(value, file, "variants") {
                guard names.insert(name).inserted, Self.isName(name) else {
                    brokenNames.insert(name)
                    reportName(name, Self.position(key, file))
                    continue
                }
                if let variant = variant(name, key, value, file, placement) {
                    result.append(variant)
                } else {
                    brokenNames.insert(name)
                }
            }
        }
        return result
    }

    private mutating func variant(
        _ name: String, _ key: Node, _ value: Node, _ file: String, _ placement: Placement
    ) -> Variant? {
        guard let entries = entries(value, file, .variant) else { return nil }
        var variant = Variant(name: name, placement: placement.name, position: Self.position(key, file))
        variant.promise = self.name(entries["promise"], file)
        variant.condition = condition(entries["when"], file)
        variant.schedule = schedule(entries["schedule"], file)
        variant.caps = caps(entries["caps"], file)
        variant.fields = contents(entries["fields"], file, of: placement)
        variant.page = text(entries["page"], file)
        if let node = entries["utm"], let utm = self.entries(node, file, .utm) {
            var values = UTM()
            values.source = text(utm["source"], file)
            values.medium = text(utm["medium"], file)
            values.campaign = text(utm["campaign"], file)
            values.term = text(utm["term"], file)
            values.content = text(utm["content"], file)
            if values == UTM() { report("missing-key", node, file, "the UTM values of an ad need at least one") }
            variant.utm = values
        }
        for key in ["utm", "page"] where placement.kind == .page {
            if let node = entries[key] { report("wrong-kind", node, file, "`\(key)` is for ads; this is a page") }
        }
        return variant
    }

    // MARK: Schedules and caps

    /// How far clocks are ahead of UTC at the most, and behind it.
    private static let aheadSeconds: Int64 = 14 * 3_600
    private static let behindSeconds: Int64 = 12 * 3_600

    /// Schedule, start and end: the latter two on the clock of the campaign or of its schedule where they give no offset.
    private mutating func loadTimes(of campaign: inout Campaign, _ entries: Entries, _ file: String) {
        campaign.schedule = schedule(entries["schedule"], file)
        let zone = entries["timezone"].flatMap { timeZone($0, file) } ?? campaign.schedule?.timeZone
        campaign.starts = time(entries["starts"], file, clock: zone?.clock)
        campaign.ends = time(entries["ends"], file, clock: zone?.clock)
        guard zone == .visitor else { return }
        let starts = campaign.starts.flatMap { isLocal(entries["starts"]) ? $0 : nil }
        let ends = campaign.ends.flatMap { isLocal(entries["ends"]) ? $0 : nil }
        guard starts != nil || ends != nil else { return }
        var schedule = campaign.schedule ?? Schedule(timeZone: .visitor)
        guard schedule.timeZone == .visitor else {
            if let node = entries["timezone"] {
                report(
                    "bad-time-zone", node, file,
                    "start and end cannot be on the visitor's clock while the hours are not",
                    suggestion: "the `timezone` of the schedule, or `timezone: visitor` there as well")
            }
            return
        }
        schedule.localStarts = starts.map { $0.microseconds / 1_000_000 }
        schedule.localEnds = ends.map { $0.microseconds / 1_000_000 }
        campaign.schedule = schedule
        // The moments between which it is open anywhere.
        if let starts {
            campaign.starts = Timestamp(microseconds: starts.microseconds - Self.aheadSeconds * 1_000_000)
        }
        if let ends { campaign.ends = Timestamp(microseconds: ends.microseconds + Self.behindSeconds * 1_000_000) }
    }

    private func isLocal(_ node: Node?) -> Bool { node?.scalar.map { TimestampText.local($0.string) != nil } ?? false }

    private mutating func timeZone(_ node: Node, _ file: String) -> Schedule.TimeZoneChoice? {
        guard let zone = text(node, file) else { return nil }
        if zone == "visitor" { return .visitor }
        guard ZoneCatalog.shared.changes(zone) == nil else { return .named(zone) }
        report(
            "bad-time-zone", node, file, "`\(zone)` is not a time zone",
            suggestion: (diagnostics.count < 200 ? ValueSlips.zone(zone) : nil)
                ?? "for example Europe/Kyiv, an IANA name, or visitor")
        return nil
    }

    mutating func schedule(_ node: Node?, _ file: String) -> Schedule? {
        guard let node, let entries = entries(node, file, .schedule), let zoneNode = entries["timezone"],
            let zone = timeZone(zoneNode, file)
        else { return nil }
        var schedule = Schedule(timeZone: zone)
        if let days = entries["days"] {
            let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            schedule.days = 0
            guard case .sequence(let sequence) = days else {
                report("wrong-form", days, file, "days are a list, such as `[mon, tue]`")
                return nil
            }
            for day in sequence {
                if let index = choice(day, file, Array(zip(names, 0..<7))) { schedule.days |= 1 << UInt8(index) }
            }
            if schedule.days == 0, !sequence.isEmpty { return nil }
            if sequence.isEmpty { report("wrong-form", days, file, "without a day it would never be open") }
        }
        if let hours = entries["hours"], let text = text(hours, file) {
            guard let minutes = Self.minutes(text) else {
                report(
                    "bad-hours", hours, file, "`\(text)` are not hours of a day", suggestion: ValueSlips.hours(text))
                return nil
            }
            schedule.minutes = minutes
        }
        return schedule
    }

    /// From local midnight; hours whose second is before their first end on the next day.
    private static func minutes(_ text: String) -> Range<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { part -> Int? in
            let parts = part.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2,
                parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
                let hour = Int(parts[0]), let minute = Int(parts[1]),
                (0...24).contains(hour), (0..<60).contains(minute), hour * 60 + minute <= 1_440
            else { return nil }
            return hour * 60 + minute
        }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first != last, first < 1_440 else { return nil }
        return first..<(first < last ? last : last + 1_440)
    }

    mutating func caps(_ node: Node?, _ file: String) -> [Campaign.Cap] {
        guard let node else { return [] }
        guard case .sequence(let sequence) = node else {
            report("wrong-form", node, file, "caps are a list of `{per: visitor, shows: 3, within: 1d}`")
            return []
        }
        return sequence.compactMap { item in
            guard let entries = entries(item, file, .cap) else { return nil }
            let per = choice(entries["per"], file, [("visitor", Entity.visitor), ("account", .account)])
            let shows = whole(entries["shows"], file, 0...10_000)
            let within = duration(entries["within"], file)
            let placement = reference(entries["placement"], file, to: "placements", "placement")
            guard let per, let shows, let within else { return nil }
            var cap = Campaign.Cap(shows: shows, withinSeconds: within)
            cap.per = per
            cap.placement = placement
            return cap
        }
    }

    private mutating func goal(_ node: Node?, _ file: String, of campaign: Campaign) -> Campaign.Goal? {
        guard let node, let entries = entries(node, file, .goal) else { return nil }
        guard campaign.starts != nil, campaign.ends != nil else {
            report(
                "missing-key", node, file,
                "a goal is reached by a date: campaign `\(campaign.name)` needs `starts` and `ends`")
            return nil
        }
        let placement = reference(entries["placement"], file, to: "placements", "placement")
        switch (entries["shows"], entries["clicks"]) {
        case (let shows?, nil):
            return whole(shows, file, 1...1_000_000_000_000).map {
                Campaign.Goal(measure: .shows, count: $0, placement: placement)
            }
        case (nil, let clicks?):
            return whole(clicks, file, 1...1_000_000_000_000).map {
                Campaign.Goal(measure: .clicks, count: $0, placement: placement)
            }
        case (nil, nil):
            report("missing-key", node, file, "a goal is a number of `shows` or of `clicks`, such as `{shows: 10000}`")
        default:
            report("wrong-form", node, file, "a goal is a number of `shows` or of `clicks`, not of both")
        }
        return nil
    }

    // MARK: Promises

    /// An ad must lead to a page of its campaign that keeps what it promises; a click's UTM values must lead to one page.
    mutating func checkPromises() {
        var tuples: [UTM: SourcePosition] = [:]
        for campaign in ruleSet.campaigns {
            let pages = campaign.variants.filter { variant in
                ruleSet.placements.first { $0.name == variant.placement }?.kind == .page
            }
            for ad in campaign.variants {
                if let utm = ad.utm {
                    if let first = tuples[utm] {
                        report(
                            "utm-twice", ad.position,
                            "the UTM values of `\(ad.name)` are those of the ad at \(first.file):\(first.line): a click could not tell them apart"
                        )
                    }
                    tuples[utm] = ad.position
                }
                guard let name = ad.page else { continue }
                let named = pages.filter { $0.name == name }
                if named.isEmpty {
                    guard !brokenNames.contains(name) else { continue }
                    report(
                        "unresolved-name", ad.position,
                        "ad `\(ad.name)` leads to page `\(name)`, which campaign `\(campaign.name)` does not have",
                        suggestion: Spelling.nearest(to: name, among: pages.map(\.name)))
                } else if let promise = ad.promise, !named.contains(where: { $0.promise == promise }) {
                    let kept = named[0].promise.map { "promises `\($0)`" } ?? "promises nothing"
                    report(
                        "broken-promise", ad.position,
                        "ad `\(ad.name)` promises `\(promise)`, but its page `\(name)` \(kept)",
                        suggestion: "`promise: \(promise)` on the page")
                }
            }
        }
    }
}

extension Schedule.TimeZoneChoice {
    /// What its clocks show; those of visitors are looked at when something is decided.
    fileprivate var clock: ZoneOffsets? {
        switch self {
        case .visitor: .utc
        case .named(let name): ZoneCatalog.shared.offsets(name)
        }
    }
}
