internal import Model
internal import Profiles

/// What event loops look up while deciding; never waits.
struct ProfileReader: Sendable {
    private let visitors: ProfileTable
    private let accounts: ProfileTable

    init(visitors: ProfileTable, accounts: ProfileTable) {
        self.visitors = visitors
        self.accounts = accounts
    }

    func visitor(_ id: UnsafeBufferPointer<UInt8>) -> ProfileRow? { visitors.find(id) }

    func account(_ id: UnsafeBufferPointer<UInt8>) -> ProfileRow? { accounts.find(id) }
}
