/// Who may call what. This table is the only place that says so; docs/security.md shows it, and a test compares.
///
/// A method that has no row is for `admin` alone: what is new stays closed until somebody thought about it.
package struct MethodRights: Sendable {
    /// What of a token's scope the method looks at. A token whose scope has something else is refused: it would reach too far.
    package struct Scopes: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The placements that are asked for.
        package static let placements = Scopes(rawValue: 1)
        /// Whether visitors or accounts are meant.
        package static let kinds = Scopes(rawValue: 2)
    }

    /// Such as `/bespoke.v1.DecisionService/Decide`.
    package let path: String
    /// Who may call it, beside `admin`.
    package let roles: RoleSet
    /// What of a scope it honours.
    package let scopes: Scopes
    /// What is said of it beyond the roles; empty: nothing.
    package let note: String

    private init(_ path: String, _ roles: RoleSet, _ scopes: Scopes = [], _ note: String = "") {
        (self.path, self.roles, self.scopes, self.note) = (path, roles.union(.admin), scopes, note)
    }

    /// The rights of methods, in the order of the documentation.
    package static let table: [MethodRights] =
        rows(
            "bespoke.v1.DecisionService",
            [
                ("Decide", [.decide, .marketer], .placements, ""),
                ("BatchDecide", [.decide, .marketer], .placements, ""),
                (
                    "Explain", [.marketer, .privacy], .placements,
                    "`marketer` without `visitor_id`, `account_id` and links: of what is sent along, never of what is stored"
                ),
            ])
        + rows(
            "bespoke.v1.EventService",
            [
                ("Record", [.decide, .operator], [], ""),
                ("RecordStream", [.decide, .operator], [], ""),
                ("SetConsent", [.decide, .privacy], [], ""),
                ("GetBehaviour", [.privacy], [], ""),
                ("ExportEvents", [.privacy], [], ""),
            ])
        + rows(
            "bespoke.v1.ProfileService",
            [
                ("PutProfile", [.decide, .operator], .kinds, "tells nothing of what is stored but its version"),
                ("GetProfile", [.privacy], .kinds, ""),
                ("DeleteProfile", [.privacy], .kinds, ""),
                ("ExportProfiles", [.privacy], .kinds, ""),
                ("EraseProfile", [.privacy], .kinds, ""),
                ("Alias", [.decide, .privacy], [], "at sign-in"),
                ("MergeProfiles", [.privacy], [], ""),
                ("UndoMerge", [.privacy], [], ""),
                ("PutAccountLinks", [.operator], [], "replaces all links"),
                ("FindAccount", [.operator, .marketer, .privacy], [], ""),
                ("ImportProfiles", [.operator], [], ""),
            ])
        + rows(
            "bespoke.v1.AdminService",
            [
                ("PushRules", [.marketer], [], ""),
                ("CheckRules", [.marketer], [], ""),
                ("GetRules", [.marketer, .operator, .privacy], [], ""),
                ("ListNames", [.marketer, .operator, .privacy], [], "names and types, for lists, imports and exports"),
                ("ListRevisions", [.marketer, .operator], [], ""),
                ("GetStatus", [.marketer, .operator, .privacy], [], ""),
                ("GetStats", [.operator], [], ""),
                ("GetExperiment", [.marketer], [], ""),
                ("Backup", [.operator], [], "writes a folder of the daemon's machine"),
                ("Verify", [.operator], [], ""),
                ("RestoreProfile", [.privacy], [], ""),
                ("GetPrivacyReport", [.privacy], [], "counts, and names nobody"),
                ("CreateToken", [], [], ""),
                ("ListTokens", [], [], ""),
                ("RevokeToken", [], [], ""),
                ("RotateToken", [], [], ""),
            ])
        + rows(
            "grpc.health.v1.Health",
            [("Check", .anybody, .all, ""), ("List", .anybody, .all, ""), ("Watch", .anybody, .all, "")])
        + rows("grpc.reflection.v1.ServerReflection", [("ServerReflectionInfo", .anybody, .all, "")])
        + rows("grpc.reflection.v1alpha.ServerReflection", [("ServerReflectionInfo", .anybody, .all, "")])

    private static func rows(_ service: String, _ methods: [(String, RoleSet, Scopes, String)]) -> [MethodRights] {
        methods.map { MethodRights("/\(service)/\($0)", $1, $2, $3) }
    }

    /// - Returns: The rights of a method; of one that is not in the table, those of `admin` alone.
    package static func of(_ path: String) -> MethodRights {
        table.first { $0.path == path } ?? MethodRights(path, [])
    }
}

extension RoleSet {
    /// Whoever may call anything at all.
    fileprivate static let anybody = RoleSet.all
}

extension MethodRights.Scopes {
    /// The method tells the same whatever the scope.
    fileprivate static let all: Self = [.placements, .kinds]
}

extension MethodRights {
    /// The table as Markdown, for docs/security.md.
    package static var markdown: String {
        var lines = [
            "| method | " + Role.allCases.map(\.name).joined(separator: " | ") + " | |",
            "|---|" + String(repeating: ":-:|", count: Role.allCases.count) + "---|",
        ]
        for row in table {
            let marks = Role.allCases.map { row.roles.contains(RoleSet($0)) ? "yes" : "" }
            let method = row.path.dropFirst().replacing("bespoke.v1.", with: "")
            lines.append("| `\(method)` | \(marks.joined(separator: " | ")) | \(row.note) |")
        }
        return lines.joined(separator: "\n")
    }
}
