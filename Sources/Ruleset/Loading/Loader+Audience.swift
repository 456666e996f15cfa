internal import CEL
internal import Model
internal import Yams

/// ICPs, engagement, grades and personas: who it is and how to speak to them.
extension Loader {
    mutating func loadICPs(_ sections: [Section]) {
        for section in sections {
            for (name, key, value) in named(section.value, section.file, "icps", of: .icp) {
                guard let position = declare("icps", name, key, section.file),
                    let entries = entries(value, section.file, .icp)
                else { continue }
                ruleSet.icps.append(icp(ICP(name: name, position: position), entries))
            }
        }
    }

    private mutating func icp(_ start: ICP, _ entries: Entries) -> ICP {
        let file = entries.file
        var icp = start
        icp.title = text(entries["title"], file)
        icp.isNegative = flag(entries["negative"], file) ?? false
        if let node = entries["veto"] {
            icp.vetoes = flag(node, file) ?? true
            if !icp.isNegative {
                report(
                    "wrong-form", Self.position(node, file),
                    "`veto` goes with `negative: true`; without it, it says nothing", severity: .warning)
            }
        }
        icp.of = choice(entries["of"], file, [("visitor", Entity.visitor), ("account", .account)]) ?? .account
        icp.product = product(entries["product"], file)
        icp.segment = reference(entries["segment"], file, to: "segments", "segment")
        icp.owner = text(entries["owner"], file)
        icp.reviewBy = date(entries["review_by"], file)
        icp.required = conditions(entries["required"], file)
        icp.excluded = conditions(entries["excluded"], file)
        icp.criteria = criteria(entries["criteria"], file)
        icp.tiers = bounds(entries["tiers"], file, "tiers")
        // A criterion that is wrong might have had points, and a segment that is misspelled is one.
        let isWhole = entries["criteria"].map { $0.sequence?.count == icp.criteria.count } ?? false
        if isWhole, !icp.criteria.contains(where: { $0.points > 0 }) {
            report(
                "no-points", icp.position,
                "no criterion of `\(icp.name)` has positive points, so its fit would always be 0")
        }
        if let tier = icp.tiers.first(where: { !(0...100).contains($0.value) }), let node = entries["tiers"] {
            report("wrong-form", node, file, "tier `\(tier.name)` begins at \(tier.value); fit is 0 to 100")
        }
        if entries["segment"] == nil { warn(icp) }
        return icp
    }

    /// What makes a profile weaker than it could be.
    private mutating func warn(_ icp: ICP) {
        report(
            "icp-without-segment", icp.position,
            "`\(icp.name)` names no market segment, so it claims to fit everybody",
            suggestion: "`segment: NAME`", severity: .warning)
    }

    /// A value of `request.product`, where the rule set declares which there are.
    private mutating func product(_ node: Node?, _ file: String) -> String? {
        guard let node, let product = text(node, file) else { return nil }
        let values = ruleSet.attributes.first { $0.entity == .request && $0.name == "product" }?.values ?? []
        guard values.isEmpty || values.contains(product) else {
            report(
                "unknown-value", node, file,
                "`request.product` is never `\(product)`; it is one of \(values.joined(separator: ", "))",
                suggestion: Spelling.nearest(to: product, among: values))
            return nil
        }
        return product
    }

    private mutating func criteria(_ node: Node?, _ file: String) -> [ICP.Criterion] {
        guard let node else { return [] }
        guard case .sequence(let sequence) = node else {
            report("wrong-form", node, file, "criteria are a list of `{when: …, points: …, category: …}`")
            return []
        }
        return sequence.compactMap { item in
            guard let entries = entries(item, file, .criterion) else { return nil }
            let condition = condition(entries["when"], file)
            let points = number(entries["points"], file)
            let category = choice(entries["category"], file, Category.allCases.map { ($0.name, $0) })
            guard let condition, let points, let category else { return nil }
            var criterion = ICP.Criterion(condition: condition, points: points, category: category)
            criterion.owner = text(entries["owner"], file)
            return criterion
        }
    }

    mutating func loadEngagement(_ sections: [Section]) {
        checkOnce("engagement", sections)
        for section in sections { ruleSet.engagement = bounds(section.value, section.file, "engagement") }
    }

    mutating func loadGrades(_ sections: [Section]) {
        checkOnce("grades", sections)
        for section in sections {
            guard let entries = entries(section.value, section.file, .grades) else { continue }
            var grades = Grades()
            grades.fit = bounds(entries["fit"], section.file, "grades of fit")
            grades.engagement = bounds(entries["engagement"], section.file, "grades of engagement")
            grades.mql = condition(entries["mql"], section.file)
            ruleSet.grades = grades
        }
    }

