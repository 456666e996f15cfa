package import Model
package import Wire

// The protobuf JSON form of explanations, as in Messages+JSON.

extension ExplainResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        .object([.init("decision", decision.json), .init("explanation", explanation.json)])
    }
}

extension Explanation {
    /// The protobuf JSON form.
    package var json: JSON {
        .object([
            .init("segments", .array(segments.map(\.json))), .init("icps", .array(icps.map(\.json))),
            .init("events", .array(events.map(\.json))), .init("personas", .array(personas.map(\.json))),
            .init("roles", .array(roles.map(\.json))), .init("stages", .array(stages.map(\.json))),
            .init("blocks", .array(blocks.map(\.json))), .init("placements", .array(placements.map(\.json))),
            .init("lacking", .array(lacking.map(\.json))),
            .init("nearestMisses", .array(nearestMisses.map(\.json))),
            .init("searchCutShort", .bool(isSearchCutShort)),
        ])
    }
}

extension Explanation.Verdict {
    fileprivate var json: JSON {
        switch self {
        case .no: .string("VERDICT_FALSE")
        case .yes: .string("VERDICT_TRUE")
        case .lacksData: .string("VERDICT_LACKS_DATA")
        case .lacksConsent: .string("VERDICT_LACKS_CONSENT")
        case .lacksDataAndConsent: .string("VERDICT_LACKS_DATA_AND_CONSENT")
        case .failed: .string("VERDICT_FAILED")
        }
    }
}

extension Explanation.InputState {
    fileprivate var json: JSON {
        switch self {
        case .known: .string("INPUT_STATE_KNOWN")
        case .missing: .string("INPUT_STATE_MISSING")
        case .stale: .string("INPUT_STATE_STALE")
        case .withoutConsent: .string("INPUT_STATE_WITHOUT_CONSENT")
        }
    }
}

extension Explanation.Fate {
    fileprivate var json: JSON {
        switch self {
        case .chosen: .string("FATE_CHOSEN")
        case .outranked: .string("FATE_OUTRANKED")
        case .notEligible: .string("FATE_NOT_ELIGIBLE")
        case .unknown: .string("FATE_UNKNOWN")
        case .excluded: .string("FATE_EXCLUDED")
        case .capped: .string("FATE_CAPPED")
        case .paced: .string("FATE_PACED")
        case .noVariant: .string("FATE_NO_VARIANT")
        case .closed: .string("FATE_CLOSED")
        case .notAsked: .string("FATE_NOT_ASKED")
        }
    }
}

extension Explanation.Input {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("path", .string(path)), .init("state", state.json)]
        if let value { members.append(.init("value", value.json)) }
        return .object(members + [.init("unit", .string(unit ?? ""))])
    }
}

extension Explanation.Check {
    fileprivate var json: JSON {
        .object([
            .init("condition", .string(condition)), .init("verdict", verdict.json),
            .init("inputs", .array(inputs.map(\.json))), .init("file", .string(file)), .init("line", .number(line)),
        ])
    }
}

extension Explanation.NamedCheck {
    fileprivate var json: JSON {
        .object([.init("name", .string(name)), .init("check", check.json), .init("applies", .bool(applies))])
    }
}

extension Explanation.ICPExplanation {
    fileprivate var json: JSON {
        .object([
            .init("name", .string(name)), .init("title", .string(title)), .init("negative", .bool(isNegative)),
            .init("matches", matches.json), .init("fit", .number(fit)), .init("fitPossible", .number(fitPossible)),
            .init("tier", .string(tier)), .init("fitNeeded", .number(fitNeeded)), .init("notFor", .string(notFor)),
            .init("required", .array(required.map(\.json))), .init("excluded", .array(excluded.map(\.json))),
            .init("criteria", .array(criteria.map(\.json))), .init("owners", .array(owners.map(\.json))),
            .init("vetoedBy", .string(vetoedBy)),
        ])
    }
}

extension Explanation.CriterionCheck {
    fileprivate var json: JSON {
        .object([
            .init("check", check.json), .init("points", .number(points)), .init("category", .string(category)),
            .init("owner", .string(owner)),
        ])
    }
}

extension Explanation.OwnerScore {
    fileprivate var json: JSON {
        .object([
            .init("owner", .string(owner)), .init("points", .number(points)),
            .init("pointsPossible", .number(pointsPossible)),
        ])
    }
}

extension Explanation.EventScore {
    fileprivate var json: JSON {
        .object([
            .init("event", .string(event)), .init("count", .long(count)), .init("points", .number(points)),
            .init("state", state.json),
        ])
    }
}

extension Explanation.PlacementExplanation {
    fileprivate var json: JSON {
        .object([.init("placement", .string(placement)), .init("candidates", .array(candidates.map(\.json)))])
    }
}

extension Explanation.Candidate {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [
            .init("campaign", .string(campaign)), .init("priority", .long(priority)), .init("fate", fate.json),
            .init("fit", .number(fit)),
        ]
        if let condition { members.append(.init("condition", condition.json)) }
        return .object(
            members + [
                .init("exclusions", .array(exclusions.map(\.json))), .init("variants", .array(variants.map(\.json))),
            ])
    }
}

extension Explanation.VariantFate {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("variant", .string(variant)), .init("fate", fate.json)]
        if let condition { members.append(.init("condition", condition.json)) }
        return .object(members)
    }
}

extension Explanation.NearestMiss {
    fileprivate var json: JSON {
        .object([
            .init("of", .string(of)), .init("answer", .string(answer)), .init("changes", .array(changes.map(\.json))),
        ])
    }
}

extension Explanation.Change {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("path", .string(path))]
        if let value { members.append(.init("value", value.json)) }
        members.append(.init("nowState", now.state.json))
        if let value = now.value { members.append(.init("nowValue", value.json)) }
        return .object(members)
    }
}
