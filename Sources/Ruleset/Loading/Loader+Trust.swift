internal import Model
internal import Yams

/// Policies, layers, experiments, routes and tests.
extension Loader {
    /// - Parameter names: First only the purposes are declared, for attributes refer to them; the rest needs the conditions.
    mutating func loadPolicies(_ sections: [Section], names: Bool) {
        for section in sections {
            let file = section.file
            guard case .mapping = section.value else {
                if names { _ = entries(section.value, file, .policies) }
                continue
            }
            if names {
                guard let node = mappingValue(section.value, "consent") else { continue }
                loadConsent(node, file)
                continue
            }
            guard let entries = entries(section.value, file, .policies) else { continue }
            loadBlocks(entries["blocked"], file)
            ruleSet.policies.caps += caps(entries["caps"], file)
            if entries["exposure_basis"] != nil {
                ruleSet.policies.exposureBasis = legalBasis(entries["exposure_basis"], file)
            }
            if let seconds = duration(entries["keep_promise"], file) { ruleSet.policies.keepPromiseSeconds = seconds }
            if let keeps = flag(entries["keep_objections"], file) { ruleSet.policies.keepsObjections = keeps }
        }
    }

    private func mappingValue(_ node: Node, _ key: String) -> Node? {
        guard case .mapping(let mapping) = node else { return nil }
        return mapping.first { $0.key.scalar?.string == key }?.value
    }

    private mutating func loadConsent(_ node: Node, _ file: String) {
        for (name, key, value) in named(node, file, "consent") {
            guard declare("purposes", name, key, file) != nil, let entries = entries(value, file, .consent) else {
                continue
            }
            var consent = Policies.Consent(purpose: name)
            consent.isGrantedByDefault =
                choice(entries["default"], file, [("granted", true), ("denied", false)]) ?? false
            if let covers = entries["covers"], case .sequence(let sequence) = covers {
                consent.covers = sequence.compactMap {
                    choice($0, file, ["visitor", "account", "events"].map { ($0, $0) })
                }
            } else if let covers = entries["covers"] {
                report("wrong-form", covers, file, "`covers` is a list, such as `[visitor]`")
            }
            ruleSet.policies.consent.append(consent)
        }
    }

    /// - Returns: `consent` where nothing is said.
    mutating func legalBasis(_ node: Node?, _ file: String) -> LegalBasis {
        choice(node, file, LegalBasis.allCases.map { ($0.rawValue, $0) }) ?? .consent
    }

    private mutating func loadBlocks(_ node: Node?, _ file: String) {
        guard let node else { return }
        guard case .sequence(let sequence) = node else {
            report("wrong-form", node, file, "blocks are a list of `{when: …, because: …}`")
            return
        }
        for item in sequence {
            guard let entries = entries(item, file, .block) else { continue }
            let condition = condition(entries["when"], file)
            let because = text(entries["because"], file)
            let blocksUnknown = choice(entries["if_unknown"], file, [("allow", false), ("block", true)])
            guard let condition, let because else { continue }
            ruleSet.policies.blocked.append(
                Policies.Block(condition: condition, because: because, blocksUnknown: blocksUnknown))
        }
    }

    /// A purpose that no policy declares could never be granted.
    mutating func checkPurposes() {
        let uses =
            ruleSet.attributes.map { ($0.purpose, $0.position) } + ruleSet.events.map { ($0.purpose, $0.position) }
        for case (let purpose?, let position) in uses where declared["purposes"]?[purpose] == nil {
            unresolved(purpose, position, "purposes", "consent purpose")
        }
    }

    // MARK: Experiments

    mutating func loadLayers(_ sections: [Section]) {
        for section in sections {
            for (name, key, value) in named(section.value, section.file, "layers") {
                guard declare("layers", name, key, section.file) != nil,
                    let entries = entries(value, section.file, .layer),
                    let unit = unit(entries["unit"], section.file)
                else { continue }
                var layer = Layer(name: name, unit: unit)
                if let node = entries["holdout"] { layer.holdout = holdout(node, section.file) }
                ruleSet.layers.append(layer)
            }
        }
    }

    private mutating func unit(_ node: Node?, _ file: String) -> Entity? {
        choice(node, file, [("visitor", Entity.visitor), ("account", .account)])
    }

    mutating func loadHoldout(_ sections: [Section]) {
        checkOnce("holdout", sections)
        for section in sections {
            if let holdout = holdout(section.value, section.file) { ruleSet.holdout = holdout }
        }
    }

