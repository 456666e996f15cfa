internal import Ledger
internal import Model
internal import Ruleset
internal import Store

#if canImport(Glibc)
    internal import Glibc
#endif

/// The rule sets that were pushed, as the journal keeps them: by a number that grows with each push.
package struct RuleHistory: Sendable {
    let ledger: Ledger
    let form: StoredForm<PushedRules>

    /// Pushes that are kept; whoever wants more keeps rule sets in a repository.
    static let pushesMax: UInt64 = 1_000

    /// - Returns: The last push.
    func last() throws(EngineError) -> (sequence: UInt64, record: PushedRules)? {
        do {
            guard let (key, value) = try ledger.last(in: .rules) else { return nil }
            return (Self.sequence(key), try value.withUnsafeBytes { try form.decode($0) })
        } catch {
            throw EngineError("the stored rule set cannot be read: \(error)")
        }
    }

    /// Keeps a push, and forgets the one that is now too old.
    ///
    /// - Parameter sequence: Above that of every push before.
    func store(_ record: PushedRules, sequence: UInt64) async throws(EngineError) {
        do {
            let forgotten = sequence > Self.pushesMax ? sequence - Self.pushesMax : nil
            try await ledger.submit(.rules(number: sequence, record: try form.encode(record), forgotten: forgotten))
        } catch {
            throw EngineError("the rule set could not be stored, so it is not served: \(error)")
        }
    }

    /// - Returns: What was pushed, the newest first.
    package func revisions(limit: Int) throws(EngineError) -> [(number: UInt64, pushed: PushedRules)] {
        var revisions: [(number: UInt64, pushed: PushedRules)] = []
        try forEach { number, record in
            var pushed = record
            // A thousand rule sets would be held at once.
            pushed.files = []
            revisions.append((number, pushed))
        }
        return Array(revisions.reversed().prefix(limit))
    }

    /// - Returns: The newest push of a revision.
    package func record(of revision: String) throws(EngineError) -> PushedRules? {
        try newest { $0.revision == revision }?.record
    }

    /// - Returns: The newest push for which a condition holds, with its number.
    func newest(where isWanted: (PushedRules) -> Bool) throws(EngineError) -> (
        number: UInt64, record: PushedRules
    )? {
        var found: (UInt64, PushedRules)?
        try forEach { number, record in
            if isWanted(record) { found = (number, record) }
        }
        return found
    }

    /// The newest push whose rules have an experiment; for those that ended before pushes wrote down what ends.
    ///
    /// - Returns: The experiment as it was then, and when the push after it came.
    func lastRuleSet(withExperiment name: String) throws(EngineError) -> (ruleSet: RuleSet, endedAt: Timestamp?)? {
        // Reading rules takes long: only those that have the name at all, and each revision once.
        var candidates: [(files: [RuleFile], endedAt: Timestamp?)] = []
        var isOpen = false
        try forEach { _, record in
            if isOpen { candidates[candidates.count - 1].endedAt = record.pushedAt }
            isOpen = record.files.contains { Self.contains($0.content, name) }
            guard isOpen else { return }
            if candidates.count == Self.candidatesMax { candidates.removeFirst() }
            candidates.append((record.files, nil))
        }
        for candidate in candidates.reversed() {
            guard let ruleSet = RuleSetLoader.load(candidate.files).ruleSet,
                ruleSet.experiments.contains(where: { $0.name == name })
            else { continue }
            return (ruleSet, candidate.endedAt)
        }
        return nil
    }

    /// Rule sets that are held at once in search of an experiment.
    private static let candidatesMax = 20

    private static func contains(_ content: [UInt8], _ name: String) -> Bool {
        let name = Array(name.utf8)
        guard let first = name.first, content.count >= name.count else { return false }
        return content.withUnsafeBytes { content in
            name.withUnsafeBytes { name in
                (0...content.count - name.count).contains { start in
                    content[start] == first
                        && memcmp(content.baseAddress! + start, name.baseAddress!, name.count) == 0
                }
            }
        }
    }

    private func forEach(_ body: (UInt64, PushedRules) -> Void) throws(EngineError) {
        var failure: (any Error)?
        do throws(StoreError) {
            try ledger.scan(.rules) { key, value in
                do {
                    body(Self.sequence(Array(key)), try form.decode(value))
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
        } catch {
            throw EngineError("the pushed rule sets cannot be read: \(error)")
        }
        if let failure { throw EngineError("a pushed rule set cannot be read: \(failure)") }
    }

    private static func sequence(_ key: [UInt8]) -> UInt64 { key.reduce(0) { $0 << 8 | UInt64($1) } }
}
