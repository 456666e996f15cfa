/// Why the daemon cannot do what it was asked, in words for whoever runs it.
package struct DaemonError: Error, Sendable, CustomStringConvertible {
    /// What the caller can do about it.
    enum Kind: Sendable {
        /// The state is another than the caller expects.
        case conflict
        /// What is stored is being loaded.
        case notReady
        /// Whoever asked has gone.
        case cancelled
        /// Storage or the environment failed.
        case failure
    }

    let kind: Kind
    package let description: String

    init(_ description: String) {
        self.init(.failure, description)
    }

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
