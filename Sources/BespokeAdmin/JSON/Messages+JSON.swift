internal import Importing
package import Model
package import Wire

// The protobuf JSON form of what the daemon answers: lowerCamelCase names, 64-bit integers as strings, RFC 3339 times. Fields
// that are empty, zero or false are written too, so that scripts need not know the defaults; messages that are absent are not.
//
// Source: protobuf.dev/programming-guides/json.

extension DecideResponseMessage {
    /// The protobuf JSON form.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("decisionId", .string(decisionID)), .init("revision", .string(revision)),
        ]
        members.add("decidedAt", decidedAt)
        members.append(.init("segments", .texts(segments)))
        if let icp { members.append(.init("icp", icp.json)) }
        members += [
            .init("engagement", .number(engagement)), .init("engagementLevel", .string(engagementLevel)),
            .init("grade", .string(grade)), .init("mql", .string(mqlName)),
        ]
        if let persona { members.append(.init("persona", persona.json)) }
        members += [
            .init("role", .string(role)), .init("stage", .string(stage)),
            .init("placements", .array(placements.map(\.json))), .init("unreadPurposes", .texts(unreadPurposes)),
            .init("assignments", .array(assignments.map(\.json))),
            .init("routes", .object(routes.map { .init($0.name, .string($0.text)) })),
            .init("preview", .bool(isPreview)), .init("exposuresNotAgreed", .long(UInt64(exposuresNotAgreed))),
        ]
        return .object(members)
    }

    private var mqlName: String {
        switch mql {
        case .no: "TRISTATE_FALSE"
        case .yes: "TRISTATE_TRUE"
        case .unknown: "TRISTATE_UNKNOWN"
        case nil: "TRISTATE_UNSPECIFIED"
        }
    }
}

extension AssignmentMessage {
    fileprivate var json: JSON {
        .object([
            .init("experiment", .string(experiment)), .init("arm", .string(arm)),
            .init("propensity", .number(propensity)), .init("forced", .bool(isForced)),
        ])
    }
}

extension IcpMatchMessage {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [
            .init("name", .string(name)), .init("title", .string(title)), .init("tier", .string(tier)),
            .init("fit", .number(fit)), .init("negative", .bool(negative)),
        ]
        if let subscores {
            members.append(
                .init("subscores", .object(Category.allCases.map { .init($0.name, .number(subscores[$0])) })))
        }
        return .object(members)
    }
}

extension PersonaMessage {
    fileprivate var json: JSON {
        .object([
            .init("name", .string(name)), .init("title", .string(title)), .init("goals", .texts(goals)),
            .init("motives", .texts(motives)), .init("pains", .texts(pains)), .init("fears", .texts(fears)),
            .init("objections", .map(objections)), .init("outcome", .string(outcome)),
            .init("formats", .texts(formats)),
        ])
    }
}

extension PlacementDecisionMessage {
    fileprivate var json: JSON {
        .object([
            .init("placement", .string(placement)), .init("campaign", .string(campaign)),
            .init("variant", .string(variant)), .init("fields", .map(fields)), .init("promise", .string(promise)),
            .init("page", .string(page)), .init("landingUrl", .string(landingURL)),
            .init("experiment", .string(experiment)), .init("arm", .string(arm)),
            .init("reason", .string("REASON_" + (reason?.name.uppercased() ?? "UNSPECIFIED"))),
            .init("because", .string(because)), .init("lackedData", .bool(lackedData)),
            .init("lackedConsent", .bool(lackedConsent)),
            .init("furtherExperiments", .array(furtherExperiments.map(\.json))),
        ])
    }
}

extension ProfileMessage {
    /// The protobuf JSON form.
    package var json: JSON {
        .object([
            .init("kind", .string("PROFILE_KIND_" + kind.name.uppercased())), .init("id", .string(id)),
            .init("accountId", .string(accountID)),
            .init("features", .object(features.map { .init($0.name, $0.json) })), .init("version", .long(version)),
        ])
    }
}

extension FeatureMessage {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [.init("value", value.json)]
        members.add("observedAt", observedAt)
        return .object(members)
    }
}

extension AttributeValue {
    /// The protobuf JSON form of `bespoke.v1.Value`.
    package var json: JSON {
        switch self {
        case .bool(let value): .object([.init("bool", .bool(value))])
        case .int(let value): .object([.init("int", .long(value))])
        case .double(let value): .object([.init("double", .number(value))])
        case .string(let value): .object([.init("string", .string(value))])
        case .strings(let value): .object([.init("strings", .object([.init("values", .texts(value))]))])
        case .timestamp(let value): .object([.init("timestamp", .string(TimestampText.format(value)))])
        }
    }
}

