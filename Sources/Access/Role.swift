/// What somebody is trusted with. A token or a certificate has one; which method asks for which is `MethodRights`.
package enum Role: UInt8, Sendable, CaseIterable {
    case decide, marketer, `operator`, privacy, admin

    /// As tokens, configuration and messages name it.
    package var name: String {
        switch self {
        case .decide: "decide"
        case .marketer: "marketer"
        case .operator: "operator"
        case .privacy: "privacy"
        case .admin: "admin"
        }
    }

    /// For whom it is, in one line.
    package var purpose: String {
        switch self {
        case .decide: "servers of pages: decide, and record what visitors do and choose"
        case .marketer: "who writes rules: push, check, results, explanations of what is sent along"
        case .operator: "who runs the daemon: status, figures, backups, imports, links"
        case .privacy: "who answers persons: show, export, erase, restore, explanations with stored values"
        case .admin: "everything, tokens too; whoever reaches the admin socket has it"
        }
    }

    /// - Returns: The role of that name; nil when there is none.
    package init?(name: some StringProtocol) {
        guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }
}

/// Some of the roles.
package struct RoleSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The set of one role.
    package init(_ role: Role) { rawValue = 1 << role.rawValue }

    package static let decide = RoleSet(.decide)
    package static let marketer = RoleSet(.marketer)
    package static let `operator` = RoleSet(.operator)
    package static let privacy = RoleSet(.privacy)
    package static let admin = RoleSet(.admin)
    /// Every role.
    package static let all: RoleSet = [.decide, .marketer, .operator, .privacy, .admin]

    /// The roles in the order of `Role`.
    package var roles: [Role] { Role.allCases.filter { contains(RoleSet($0)) } }
}
