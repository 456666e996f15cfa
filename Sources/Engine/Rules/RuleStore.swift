package import Decisioning
package import Ledger
package import Logging
package import Model
internal import Profiles
package import Ruleset
internal import Telemetry

/// The rule set that is served: checks what is pushed, keeps it on disk, and only then swaps it in.
///
/// An actor, so that pushes take their turn; decisions never wait for it.
package actor RuleStore {
    /// What a check or a push found.
    package struct Outcome: Sendable {
        package var accepted: Bool
        package var revision: String
        package var previousRevision = ""
        package var diagnostics: [Diagnostic]
        package var testFailures: [RuleTestFailure] = []
        package var testCount = 0
        /// The share of units that change arm, by experiment.
        package var moves: [(experiment: String, share: Double)] = []
        /// What became of stored values whose attribute has another type or name now.
        package var retypings: [Retyping] = []
        /// What the push takes away or could not know.
        package var changes = RuleChanges()
        /// The content of the arms' file that belongs to the revision; empty where the weights alone say the same.
        package var allocations: [UInt8] = []
    }

    /// The rule set that is served, as it was pushed.
    package struct Active: Sendable {
        package var record: PushedRules
        package var ruleSet: RuleSet
        package var book: AllocationBook
        package var snapshot: Snapshot

        /// How far each goal has come.
        package func goals(at now: Timestamp) -> [GoalProgress] {
            ruleSet.campaigns.compactMap { campaign in campaign.goal.map { (campaign, $0) } }.enumerated().map {
                index, wanted in
                let (campaign, goal) = wanted
                return GoalProgress(
                    campaign: campaign.name, measure: goal.measure, count: UInt64(goal.count),
                    delivered: snapshot.goals[index].delivered,
                    due: snapshot.table.due(goal: index, at: now), starts: campaign.starts, ends: campaign.ends)
            }
        }
    }

    /// What was pushed.
    package nonisolated let history: RuleHistory
    let profiles: ProfileStore
    /// What the units of experiments did.
    package nonisolated let counts: ExperimentCounts
    let retentionSeconds: Int64
    private let behaviour: BehaviourStore
    private let loops: LoopRegistry
    private let readiness: Readiness
    private let logger: Logger
    /// By which pushes are dated.
    package nonisolated let clock: Clock
    /// What is served; nil before the first push.
    package private(set) var active: Active?
    /// Since the start.
    package private(set) var acceptedPushes: UInt64 = 0
    /// Since the start.
    package private(set) var refusedPushes: UInt64 = 0
    private var sequence: UInt64 = 0
    private let turns = Turns()
    /// The rule folder that the configuration names.
    private var configuredFolder: String?
    /// Whether the stored rule set has been read: a push before that would overwrite the history.
    private var isLoaded = false

    /// - Parameters:
    ///   - form: How pushes stand on disk.
    ///   - retentionSeconds: How long events are kept, and with them what is known of experiments that have ended.
    package init(
        ledger: Ledger, form: StoredForm<PushedRules>, profiles: ProfileStore, behaviour: BehaviourStore,
        counts: ExperimentCounts, loops: LoopRegistry, readiness: Readiness, retentionSeconds: Int64,
        clock: Clock, logger: Logger
    ) {
        self.behaviour = behaviour
        self.retentionSeconds = retentionSeconds
        self.counts = counts
        history = RuleHistory(ledger: ledger, form: form)
        self.profiles = profiles
        self.loops = loops
        self.readiness = readiness
        (self.clock, self.logger) = (clock, logger)
    }

    /// Serves the last pushed rule set, else the one in `folder`, else waits for a push.
    package func start(folder: String?) async throws(EngineError) {
        configuredFolder = folder
        let stored = try history.last()
        sequence = stored?.sequence ?? 0
        isLoaded = true
        if let stored {
            let files = stored.record.files
            // What was accepted once is not linted again.
            let check = RuleCheck(files, today: nil)
            let outcome = Outcome(check)
            if check.table != nil {
                try await publish(check, record: stored.record)
                logger.info("serving the stored rule set", metadata: ["revision": "\(outcome.revision)"])
                // Another version may judge its tests otherwise: what was served serves, until somebody has looked.
                for failure in check.testFailures {
                    logger.warning("a test of the stored rule set fails now", metadata: ["test": "\(failure)"])
                }
                if let folderWarning { logger.warning("\(folderWarning)") }
                return
            }
            logger.error(
                "the stored rule set no longer passes its check; push one that does",
                metadata: ["revision": "\(stored.record.revision)", "errors": "\(outcome.diagnostics.count)"])
            return
        }
        guard let folder else {
            logger.warning(
                "no rule set is loaded, so nothing can be decided; push one: bespokectl rules push FOLDER")
            return
        }
        let files: [RuleFile]
        do {
            let contents = try RuleFolder.contents(folder)
            files = contents.files
            for warning in contents.warnings {
                logger.warning("\(warning.message)", metadata: ["file": "\(warning.position.file)"])
            }
        } catch {
            throw EngineError("the rule folder \(folder) cannot be read: \(error)")
        }
        // Readiness says so, and what may be lost are the rules themselves: these are not to be taken for them.
        guard history.ledger.missing == nil else {
            return logger.error("the rules of the configuration are not loaded", metadata: ["folder": "\(folder)"])
        }
        let outcome = try await push(
            RulePush(files: files, author: "bespoked", reason: "loaded from \(folder) at the start"))
        guard outcome.accepted else {
            let errors = outcome.diagnostics.filter { $0.severity == .error }
            let first = (errors.first ?? outcome.diagnostics.first).map {
                "\($0.position.file):\($0.position.line): \($0.message)"
            }
            throw EngineError(
                "the rule folder \(folder) is refused (\(first ?? "its own tests fail")); see `bespokectl rules check`")
        }
    }

    /// What to say where the configured folder holds other rules than those that are served: it counts only while none are stored.
    package var folderWarning: String? {
        guard let folder = configuredFolder, let active, let files = try? RuleFolder.read(folder) else { return nil }
        // Which units have which arm is the daemon's own file.
        func own(_ files: [RuleFile]) -> [RuleFile] {
            files.filter { $0.path != RuleFile.allocationsPath }.sorted { $0.path < $1.path }
        }
        guard own(files) != own(active.record.files) else { return nil }
        return "the rules in \(folder), which the configuration names, are not those that are stored and served; "
            + "push them with `bespokectl rules push \(folder)`"
    }

    /// Everything that a push checks; changes nothing.
    package nonisolated func check(_ files: [RuleFile]) -> Outcome {
        Outcome(RuleCheck(files))
    }

    /// Checks, stores, and serves; when anything is wrong, what was served serves on. A caller who has gone before anything is stored
    /// has pushed nothing; afterwards the push is done whoever waits for it.
    ///
    /// - Throws: `EngineError` when the revision served is another one, the caller has gone or the disk fails.
    package func push(_ push: RulePush) async throws(EngineError) -> Outcome {
        await turns.take()
        defer { turns.end() }
        guard isLoaded else { throw EngineError(.notReady, "the stored rule set is being loaded; try again later") }
        try Self.checkCaller()
        let active = active
        try push.check(served: active?.record.revision ?? "")
        let check = await Self.check(push.files, after: active?.bookOfAll, restores: push.restores)
        var outcome = Outcome(check)
        outcome.previousRevision = active?.record.revision ?? ""
        guard check.isAccepted, let ruleSet = check.ruleSet else {
            refusedPushes += 1
            logger.warning(
                "push refused",
                metadata: [
                    "author": "\(push.author)", "peer": "\(push.peer)", "diagnostics": "\(outcome.diagnostics.count)",
                    "failedTests": "\(outcome.testFailures.count)",
                ])
            return outcome
        }
        outcome.changes = try await changes(by: check, after: active)
        outcome.allocations = check.files.first { $0.path == AllocationBook.path }?.content ?? []
        var record = PushedRules(
            revision: outcome.revision, files: check.files, pushedAt: clock.now(), author: push.author,
            reason: push.reason)
        (record.peer, record.reverts) = (push.peer, push.reverts)
        record.restoredPush = try restoredPush(push, outcome.revision)
        record.ended = ended(after: active, by: ruleSet, at: clock.now())
        try Self.checkCaller()
        try await store(record)
        outcome.retypings = try await publish(check, record: record)
        acceptedPushes += 1
        logger.notice(
            "rule set pushed",
            metadata: [
                "revision": "\(outcome.revision)", "author": "\(push.author)", "peer": "\(push.peer)",
                "reason": "\(push.reason)",
            ])
        return outcome
    }

    /// Away from the actor, so that whoever asks what is served need not wait for a large rule set.
    nonisolated static func check(
        _ files: [RuleFile], after book: AllocationBook?, restores: Bool = false
    ) async -> RuleCheck {
        RuleCheck(files, after: book, restores: restores)
    }

    private static func checkCaller() throws(EngineError) {
        guard Task.isCancelled else { return }
        throw EngineError(.cancelled, "the call ended before the rule set was stored; nothing has changed")
    }

    /// - Returns: The number of the push that a rollback restores; 0 for a push that is none.
    private func restoredPush(_ push: RulePush, _ revision: String) throws(EngineError) -> UInt64 {
        guard push.restores, push.restoredPush == 0 else { return push.restores ? push.restoredPush : 0 }
        return try history.newest { $0.revision == revision }?.number ?? 0
    }

    nonisolated func isKnownExperiment(_ name: String) -> Bool {
        behaviour.withBook { $0.known(.experiment, name) } != nil
    }

    /// Serves the same rules with other weights of some experiments, as a revision of its own.
    ///
    /// - Parameters:
    ///   - weights: By experiment, relative to each other.
    ///   - revision: The one for which they were computed.
    /// - Throws: `EngineError` when another one is served by now, or the disk fails.
    func reweight(
        _ weights: [String: [(arm: String, weight: Double)]], revision: String
    ) async throws(EngineError) {
        await turns.take()
        defer { turns.end() }
        guard let active, active.record.revision == revision else {
            throw EngineError(.conflict, "another rule set has been pushed meanwhile")
        }
        let files = active.record.files
        let check = RuleCheck(files, after: active.book, today: nil, reweighted: weights)
        guard check.isAccepted, let next = check.ruleSet?.revision.digest else {
            throw EngineError("the rule set with the new weights does not pass its own tests")
        }
        guard next != revision else { return }
        let shares = weights.sorted { $0.key < $1.key }.map { name, arms in
            name + ": " + arms.map { "\($0.arm) \(Int(($0.weight * 100).rounded()))%" }.joined(separator: ", ")
        }
        var record = PushedRules(
            revision: next, files: check.files, pushedAt: clock.now(), author: "bespoked",
            reason: "weights by Thompson sampling: " + shares.joined(separator: "; "))
        record.ended = active.record.ended
        try await store(record)
        try await publish(check, record: record)
        logger.notice(
            "weights published", metadata: ["revision": "\(next)", "weights": "\(shares.joined(separator: "; "))"])
    }

    /// - Precondition: The rule set was accepted.
    @discardableResult
    private func publish(_ check: RuleCheck, record: PushedRules) async throws(EngineError) -> [Retyping] {
        guard let ruleSet = check.ruleSet, let table = check.table else {
            preconditionFailure("an accepted rule set has a table")
        }
        let attributes = try await profiles.adopt(ruleSet.attributes, table: table)
        let retypings: [Retyping]
        do {
            retypings = try await profiles.convertFormerValues()
        } catch {
            throw EngineError("stored values cannot be converted to the types of the rule set: \(error)")
        }
        let (map, goals) = try await behaviour.adopt(ruleSet, table)
        let snapshot = Snapshot(
            table: table, ruleSet: ruleSet, visitorAttributes: attributes.visitors,
            accountAttributes: attributes.accounts,
            behaviour: map, goals: goals, revisionHash: Hash.of(record.revision))
        _ = await loops.onEach { $0.snapshot = snapshot }
        active = Active(record: record, ruleSet: ruleSet, book: check.book, snapshot: snapshot)
        await readiness.set(.rules, obstacle: nil)
        do {
            try await profiles.forgetConvertedValues()
        } catch {
            throw EngineError("the rule set is served, but values of former types cannot be forgotten: \(error)")
        }
        return retypings
    }

    private func store(_ record: PushedRules) async throws(EngineError) {
        try await history.store(record, sequence: sequence + 1)
        sequence += 1
    }
}

extension RuleStore.Outcome {
    init(_ check: RuleCheck) {
        self.init(
            accepted: check.isAccepted, revision: check.ruleSet?.revision.digest ?? "", diagnostics: check.diagnostics,
            testFailures: check.testFailures, testCount: check.ruleSet?.tests.count ?? 0, moves: check.moves)
    }
}
