/// How an import treats what is wrong.
package struct ImportOptions: Sendable, Hashable {
    /// Load the good rows although others are refused.
    package var skipInvalid: Bool
    /// Check everything, write nothing.
    package var dryRun: Bool
    /// Refuse rows of those who were erased.
    package var respectErasure: Bool

    package init(skipInvalid: Bool = false, dryRun: Bool = false, respectErasure: Bool = false) {
        self.skipInvalid = skipInvalid
        self.dryRun = dryRun
        self.respectErasure = respectErasure
    }
}

/// Why a row was refused.
package struct ImportReject: Error, Sendable, Hashable {
    package var line: UInt64
    package var id: String
    /// What is wrong and how to mend it.
    package var reason: String

    package init(line: UInt64, id: String, reason: String) {
        self.line = line
        self.id = id
        self.reason = reason
    }
}
