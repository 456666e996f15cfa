internal import GRPC
internal import Ledger
internal import Messages
internal import Model
internal import Profiles
internal import Ruleset
internal import Store

// What is still thrown by stores; everything else stands in GRPCDoor.

extension Status {
    init(_ error: DaemonError) {
        switch error.kind {
        case .conflict: self.init(.aborted, error.description)
        case .notReady: self.init(.unavailable, error.description)
        case .cancelled: self.init(.cancelled, error.description)
        case .failure: self.init(.internalError, error.description)
        }
    }

    init(_ error: StoreError) {
        switch error {
        case .overloaded, .noRoom: self.init(.resourceExhausted, error.description)
        default: self.init(.unavailable, error.description)
        }
    }
}
