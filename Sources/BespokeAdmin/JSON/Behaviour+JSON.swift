package import Model
package import Wire

extension BehaviourMessage {
    /// The protobuf JSON form.
    var json: JSON {
        .object([
            .init("events", .array(events.map(\.json))), .init("shows", .array(shows.map(\.json))),
            .init("trials", .array(trials.map(\.json))), .init("consents", .array(consents.map(\.json))),
            .init("clicks", .array(clicks.map(\.json))), .init("id", .string(id)),
            .init("otherIds", .texts(otherIDs)),
            .init("consentHistory", .array(consentHistory.map(\.json))),
        ])
    }
}

extension EventCountMessage {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("name", .string(name)), .init("count", .long(count))]
        members.add("last", last)
        return .object(members + [.init("weight", .number(weight))])
    }
}

extension ShowMessage {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [
            .init("campaign", .string(campaign)), .init("placement", .string(placement)),
            .init("variant", .string(variant)),
        ]
        members.add("time", time)
        return .object(members)
    }
}

extension TrialMessage {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("experiment", .string(experiment)), .init("arm", .string(arm))]
        members.add("since", since)
        members.append(
            .init(
                "outcomes",
                .array(
                    outcomes.map { outcome in
                        .object([
                            .init("metric", .string(outcome.metric)), .init("count", .long(outcome.count)),
                            .init("value", .number(outcome.value)), .init("countBefore", .long(outcome.countBefore)),
                        ])
                    })))
        return .object(members)
    }
}

extension GivenConsentMessage {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("purpose", .string(purpose)), .init("granted", .bool(granted))]
        members.add("time", time)
        members.append(.init("source", .string(source)))
        if !textVersion.isEmpty { members.append(.init("textVersion", .string(textVersion))) }
        return .object(members)
    }
}

extension EraseProfileResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        var members: [JSON.Member] = [.init("receipt", .string(receipt))]
        members.add("erasedAt", erasedAt)
        return .object(
            members + [
                .init("hadProfile", .bool(hadProfile)), .init("hadBehaviour", .bool(hadBehaviour)),
                .init("events", .long(events)), .init("links", .long(links)),
                .init("backups", .array(backups.map(\.json))), .init("ids", .texts(ids)),
            ])
    }
}

extension MergeProfilesResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("id", .string(id)), .init("otherIds", .texts(otherIDs)),
            .init("changed", .bool(changed)),
        ]
        members.add("undoableUntil", undoableUntil)
        return .object(members)
    }
}

extension RestoreProfileResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("ids", .texts(ids)), .init("hadProfile", .bool(hadProfile)),
            .init("hadBehaviour", .bool(hadBehaviour)),
            .init("events", .long(events)), .init("consents", .long(consents)), .init("generation", .long(generation)),
        ]
        members.add("takenAt", takenAt)
        return .object(members)
    }
}
