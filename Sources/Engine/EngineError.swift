package import Store

/// Why the engine does not do what it was asked, in words for whoever asked.
package struct EngineError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the caller can do about it.
    package enum Kind: Sendable, CaseIterable {
        /// Ask otherwise.
        case invalid
        /// There is no such thing.
        case notFound
        /// It is there already.
        case exists
        /// The state is another than the caller expects: look again.
        case conflict
        /// Something else has to be done first.
        case precondition
        /// What is stored elsewhere is not what was written.
        case damaged
        /// Ask for less, or later.
        case tooMuch
        /// What is stored is being loaded.
        case notReady
        /// Storage takes nothing, or cannot be read.
        case storage
        /// Whoever asked has gone.
        case cancelled
        /// It is nobody's fault outside.
        case failure
    }

    package let kind: Kind
    package let description: String

    /// A failure.
    package init(_ description: String) { self.init(.failure, description) }

    package init(_ kind: Kind, _ description: String) { (self.kind, self.description) = (kind, description) }

    /// What a store or ledger says.
    package init(_ error: StoreError) {
        switch error {
        case .overloaded, .noRoom: self.init(.tooMuch, error.description)
        default: self.init(.storage, error.description)
        }
    }

    /// What a folder of backups says.
    package init(_ error: BackupError) {
        switch error {
        case .folder, .foreign, .full, .newer, .occupied: self.init(.precondition, error.description)
        case .locked: self.init(.conflict, error.description)
        case .noGeneration: self.init(.notFound, error.description)
        case .damaged: self.init(.damaged, error.description)
        case .journal(let error): self.init(error)
        case .stopped: self.init(.cancelled, error.description)
        }
    }

    /// The same in the engine's own words where it comes from below: a door knows nothing of stores.
    package static func wording(_ error: any Error) -> any Error {
        if let error = error as? StoreError { return EngineError(error) }
        if let error = error as? BackupError { return EngineError(error) }
        return error
    }
}
