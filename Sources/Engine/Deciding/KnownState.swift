package import Profiles

/// What is kept of visitors and accounts, as event loops read it while deciding: none of it ever waits.
package struct KnownState: Sendable {
    let profiles: ProfileReader
    let visitors: RecordTable
    let accounts: RecordTable
    let aliases: AliasTable
    let objections: ObjectionTable
    /// Whether a question may open what the person's stored choice denies.
    let requestsReopen: Bool

    /// - Parameters:
    ///   - visitors: Their behaviour; likewise `accounts`.
    ///   - aliases: Who has several ids.
    ///   - objections: What the erased had denied.
    ///   - requestsReopen: Whether a question may open what the person's stored choice denies.
    package init(
        profiles: ProfileReader, visitors: RecordTable, accounts: RecordTable, aliases: AliasTable,
        objections: ObjectionTable, requestsReopen: Bool
    ) {
        (self.profiles, self.visitors, self.accounts) = (profiles, visitors, accounts)
        (self.aliases, self.objections, self.requestsReopen) = (aliases, objections, requestsReopen)
    }
}
