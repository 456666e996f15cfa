internal import Model
package import Profiles

/// What event loops look up while deciding; never waits.
package struct ProfileReader: Sendable {
    private let visitors: ProfileTable
    private let accounts: ProfileTable

    /// Reads these two.
    package init(visitors: ProfileTable, accounts: ProfileTable) {
        self.visitors = visitors
        self.accounts = accounts
    }

    /// A visitor's profile that has not expired at that time.
    func visitor(_ id: UnsafeBufferPointer<UInt8>, at now: Timestamp) -> ProfileRow? {
        visitors.find(id, atSeconds: now.seconds)
    }

    /// An account's profile that has not expired at that time.
    func account(_ id: UnsafeBufferPointer<UInt8>, at now: Timestamp) -> ProfileRow? {
        accounts.find(id, atSeconds: now.seconds)
    }
}
