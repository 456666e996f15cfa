internal import CEL
internal import Conditions
internal import Model
internal import Ruleset

extension TableCompiler {
    /// The rows that say what somebody sees.
    struct Offer {
        var placements: [PlacementRow] = []
        var candidates: [CandidateRow] = []
        var campaigns: [CampaignRow] = []
        var variants: [VariantRow] = []
        var promises: [PromiseRow] = []
        var promiseMasks: [UInt8] = []
        var promiseKeys: TextIndex
        var routes: [RouteRow] = []
        var routeTargets: [RouteTargetRow] = []
    }

    mutating func compileOffer() -> Offer {
        var offer = Offer(promiseKeys: TextIndex([], in: storage))
        let placements = Dictionary(ruleSet.placements.enumerated().map { ($1.name, $0) }) { first, _ in first }
        var candidates = [[CandidateRow]](repeating: [], count: ruleSet.placements.count)
        var variantIndices: [[String: Row<VariantRow>]] = []
        // Names rank campaigns of equal priority and fit, so they stand in that order.
        for campaign in ruleSet.campaigns {
            let index = Row<CampaignRow>(offer.campaigns.count)
            offer.campaigns.append(row(campaign, at: index))
            var indices: [String: Row<VariantRow>] = [:]
            for placement in campaign.placementsInOrder {
                guard let position = placements[placement] else { continue }
                let first = offer.variants.count
                for variant in campaign.variants where variant.placement == placement {
                    let index = Row<VariantRow>(offer.variants.count)
                    indices[variant.name] = indices[variant.name] ?? index
                    offer.variants.append(row(variant, ruleSet.placements[position], at: index))
                }
                let run = Run<VariantRow>(first: first, count: offer.variants.count - first)
                candidates[position].append(
                    CandidateRow(campaign: index, priority: campaign.priority, variants: run))
            }
            variantIndices.append(indices)
        }
        for (position, placement) in ruleSet.placements.enumerated() {
            let sorted = candidates[position].sorted { left, right in
                guard left.priority == right.priority else { return left.priority > right.priority }
                let names = (
                    ruleSet.campaigns[left.campaign.position].name, ruleSet.campaigns[right.campaign.position].name
                )
                return names.0.utf8.lexicographicallyPrecedes(names.1.utf8)
            }
            offer.placements.append(
                PlacementRow(
                    name: storage.text(placement.name), isPage: placement.kind == .page,
                    candidates: Run(first: offer.candidates.count, count: sorted.count),
                    defaultContents: contentRun([:], placement)))
            offer.candidates += sorted
        }
        compilePromises(variantIndices, candidates, placements, into: &offer)
        for route in ruleSet.routes {
            offer.routes.append(
                RouteRow(
                    name: storage.text(route.name),
                    targets: Run(first: offer.routeTargets.count, count: route.targets.count)))
            offer.routeTargets += route.targets.map { target in
                RouteTargetRow(
                    to: storage.text(target.to), node: node(target.condition), schedule: schedule(target.schedule))
            }
        }
        return offer
    }

    private mutating func row(_ campaign: Campaign, at index: Row<CampaignRow>) -> CampaignRow {
        var names: Set<String> = []
        if let root = campaign.condition?.expression.root { root.collectICPs(into: &names) }
        let icps = names.compactMap { conditions.names.icps[$0] }.sorted().map { Row<ICPRow>($0) }
        return CampaignRow(
            name: storage.text(campaign.name), node: node(campaign.condition),
            excluded: compile(campaign.excluded), starts: campaign.starts?.microseconds ?? .min,
            ends: campaign.ends?.microseconds ?? .max, schedule: schedule(campaign.schedule),
            keepsPromiseIfEligible: campaign.keepsPromiseIfEligible, icps: conditions.nodes.run(icps),
            caps: capRun(campaign.caps, campaign: index),
            goal: goal(campaign, at: index))
    }

