package import Decisioning
package import Engine
package import GRPC
package import Messages
package import Model
package import Ruleset

/// What a rule set declares under a name: the answer of ListNames.
package struct RuleNames {
    /// Names in one answer; also where none is asked for.
    package static let limitMax = 1_000
    /// An answer ends with the name that goes beyond it, for conditions and lists of values may be long.
    private static let answerBytesMax = 2 << 20

    let ruleSet: RuleSet
    let book: AllocationBook
    let ended: [EndedExperiment]
    let now: Timestamp

    /// - Parameters:
    ///   - book: Which shares the arms have now.
    ///   - ended: Experiments that were served once and are not any more.
    ///   - now: Tells what is over.
    package init(_ ruleSet: RuleSet, _ book: AllocationBook, ended: [EndedExperiment], now: Timestamp) {
        (self.ruleSet, self.book, self.ended, self.now) = (ruleSet, book, ended, now)
    }

    /// Those that are asked for, as many as an answer takes.
    ///
    /// - Throws: INVALID_ARGUMENT for a kind that there is none of.
    package func answer(_ request: ListNamesRequest) throws(Status) -> ListNamesResponse {
        let kinds = try Self.kinds(request.kinds)
        let limit = request.limit == 0 ? Self.limitMax : min(Int(request.limit), Self.limitMax)
        var response = ListNamesResponse(revision: ruleSet.revision.digest)
        var (total, byteCount) = (0, 0)
        for kind in kinds {
            for name in names(of: kind)
            where (request.name.isEmpty || name.name == request.name) && name.name.hasPrefix(request.prefix) {
                total += 1
                guard total > Int(request.offset), response.names.count < limit, byteCount < Self.answerBytesMax
                else { continue }
                byteCount += name.byteCountEstimate
                response.names.append(name)
            }
        }
        response.total = UInt32(clamping: total)
        return response
    }

    private static func kinds(_ names: [String]) throws(Status) -> [RuleNameKind] {
        var wanted: Set<RuleNameKind> = []
        for name in names {
            guard let kind = RuleNameKind(rawValue: name) else {
                let known = RuleNameKind.allCases.map(\.rawValue)
                let hint = Spelling.nearest(to: name, among: known).map { "did you mean `\($0)`?" }
                throw Status(
                    .invalidArgument,
                    "kinds: there is no `\(name.prefix(64))`; \(hint ?? "there are: " + known.joined(separator: ", "))")
            }
            wanted.insert(kind)
        }
        return names.isEmpty ? RuleNameKind.allCases : RuleNameKind.allCases.filter(wanted.contains)
    }

    private func names(of kind: RuleNameKind) -> [RuleNameMessage] {
        switch kind {
        case .attribute: ruleSet.attributes.map(RuleNameMessage.init)
        case .event: ruleSet.events.map(RuleNameMessage.init)
        case .list: ruleSet.lists.map(RuleNameMessage.init)
        case .segment: ruleSet.segments.map { RuleNameMessage(.segment, $0) }
        case .icp: ruleSet.icps.map(RuleNameMessage.init)
        case .grade: ruleSet.grades?.mql.map { [RuleNameMessage(.grade, "mql", $0.position, condition: $0)] } ?? []
        case .role: ruleSet.roles.map { RuleNameMessage(.role, $0) }
        case .persona: ruleSet.personas.map(RuleNameMessage.init)
        case .stage: ruleSet.stages.map { RuleNameMessage(.stage, $0) }
        case .placement: ruleSet.placements.map(RuleNameMessage.init)
        case .campaign: ruleSet.campaigns.map { RuleNameMessage($0, now: now) }
        case .layer: ruleSet.layers.map(RuleNameMessage.init)
        case .experiment:
            ruleSet.experiments.map { RuleNameMessage($0, book, now: now) } + ended.map(RuleNameMessage.init)
        case .policy: policies
        case .route: ruleSet.routes.map(RuleNameMessage.init)
        }
    }

    private var policies: [RuleNameMessage] {
        ruleSet.policies.consent.map { consent in
            RuleNameMessage(
                .policy, consent.purpose, nil,
                facts: [
                    ("is", "a purpose of consent"), ("granted by default", consent.isGrantedByDefault ? "yes" : "no"),
                    ("covers", consent.covers.joined(separator: ", ")),
                ])
        }
            + ruleSet.policies.blocked.map { block in
                RuleNameMessage(
                    .policy, block.because, block.condition.position, condition: block.condition,
                    facts: [("is", "a block"), ("where unknown", block.blocksUnknown == true ? "blocks" : "lets pass")])
            }
    }
}

extension RuleNameMessage {
    /// - Parameter facts: Those with an empty value are left out.
    init(
        _ kind: RuleNameKind, _ name: String, _ position: SourcePosition?, title: String? = nil,
        condition: Condition? = nil, facts: [(String, String)] = []
    ) {
        self.init(
            kind: kind.rawValue, name: name, title: title ?? "", condition: condition?.source ?? "",
            file: position?.file ?? "", line: UInt32(clamping: position?.line ?? 0),
            facts: facts.filter { !$0.1.isEmpty }.map { RuleFactMessage(name: $0.0, value: $0.1) })
    }

    /// About what it takes on the wire.
    fileprivate var byteCountEstimate: Int {
        name.utf8.count + title.utf8.count + condition.utf8.count + file.utf8.count
            + facts.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 8 }
            + (attribute?.values.reduce(0) { $0 + $1.utf8.count + 4 } ?? 0) + 64
    }
}