    mutating func loadPersonas(_ sections: [Section]) {
        for section in sections {
            let file = section.file
            for (name, key, value) in named(section.value, file, "personas") {
                guard let position = declare("personas", name, key, file), let entries = entries(value, file, .persona)
                else { continue }
                let icp = reference(entries["icp"], file, to: "icps", "ideal customer profile")
                let condition = condition(entries["when"], file)
                guard let icp, let condition else { continue }
                var persona = Persona(name: name, icp: icp, condition: condition, position: position)
                persona.title = text(entries["title"], file)
                persona.goals = texts(entries["goals"], file)
                persona.motives = texts(entries["motives"], file)
                persona.pains = texts(entries["pains"], file)
                persona.fears = texts(entries["fears"], file)
                persona.outcome = text(entries["outcome"], file)
                persona.formats = texts(entries["formats"], file)
                if let objections = entries["objections"] {
                    persona.objections = named(objections, file, "objections").compactMap { name, _, value in
                        text(value, file).map { (name, $0) }
                    }
                }
                ruleSet.personas.append(persona)
            }
        }
    }

    // MARK: Cycles

    private static let dependencyDepthMax = 200
    private static let isBeingVisited = -1

    /// What decides about itself would never be decided.
    mutating func checkCycles() {
        var graph: [String: Set<String>] = [:]
        var positions: [String: SourcePosition] = [:]
        func add(_ name: String, _ conditions: [Condition], _ more: Set<String> = []) {
            var walker = ConditionWalker(known: known, attributes: [])
            for condition in conditions { walker.walk(condition.expression.root) }
            graph[name, default: []].formUnion(walker.dependencies.union(more).filter { !$0.hasPrefix("lists.") })
            if let first = conditions.first, positions[name] == nil { positions[name] = first.position }
        }
        for segment in ruleSet.segments { add("segments.\(segment.name)", [segment.condition]) }
        // Fit asks for the criteria alone; a match for all of the profile, and for those that may veto it.
        let vetoes = Set(ruleSet.icps.filter(\.hasVeto).map { "icps.\($0.name)" })
        for icp in ruleSet.icps {
            add("fits.\(icp.name)", icp.criteria.map(\.condition))
            let more = Set(["fits.\(icp.name)"] + (icp.segment.map { ["segments.\($0)"] } ?? []))
            add("icps.\(icp.name)", icp.required + icp.excluded, icp.isNegative ? more : more.union(vetoes))
            if positions["icps.\(icp.name)"] == nil { positions["icps.\(icp.name)"] = icp.position }
        }
        for role in ruleSet.roles { add("role", [role.condition]) }
        for stage in ruleSet.stages { add("stage", [stage.condition]) }
        for persona in ruleSet.personas { add("persona", [persona.condition], ["icps.\(persona.icp)"]) }
        graph["grade"] = Set(ruleSet.icps.map { "icps.\($0.name)" })
        var depths: [String: Int] = [:]
        for name in graph.keys.sorted() { _ = visit(name, graph, &depths, [], positions) }
    }

    /// A negative profile that vetoes others cannot ask whether they match.
    private func vetoHint(_ cycle: ArraySlice<String>) -> String {
        for (name, next) in zip(cycle, cycle.dropFirst()) {
            guard let icp = ruleSet.icps.first(where: { "icps.\($0.name)" == next }), icp.hasVeto,
                ruleSet.icps.contains(where: { "icps.\($0.name)" == name && !$0.isNegative })
            else { continue }
            return "; `\(icp.name)` is negative and vetoes positive profiles, unless it says `veto: false`"
        }
        return ""
    }

    /// - Parameter depths: Length of the longest chain below a name; `isBeingVisited` while the name is being visited.
    /// - Returns: That length for the name; 0 for one that was reported, so that it is reported once.
    private mutating func visit(
        _ name: String, _ graph: [String: Set<String>], _ depths: inout [String: Int], _ path: [String],
        _ positions: [String: SourcePosition]
    ) -> Int {
        let start = positions[name] ?? SourcePosition(file: files.first?.path ?? "", line: 1, column: 1)
        if let depth = depths[name] {
            guard depth == Self.isBeingVisited else { return depth }
            let cycle = (path.drop { $0 != name } + [name]).joined(separator: " → ")
            report("cycle", start, "this depends on itself: \(cycle)" + vetoHint(path.drop { $0 != name } + [name]))
            return 0
        }
        var depth = Self.dependencyDepthMax
        if path.count < Self.dependencyDepthMax {
            depths[name] = Self.isBeingVisited
            let below = (graph[name] ?? []).sorted().map { visit($0, graph, &depths, path + [name], positions) }
            depth = (below.max() ?? 0) + 1
        }
        if depth >= Self.dependencyDepthMax {
            report("too-deep", start, "`\(name)` hangs on a chain of more than \(Self.dependencyDepthMax) conditions")
            depth = 0
        }
        depths[name] = depth
        return depth
    }
}