extension ImportProfilesResponse {
    /// The protobuf JSON form.
    package var json: JSON { json(firstRows: nil) }

    /// - Parameter firstRows: Of a dry run: profiles as they would be written; nil leaves the member out.
    package func json(firstRows: [ImportRow]?) -> JSON {
        let profiles = firstRows?.compactMap { row -> JSON? in
            guard case .success(let profile) = row.content else { return nil }
            return profile.json
        }
        let members: [JSON.Member] = [
            .init("written", .long(written)), .init("rejected", .long(rejected)),
            .init(
                "rejects",
                .array(
                    rejects.map { reject in
                        .object([
                            .init("line", .long(reject.line)), .init("id", .string(reject.id)),
                            .init("reason", .string(reject.reason)),
                        ])
                    })),
            .init("committed", .bool(committed)),
        ]
        return .object(members + (profiles.map { [.init("firstRows", .array($0))] } ?? []))
    }
}

extension PushRulesResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        .object([
            .init("accepted", .bool(accepted)), .init("revision", .string(revision)),
            .init("previousRevision", .string(previousRevision)),
            .init("diagnostics", .array(diagnostics.map(\.json))),
            .init("testFailures", .array(testFailures.map(\.json))), .init("tests", .number(tests)),
            .init("moves", .array(moves.map(\.json))), .init("retypings", .array(retypings.map(\.json))),
            .init("allocations", .string(Base64Text.encode(allocations))),
            .init("endings", .array(endings.map(\.json))), .init("orphans", .array(orphans.map(\.json))),
            .init("withoutArms", .texts(withoutArms)),
        ])
    }
}

extension ArmMoveMessage {
    fileprivate var json: JSON {
        .object([.init("experiment", .string(experiment)), .init("share", .number(share))])
    }
}

extension EndingMessage {
    fileprivate var json: JSON {
        .object([.init("experiment", .string(experiment)), .init("arm", .string(arm)), .init("units", .long(units))])
    }
}

extension OrphanMessage {
    fileprivate var json: JSON {
        .object([
            .init("attribute", .string(attribute)), .init("profiles", .long(profiles)),
            .init("renamed", .string(renamed)),
        ])
    }
}

extension RetypingMessage {
    fileprivate var json: JSON {
        .object([
            .init("attribute", .string(attribute)), .init("from", .string(from)), .init("to", .string(to)),
            .init("converted", .long(converted)), .init("left", .long(left)),
            .init(
                "leftValues",
                .array(
                    leftValues.map { .object([.init("id", .string($0.id)), .init("value", .string($0.value))]) })),
            .init("renamed", .string(renamed)),
        ])
    }
}

extension CheckRulesResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        .object([
            .init("accepted", .bool(accepted)), .init("revision", .string(revision)),
            .init("diagnostics", .array(diagnostics.map(\.json))),
            .init("testFailures", .array(testFailures.map(\.json))), .init("tests", .number(tests)),
        ])
    }

    /// The same with what a push would change of what is served.
    package var jsonAgainstServed: JSON {
        guard case .object(let members) = json else { return json }
        return .object(
            members + [
                .init("previousRevision", .string(previousRevision)), .init("moves", .array(moves.map(\.json))),
                .init("endings", .array(endings.map(\.json))), .init("orphans", .array(orphans.map(\.json))),
                .init("withoutArms", .texts(withoutArms)),
            ])
    }
}

extension DiagnosticMessage {
    fileprivate var json: JSON {
        .object([
            .init("severity", .string(severity == .error ? "SEVERITY_ERROR" : "SEVERITY_WARNING")),
            .init("code", .string(code)), .init("file", .string(file)), .init("line", .number(line)),
            .init("column", .number(column)), .init("message", .string(message)),
            .init("suggestion", .string(suggestion)),
        ])
    }
}

extension RuleTestFailureMessage {
    fileprivate var json: JSON {
        .object([
            .init("test", .string(test)), .init("path", .string(path)), .init("expected", .string(expected)),
            .init("actual", .string(actual)), .init("file", .string(file)), .init("line", .number(line)),
            .init("column", .number(column)),
        ])
    }
}

