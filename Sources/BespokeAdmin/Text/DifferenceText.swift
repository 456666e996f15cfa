package import Model
package import Ruleset

/// What differs between two rule sets, for programs.
package enum DifferenceText {
    /// All of it.
    package static func json(_ difference: RuleSetDifference) -> JSON {
        .object([.init("changes", changes(difference))])
    }

    /// Each entry of a difference.
    package static func changes(_ difference: RuleSetDifference) -> JSON {
        let changes = difference.entries.map { entry -> JSON in
            let details = entry.details.map { detail -> JSON in
                .object([
                    .init("path", .string(detail.path)), .init("before", detail.before.map { .string($0) } ?? .null),
                    .init("after", detail.after.map { .string($0) } ?? .null),
                ])
            }
            var members: [JSON.Member] = [
                .init("section", .string(entry.section)), .init("name", .string(entry.name)),
                .init("change", .string(entry.kind.rawValue)), .init("details", .array(details)),
            ]
            if let share = entry.movedShare { members.append(.init("movedShare", .number(share))) }
            return .object(members)
        }
        return .array(changes)
    }
}
