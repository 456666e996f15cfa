/// Who of an account's known people has which role in buying, and which roles nobody has.
package struct CommitteeReport {
    /// One account.
    package struct Row: Sendable, Hashable {
        /// The account's id.
        package let account: String
        /// Ids of visitors, sorted; in the order of `roles`.
        package let members: [[String]]
        /// Roles that nobody has.
        package let missing: [String]
    }

    /// In the order of the rule set.
    package let roles: [String]
    private var members: [String: [String: [String]]] = [:]

    package init(roles: [String]) {
        self.roles = roles
    }

    /// Adds a visitor of an account.
    ///
    /// - Parameter role: What Decide says of the visitor; one that the rule set does not name counts for no role.
    package mutating func add(account: String, visitor: String, role: String) {
        members[account, default: [:]][role, default: []].append(visitor)
    }

    /// By account.
    package var rows: [Row] {
        members.sorted { $0.key < $1.key }.map { account, known in
            Row(
                account: account, members: roles.map { (known[$0] ?? []).sorted() },
                missing: roles.filter { known[$0] == nil })
        }
    }
}