extension GetRulesResponse {
    /// The protobuf JSON form; contents are base64.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("revision", .string(revision)),
            .init(
                "files",
                .array(
                    files.map { file in
                        .object([
                            .init("path", .string(file.path)),
                            .init("content", .string(Base64Text.encode(file.content))),
                        ])
                    })),
        ]
        members.add("pushedAt", pushedAt)
        members += [.init("author", .string(author)), .init("reason", .string(reason))]
        members += [
            .init("restoredPush", .long(restoredPush)), .init("reverts", .string(reverts)),
            .init("peer", .string(peer)),
            .init("ended", .array(ended.map(\.json))),
        ]
        return .object(members)
    }
}

extension EndedExperimentMessage {
    /// The protobuf JSON form.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("name", .string(name)), .init("title", .string(title)), .init("unit", .string(unit)),
            .init("metrics", .texts(metrics)),
            .init(
                "arms",
                .array(
                    arms.map { .object([.init("name", .string($0.name)), .init("weight", .number($0.weight))]) })),
        ]
        members.add("endedAt", endedAt)
        members += [.init("revision", .string(revision)), .init("allocation", .string(allocation))]
        return .object(members)
    }
}

extension ListRevisionsResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        .object([
            .init(
                "revisions",
                .array(
                    revisions.map { revision in
                        var members: [JSON.Member] = [.init("revision", .string(revision.revision))]
                        members.add("pushedAt", revision.pushedAt)
                        members += [
                            .init("author", .string(revision.author)), .init("reason", .string(revision.reason)),
                            .init("number", .long(revision.number)),
                            .init("restoredPush", .long(revision.restoredPush)),
                            .init("reverts", .string(revision.reverts)), .init("peer", .string(revision.peer)),
                        ]
                        return .object(members)
                    }))
        ])
    }
}

extension GetStatusResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        var members: [JSON.Member] = [
            .init("version", .string(version)), .init("ready", .bool(ready)),
            .init("notReadyBecause", .string(notReadyBecause)), .init("revision", .string(revision)),
        ]
        members.add("pushedAt", pushedAt)
        members.add("startedAt", startedAt)
        members += [
            .init("visitors", .long(visitors)), .init("accounts", .long(accounts)),
            .init("eventLoops", .number(eventLoops)), .init("residentBytes", .long(residentBytes)),
            .init("openConnections", .long(openConnections)), .init("campaigns", .number(campaigns)),
            .init("placements", .number(placements)), .init("segments", .number(segments)),
            .init("icps", .number(icps)),
        ]
        if !goals.isEmpty { members.append(.init("goals", .array(goals.map(\.json)))) }
        return .object(members)
    }
}

extension GoalProgressMessage {
    fileprivate var json: JSON {
        var members: [JSON.Member] = [
            .init("campaign", .string(campaign)), .init("measure", .string(measure)), .init("count", .long(count)),
            .init("delivered", .long(delivered)), .init("due", .long(due)),
        ]
        members.add("starts", starts)
        members.add("ends", ends)
        return .object(members)
    }
}

extension GetStatsResponse {
    /// The protobuf JSON form.
    package var json: JSON {
        .object([
            .init(
                "methods",
                .array(
                    methods.map { method in
                        .object([
                            .init("method", .string(method.method)), .init("count", .long(method.count)),
                            .init("errors", .long(method.errors)),
                            .init("p50Microseconds", .number(method.p50Microseconds)),
                            .init("p90Microseconds", .number(method.p90Microseconds)),
                            .init("p99Microseconds", .number(method.p99Microseconds)),
                            .init("p999Microseconds", .number(method.p999Microseconds)),
                            .init("maxMicroseconds", .number(method.maxMicroseconds)),
                        ])
                    }))
        ])
    }
}

extension JSON {
    /// An array of strings.
    package static func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }

    fileprivate static func map(_ entries: [TextEntry]) -> JSON {
        .object(entries.map { .init($0.name, .string($0.text)) })
    }
}

extension [JSON.Member] {
    mutating func add(_ name: String, _ time: Timestamp?) {
        if let time { append(.init(name, .string(TimestampText.format(time)))) }
    }
}

/// Base64 with padding. Source: RFC 4648, section 4.
enum Base64Text {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = Swift.min(3, bytes.count - start)
            var group: UInt32 = 0
            for index in 0..<3 { group = group << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
            for position in 0..<4 {
                text.append(
                    position <= count ? alphabet[Int(group >> UInt32(18 - 6 * position) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
