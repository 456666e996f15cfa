internal import Journal
internal import Wire

/// The rule sets that were pushed, as the journal keeps them: by a number that grows with each push.
struct RuleHistory: Sendable {
    let journal: Journal

    /// Pushes that are kept; whoever wants more keeps rule sets in a repository.
    static let pushesMax: UInt64 = 1_000

    /// - Returns: The last push.
    func last() throws(DaemonError) -> (sequence: UInt64, record: GetRulesResponse)? {
        do {
            guard let (key, value) = try journal.last(in: .rules) else { return nil }
            return (Self.sequence(key), try value.withUnsafeBytes { try GetRulesResponse(decoding: $0) })
        } catch {
            throw DaemonError("the stored rule set cannot be read: \(error)")
        }
    }

    /// Keeps a push, and forgets the one that is now too old.
    ///
    /// - Parameter sequence: Above that of every push before.
    func store(_ record: GetRulesResponse, sequence: UInt64) async throws(DaemonError) {
        do {
            var batch = JournalBatch()
            batch.put(.rules, key: Self.key(sequence), value: try record.encoded())
            if sequence > Self.pushesMax { batch.delete(.rules, key: Self.key(sequence - Self.pushesMax)) }
            try await journal.commit(batch)
        } catch {
            throw DaemonError("the rule set could not be stored, so it is not served: \(error)")
        }
    }

    /// - Returns: What was pushed, the newest first.
    func revisions(limit: Int) throws(DaemonError) -> [RevisionMessage] {
        var revisions: [RevisionMessage] = []
        try forEach { record in
            revisions.append(
                RevisionMessage(
                    revision: record.revision, pushedAt: record.pushedAt, author: record.author, reason: record.reason))
            return true
        }
        return Array(revisions.reversed().prefix(limit))
    }

    /// - Returns: The newest push of a revision.
    func record(of revision: String) throws(DaemonError) -> GetRulesResponse? {
        var found: GetRulesResponse?
        try forEach { record in
            if record.revision == revision { found = record }
            return true
        }
        return found
    }

    private func forEach(_ body: (GetRulesResponse) -> Bool) throws(DaemonError) {
        var failure: WireError?
        do throws(JournalError) {
            try journal.scan(.rules) { _, value in
                do throws(WireError) {
                    return body(try GetRulesResponse(decoding: value))
                } catch {
                    failure = error
                    return false
                }
            }
        } catch {
            throw DaemonError("the pushed rule sets cannot be read: \(error)")
        }
        if let failure { throw DaemonError("a pushed rule set cannot be read: \(failure)") }
    }

    private static func key(_ sequence: UInt64) -> [UInt8] { withUnsafeBytes(of: sequence.bigEndian, Array.init) }

    private static func sequence(_ key: [UInt8]) -> UInt64 { key.reduce(0) { $0 << 8 | UInt64($1) } }
}
