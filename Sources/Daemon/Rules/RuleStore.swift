internal import Decisioning
internal import Journal
internal import Logging
internal import Model
internal import Ruleset
internal import Telemetry
internal import Wire

/// The rule set that is served: checks what is pushed, keeps it on disk, and only then swaps it in.
///
/// An actor, so that pushes take their turn; decisions never wait for it.
actor RuleStore {
    /// What a check or a push found.
    struct Outcome: Sendable {
        var accepted: Bool
        var revision: String
        var previousRevision = ""
        var diagnostics: [Diagnostic]
        var testFailures: [RuleTestFailure] = []
        var testCount = 0
    }

    /// The rule set that is served, as it was pushed.
    struct Active: Sendable {
        var record: GetRulesResponse
        var ruleSet: RuleSet
    }

    private let journal: Journal
    private let profiles: ProfileStore
    private let loops: LoopRegistry
    private let readiness: Readiness
    private let logger: Logger
    private(set) var active: Active?
    private(set) var acceptedPushes: UInt64 = 0
    private(set) var refusedPushes: UInt64 = 0
    private var sequence: UInt64 = 0

    init(journal: Journal, profiles: ProfileStore, loops: LoopRegistry, readiness: Readiness, logger: Logger) {
        self.journal = journal
        self.profiles = profiles
        self.loops = loops
        self.readiness = readiness
        self.logger = logger
    }

    /// Serves the last pushed rule set, else the one in `folder`, else waits for a push.
    func start(folder: String?) async throws(DaemonError) {
        if let stored = try lastStored() {
            sequence = stored.sequence
            let files = stored.record.files.map { RuleFile(path: $0.path, content: $0.content) }
            let (outcome, compiled) = Self.compile(files)
            if let compiled {
                try await publish(compiled, record: stored.record)
                logger.info("serving the stored rule set", metadata: ["revision": "\(outcome.revision)"])
                return
            }
            logger.error(
                "the stored rule set no longer passes its check; push one that does",
                metadata: ["revision": "\(stored.record.revision)", "errors": "\(outcome.diagnostics.count)"])
            return
        }
        guard let folder else { return }
        let files: [RuleFile]
        do {
            files = try RuleFolder.read(folder)
        } catch {
            throw DaemonError("the rule folder \(folder) cannot be read: \(error)")
        }
        let outcome = try await push(files, author: "bespoked", reason: "loaded from \(folder) at the start")
        guard outcome.accepted else {
            let first = outcome.diagnostics.first.map { "\($0.position.file):\($0.position.line): \($0.message)" }
            throw DaemonError(
                "the rule folder \(folder) is refused (\(first ?? "its own tests fail")); see `bespokectl rules check`")
        }
    }

    /// Everything that a push checks; changes nothing.
    nonisolated func check(_ files: [RuleFile]) -> Outcome {
        Self.compile(files).outcome
    }

    /// Checks, stores, and serves; when anything is wrong, what was served serves on.
    ///
    /// - Parameter expectedRevision: Push only if this is what is served; empty for whatever is.
    /// - Throws: `DaemonError` when the revision served is another one or the disk fails.
    func push(
        _ files: [RuleFile], author: String, reason: String, expectedRevision: String = ""
    ) async throws(DaemonError) -> Outcome {
        let previous = active?.record.revision ?? ""
        guard expectedRevision.isEmpty || expectedRevision == previous else {
            throw DaemonError(
                .conflict,
                "the revision served is \(previous.isEmpty ? "none" : previous), not \(expectedRevision); look at what changed and push again"
            )
        }
        var (outcome, compiled) = Self.compile(files)
        outcome.previousRevision = previous
        guard let compiled else {
            refusedPushes += 1
            logger.warning(
                "push refused",
                metadata: [
                    "author": "\(author)", "diagnostics": "\(outcome.diagnostics.count)",
                    "failedTests": "\(outcome.testFailures.count)",
                ])
            return outcome
        }
        let record = GetRulesResponse(
            revision: outcome.revision, files: files.map { RuleFileMessage(path: $0.path, content: $0.content) },
            pushedAt: Clock.now(), author: author, reason: reason)
        try await store(record)
        try await publish(compiled, record: record)
        acceptedPushes += 1
        logger.notice(
            "rule set pushed",
            metadata: ["revision": "\(outcome.revision)", "author": "\(author)", "reason": "\(reason)"])
        return outcome
    }

    private struct Compiled: Sendable {
        let ruleSet: RuleSet
        let table: DecisionTable
    }

    private static func compile(_ files: [RuleFile]) -> (outcome: Outcome, compiled: Compiled?) {
        let loaded = RuleSetLoader.load(files)
        var outcome = Outcome(
            accepted: false, revision: loaded.ruleSet?.revision.digest ?? "", diagnostics: loaded.diagnostics)
        guard let ruleSet = loaded.ruleSet else { return (outcome, nil) }
        let table = DecisionTable(ruleSet)
        outcome.testCount = ruleSet.tests.count
        outcome.testFailures = RuleTestRunner.run(ruleSet, table: table)
        outcome.accepted = outcome.testFailures.isEmpty
        return (outcome, outcome.accepted ? Compiled(ruleSet: ruleSet, table: table) : nil)
    }

    private func publish(_ compiled: Compiled, record: GetRulesResponse) async throws(DaemonError) {
        let attributes = try await profiles.adopt(compiled.ruleSet.attributes, table: compiled.table)
        let snapshot = Snapshot(
            table: compiled.table, visitorAttributes: attributes.visitors, accountAttributes: attributes.accounts,
            revisionHash: Hash.of(record.revision))
        _ = await loops.onEach { $0.snapshot = snapshot }
        active = Active(record: record, ruleSet: compiled.ruleSet)
        await readiness.set(.rules, obstacle: nil)
    }

    private func lastStored() throws(DaemonError) -> (sequence: UInt64, record: GetRulesResponse)? {
        do {
            guard let (key, value) = try journal.last(in: .rules) else { return nil }
            let sequence = key.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let record = try value.withUnsafeBytes { try GetRulesResponse(decoding: $0) }
            return (sequence, record)
        } catch {
            throw DaemonError("the stored rule set cannot be read: \(error)")
        }
    }

    private func store(_ record: GetRulesResponse) async throws(DaemonError) {
        do {
            let next = sequence + 1
            var batch = JournalBatch()
            batch.put(
                .rules, key: (0..<8).map { UInt8(truncatingIfNeeded: next >> (56 - 8 * $0)) },
                value: try record.encoded())
            try await journal.commit(batch)
            sequence = next
        } catch {
            throw DaemonError("the rule set could not be stored, so it is not served: \(error)")
        }
    }
}