    private mutating func row(_ variant: Variant, _ placement: Placement, at index: Row<VariantRow>) -> VariantRow {
        let fields = Dictionary(variant.fields.map { ($0.name, $0.content) }) { first, _ in first }
        let contents = contentRun(fields, placement)
        let shown = placement.fields.filter { fields[$0.name] != nil || $0.defaultContent != nil }
        let landing = variant.utm == nil ? nil : shown.firstIndex { $0.kind == .url }
        return VariantRow(
            name: storage.text(variant.name), promise: storage.text(variant.promise ?? ""),
            page: storage.text(variant.page ?? ""), node: node(variant.condition), schedule: schedule(variant.schedule),
            contents: contents, landingQuery: storage.text(variant.utm?.query ?? ""),
            landingMask: variant.utm?.mask ?? 0,
            landingContent: Row(orNone: landing), caps: capRun(variant.caps, variant: index))
    }

    // MARK: Promises

    private func compilePromises(
        _ variantIndices: [[String: Row<VariantRow>]], _ candidates: [[CandidateRow]], _ placements: [String: Int],
        into offer: inout Offer
    ) {
        var keys: [(text: BorrowedText, value: UInt32)] = []
        for (index, campaign) in ruleSet.campaigns.enumerated() {
            for ad in campaign.variants {
                guard let utm = ad.utm, utm.mask != 0, let page = ad.page, let variant = variantIndices[index][page],
                    let placement = campaign.variants.first(where: { $0.name == page })?.placement,
                    let position = placements[placement],
                    let candidate = candidates[position].first(where: { $0.campaign.position == index })
                else { continue }
                keys.append((storage.text(utm.key), UInt32(offer.promises.count)))
                offer.promises.append(
                    PromiseRow(
                        campaign: Row(index), placement: Row(position), variant: variant,
                        variants: candidate.variants))
                if !offer.promiseMasks.contains(utm.mask) { offer.promiseMasks.append(utm.mask) }
            }
        }
        offer.promiseMasks.sort {
            $0.nonzeroBitCount == $1.nonzeroBitCount ? $0 < $1 : $0.nonzeroBitCount > $1.nonzeroBitCount
        }
        offer.promiseKeys = TextIndex(keys, in: storage)
    }
}

extension Campaign {
    /// The placements for which it has variants, each once.
    fileprivate var placementsInOrder: [String] {
        var seen: Set<String> = []
        return variants.map(\.placement).filter { seen.insert($0).inserted }
    }
}

extension UTM {
    /// In the order of `BuiltIn.utm`.
    private var values: [String?] { [source, medium, campaign, term, content] }

    /// Which values it declares; a click may carry others too.
    fileprivate var mask: UInt8 {
        zip(0..., values).reduce(0) { mask, value in value.1 == nil ? mask : mask | 1 << UInt8(value.0) }
    }

    fileprivate var key: String {
        zip(0..., values).reduce(into: "") { key, value in
            guard let text = value.1 else { return }
            key.unicodeScalars.append(Unicode.Scalar(PromiseKey.separator(value.0)))
            key += text
        }
    }

    /// As a URL carries it, with the mark: `?utm_source=google&…`.
    fileprivate var query: String {
        let names = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"]
        let pairs = zip(names, values).compactMap { name, value in value.map { "\(name)=\($0.percentEncoded)" } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }
}

extension String {
    /// Source: RFC 3986, section 2.3, for what needs no encoding.
    private static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

    fileprivate var percentEncoded: String {
        utf8.reduce(into: "") { encoded, byte in
            if String.unreserved.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
    }
}

extension Expression {
    /// The ICPs for which an expression asks by `is_icp`.
    fileprivate func collectICPs(into names: inout Set<String>) {
        var pending = [self]
        while let next = pending.popLast() {
            switch next.kind {
            case .call("is_icp", nil, let arguments):
                if case .literal(.string(let name))? = arguments.first?.kind { names.insert(name) }
            case .call(_, let target, let arguments):
                pending += arguments
                if let target { pending.append(target) }
            case .list(let elements): pending += elements
            case .select(let operand, _, _): pending.append(operand)
            case .comprehension(let loop):
                pending += [loop.range, loop.initial, loop.condition, loop.step, loop.result]
            case .map(let entries): pending += entries.flatMap { [$0.key, $0.value] }
            case .literal, .identifier: break
            }
        }
    }
}