    private mutating func holdout(_ node: Node, _ file: String) -> Holdout? {
        guard let entries = entries(node, file, .holdout),
            let share = share(entries["share"], file, "the holdout's share"),
            let salt = text(entries["salt"], file)
        else { return nil }
        return Holdout(share: share, salt: salt)
    }

    private mutating func share(_ node: Node?, _ file: String, _ what: String) -> Double? {
        guard let node, let share = number(node, file, isShare: true) else { return nil }
        guard (0...1).contains(share) else {
            report("wrong-form", node, file, "\(what) is \(share); it is from 0 to 1")
            return nil
        }
        return share
    }

    mutating func loadExperiments(_ sections: [Section]) {
        for section in sections {
            let file = section.file
            for (name, key, value) in named(section.value, file, "experiments", of: .experiment) {
                guard let position = declare("experiments", name, key, file),
                    let entries = entries(value, file, .experiment)
                else { continue }
                var experiment = Experiment(name: name, position: position)
                experiment.title = text(entries["title"], file)
                experiment.unit = unit(entries["unit"], file)
                experiment.layer = reference(entries["layer"], file, to: "layers", "layer")
                experiment.slots = slots(entries["slots"], file)
                experiment.condition = condition(entries["when"], file)
                experiment.placement = reference(entries["placement"], file, to: "placements", "placement")
                experiment.isSticky = flag(entries["sticky"], file) ?? false
                experiment.salt = text(entries["salt"], file)
                experiment.hash = choice(entries["hash"], file, KeyTable.hashContracts.map { ($0, $0) })
                experiment.arms = arms(entries["arms"], file, experiment.placement)
                checkHash(of: &experiment, entries, file)
                experiment.metrics = metrics(entries["metrics"], file)
                if let window = duration(entries["window"], file) { experiment.windowSeconds = window }
                loadTraffic(of: &experiment, entries, file)
                loadBandit(of: &experiment, entries, file)
                experiment.starts = time(entries["starts"], file)
                experiment.ends = time(entries["ends"], file)
                checkOverlap(experiment)
                ruleSet.experiments.append(experiment)
            }
        }
    }

    private mutating func loadTraffic(of experiment: inout Experiment, _ entries: Entries, _ file: String) {
        guard let node = entries["traffic"], let traffic = share(node, file, "the traffic") else { return }
        let hash = experiment.hash ?? "bespoke"
        guard traffic == 1 || ["bespoke", "growthbook_v1", "growthbook_v2"].contains(hash) else {
            report(
                "wrong-form", node, file, "`\(hash)` knows no share of the traffic; narrow `slots` or `when` instead")
            return
        }
        experiment.traffic = traffic
    }

    /// What only GrowthBook's contracts know: what they hash, and weights that must sum to 1.
    private mutating func checkHash(of experiment: inout Experiment, _ entries: Entries, _ file: String) {
        let isGrowthBook = experiment.hash?.hasPrefix("growthbook") ?? false
        if let node = entries["text"] {
            experiment.isHashedOverBytes = choice(node, file, [("utf16", false), ("utf8", true)]) ?? false
            if !isGrowthBook {
                report(
                    "wrong-form", node, file,
                    "only GrowthBook's hashes choose what they go over; leave out `text`, the others take UTF-8")
            }
        }
        let weights = experiment.arms.map(\.weight)
        let sum = weights.reduce(0, +)
        // The sums that GrowthBook takes for 1; source: its SDKs, getBucketRanges.
        guard isGrowthBook, let node = entries["arms"], Set(weights).count > 1, !(0.99...1.01).contains(sum) else {
            return
        }
        report(
            "growthbook-weights", node, file,
            "the weights sum to \(sum): here they are relative to each other, but GrowthBook itself takes arms as equal unless "
                + "their weights sum to 1",
            suggestion: "shares of 1, or equal weights where GrowthBook had these", severity: .warning)
    }

    private static let banditPeriodSecondsMin: Int64 = 10

    private mutating func loadBandit(of experiment: inout Experiment, _ entries: Entries, _ file: String) {
        let kind = choice(entries["allocation"], file, [("fixed", false), ("thompson", true)]) ?? false
        let floor = share(entries["floor"], file, "the floor") ?? 0.05
        let every = duration(entries["every"], file) ?? 3_600
        guard kind, let node = entries["allocation"] else {
            for key in ["floor", "every"] {
                guard let node = entries[key] else { continue }
                report("wrong-form", node, file, "`\(key)` goes with `allocation: thompson`; add it, or leave this out")
            }
            return
        }
        if experiment.hash ?? "bespoke" != "bespoke" {
            report(
                "wrong-form", node, file,
                "only the hash `bespoke` lets weights move without reshuffling; leave out `hash`")
        }
        if entries["metrics"] == nil {
            report("missing-key", node, file, "a bandit follows its first metric; give it `metrics`")
        }
        if experiment.arms.count < 2 { report("wrong-form", node, file, "a bandit needs two arms or more") }
        if floor * Double(experiment.arms.count) > 1 {
            report(
                "wrong-form", entries["floor"] ?? node, file,
                "\(experiment.arms.count) arms cannot have a share of \(floor) each")
        }
        if every < Self.banditPeriodSecondsMin {
            report("wrong-form", entries["every"] ?? node, file, "a bandit's weights change every 10 seconds at most")
        }
        experiment.bandit = Experiment.Bandit(floor: floor, everySeconds: every)
    }

