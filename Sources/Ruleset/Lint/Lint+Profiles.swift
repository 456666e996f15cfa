internal import Model

/// Declarations nobody asks about, and profiles that are less than they could be.
extension Lint {
    mutating func checkUses() {
        for attribute in set.attributes {
            let path = "\(attribute.entity.name).\(attribute.name)"
            // Links lead from the address to the account, whatever the rules ask.
            guard !uses.attributes.contains(path), path != "visitor.email" else { continue }
            report("unused-attribute", attribute.position, "no rule and no text asks about `\(path)`")
        }
        for event in set.events where event.points == 0 && !uses.events.contains(event.name) {
            report(
                "unused-event", event.position,
                "`\(event.name)` has no points, and no condition and no metric asks about it")
        }
        for list in set.lists {
            if list.values.isEmpty {
                report("dead-list", list.position, "list `\(list.name)` has no members, so nobody is ever in it")
            } else if !uses.lists.contains(list.name) {
                report("dead-list", list.position, "no condition asks whether somebody is in list `\(list.name)`")
            }
        }
        for segment in set.segments where !uses.segments.contains(segment.name) {
            report(
                "unused-segment", segment.condition.position,
                "no condition and no profile names segment `\(segment.name)`")
        }
    }

    mutating func checkProfiles() {
        checkProfileCounts()
        for icp in set.icps {
            if icp.of == .account, !icp.isNegative { checkMoney(icp) }
            checkPsychology(icp)
            if let due = icp.reviewBy, due < today {
                report(
                    "overdue-review", icp.position,
                    "`\(icp.name)` was to be looked at again by \(due); today is \(today)",
                    suggestion: "a later `review_by`, once its criteria have been checked against recent customers")
            }
        }
        for persona in set.personas {
            guard let icp = set.icps.first(where: { $0.name == persona.icp }), icp.isNegative else { continue }
            report(
                "orphan-persona", persona.position,
                "persona `\(persona.name)` speaks within `\(icp.name)`, which says who does not fit")
        }
    }

    private mutating func checkProfileCounts() {
        let profiles = set.icps.filter { !$0.isNegative }
        if profiles.count == 1, let only = profiles.first, only.product == nil, only.segment == nil {
            report(
                "universal-icp", only.position,
                "`\(only.name)` is the only profile, for every product and every market segment",
                suggestion: "`product: NAME` and `segment: NAME`")
            return
        }
        var products: [String: [ICP]] = [:]
        for icp in profiles { products[icp.product ?? "", default: []].append(icp) }
        for (product, icps) in products where icps.count == 1 || icps.count > 5 {
            guard let last = icps.last else { continue }
            let what = product.isEmpty ? "without a product" : "for product `\(product)`"
            let count = icps.count == 1 ? "one profile" : "\(icps.count) profiles"
            report(
                "icp-count", last.position, "there is \(count) \(what); two or three are usual, more than five too many"
            )
        }
    }

    private static let moneyWords: Set<String> = ["revenue", "budget", "turnover", "spend", "spending"]

    /// Whether the attribute says how much money the company has or may spend.
    private func isMoney(_ path: String) -> Bool {
        guard path.hasPrefix("account.") else { return false }
        let name = path.dropFirst("account.".count)
        guard name.split(separator: "_").allSatisfy({ !Self.moneyWords.contains(String($0)) }) else { return true }
        let unit = set.attributes.first { $0.entity == .account && $0.name == name }?.unit ?? ""
        return unit.hasSuffix("/year") && unit.utf8.count == 8
            && unit.utf8.prefix(3).allSatisfy { (65...90).contains($0) }
    }

    private mutating func checkMoney(_ icp: ICP) {
        let conditions = icp.required + icp.criteria.map(\.condition)
        guard !conditions.contains(where: { RuleUses.attributes(of: $0).contains(where: isMoney) }) else { return }
        report(
            "icp-without-revenue", icp.position,
            "`\(icp.name)` describes companies, but asks about neither revenue nor budget",
            suggestion: "a criterion such as `account.annual_revenue >= 1000000.0`")
    }

    private static let psychologyWords: Set<String> = [
        "attitude", "belief", "fear", "goal", "hobby", "interest", "lifestyle", "mood", "motivation", "motive",
        "objection",
        "pain", "personality", "preference", "temperament", "typology", "worry",
    ]

    private static func isPsychology(_ path: String) -> Bool {
        path.hasPrefix("visitor.")
            && path.dropFirst("visitor.".count).split(separator: "_").contains {
                psychologyWords.contains(String($0))
                    || $0.last == "s" && psychologyWords.contains(String($0.dropLast()))
            }
    }

    /// A company has no moods: what a person is like belongs in a persona. What a person does, a joint profile may
    /// require.
    private mutating func checkPsychology(_ icp: ICP) {
        for (conditions, isScored) in [(icp.required + icp.excluded, false), (icp.criteria.map(\.condition), true)] {
            for condition in conditions {
                let paths = RuleUses.attributes(of: condition).sorted().filter {
                    Self.isPsychology($0) || isScored && icp.of == .account && $0.hasPrefix("visitor.")
                }
                guard let path = paths.first else { continue }
                let why = Self.isPsychology(path) ? "says what a person is like" : "is about a person, not a company"
                report(
                    "persona-attribute", condition.position,
                    "`\(path)` \(why); within `\(icp.name)` that belongs in a persona")
            }
        }
    }

    // MARK: Templates of profiles

    /// Profiles, and personas, have the same sections each (R28).
    mutating func checkTemplates() {
        compare(
            set.icps.map { icp in
                let sections = [
                    ("title", icp.title != nil), ("product", icp.product != nil), ("owner", icp.owner != nil),
                    ("review_by", icp.reviewBy != nil), ("required", !icp.required.isEmpty),
                ]
                return (icp.name, icp.position, sections)
            })
        compare(
            set.personas.map { persona in
                let sections = [
                    ("title", persona.title != nil), ("goals", !persona.goals.isEmpty),
                    ("motives", !persona.motives.isEmpty), ("pains", !persona.pains.isEmpty),
                    ("fears", !persona.fears.isEmpty), ("objections", !persona.objections.isEmpty),
                    ("outcome", persona.outcome != nil), ("formats", !persona.formats.isEmpty),
                ]
                return (persona.name, persona.position, sections)
            })
    }

    private mutating func compare(_ all: [(name: String, position: SourcePosition, sections: [(String, Bool)])]) {
        for (index, section) in (all.first?.sections ?? []).enumerated() {
            guard let other = all.first(where: { $0.sections[index].1 }) else { continue }
            for one in all where !one.sections[index].1 {
                report(
                    "missing-section", one.position,
                    "`\(one.name)` has no `\(section.0)`, which `\(other.name)` has", suggestion: "`\(section.0): …`")
            }
        }
    }
}
