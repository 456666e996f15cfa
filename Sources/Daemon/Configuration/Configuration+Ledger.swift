internal import Ledger

extension Configuration.JournalSync {
    /// As a ledger is told.
    var durability: LedgerOptions.Durability {
        switch self {
        case .always: .always
        case .group(let milliseconds): .group(milliseconds: milliseconds)
        case .everySecond: .everySecond
        }
    }
}