    private mutating func slots(_ node: Node?, _ file: String) -> Range<Int>? {
        guard let node else { return nil }
        guard case .sequence(let sequence) = node, sequence.count == 2 else {
            report("wrong-form", node, file, "slots are two numbers, such as `[0, 500000]`")
            return nil
        }
        let percents = sequence.map { item -> Int? in
            guard let text = item.scalar?.string, text.hasSuffix("%") else { return nil }
            return Double(text.dropLast()).flatMap { Int(exactly: $0 * 10_000) }
        }
        if let first = percents[0], let end = percents[1] {
            report(
                "wrong-form", node, file, "slots are numbers of 1,000,000, without a percent sign",
                suggestion: "`[\(first), \(end)]`")
            return nil
        }
        guard let first = whole(sequence[0], file, 0...1_000_000), let end = whole(sequence[1], file, 0...1_000_000)
        else {
            return nil
        }
        guard first < end else {
            report("wrong-form", node, file, "the slots end before they begin")
            return nil
        }
        return first..<end
    }

    private mutating func arms(_ node: Node?, _ file: String, _ placementName: String?) -> [Experiment.Arm] {
        guard let node else { return [] }
        let placement = ruleSet.placements.first { $0.name == placementName }
        var result: [Experiment.Arm] = []
        for (name, key, value) in named(node, file, "arms") {
            guard Self.isName(name) else {
                brokenNames.insert(name)
                reportName(name, Self.position(key, file))
                continue
            }
            guard let entries = entries(value, file, .arm), let weight = number(entries["weight"], file) else {
                continue
            }
            guard weight >= 0 else {
                report("wrong-form", key, file, "the weight of arm `\(name)` is negative")
                continue
            }
            var arm = Experiment.Arm(name: name, weight: weight)
            if let fields = entries["fields"] {
                if let placement {
                    arm.fields = contents(fields, file, of: placement)
                } else {
                    report(
                        "missing-key", fields, file,
                        "an arm changes fields only when its experiment names a `placement`")
                }
            }
            result.append(arm)
        }
        if !result.isEmpty, result.allSatisfy({ $0.weight == 0 }) {
            report("wrong-form", node, file, "every arm has weight 0, so nobody would get one")
        }
        return result
    }

    private mutating func metrics(_ node: Node?, _ file: String) -> [String] {
        guard let node else { return [] }
        guard case .sequence(let sequence) = node else {
            report("wrong-form", node, file, "metrics are a list of events")
            return []
        }
        return sequence.compactMap { reference($0, file, to: "events", "event") }
    }

    private mutating func checkOverlap(_ experiment: Experiment) {
        guard let layer = experiment.layer, let slots = experiment.slots else { return }
        for other in ruleSet.experiments where other.layer == layer {
            guard let others = other.slots, others.overlaps(slots) else { continue }
            report(
                "slots-overlap", experiment.position,
                "the slots of `\(experiment.name)` overlap those of `\(other.name)` in layer `\(layer)`")
        }
    }

    // MARK: Routes

    mutating func loadRoutes(_ sections: [Section]) {
        for section in sections {
            let file = section.file
            for (name, key, value) in named(section.value, file, "routes") {
                guard declare("routes", name, key, file) != nil else { continue }
                guard case .sequence(let sequence) = value else {
                    report(
                        "wrong-form", value, file,
                        "a route is a list of `{to: …}`; the first that applies gets the lead")
                    continue
                }
                var route = Route(name: name)
                for item in sequence {
                    guard let entries = entries(item, file, .route), let to = text(entries["to"], file) else {
                        continue
                    }
                    var target = Route.Target(to: to)
                    target.position = entries.position
                    target.condition = condition(entries["when"], file)
                    target.schedule = schedule(entries["schedule"], file)
                    route.targets.append(target)
                }
                ruleSet.routes.append(route)
            }
        }
    }
}
