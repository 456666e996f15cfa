package import Telemetry
internal import Decisioning
package import Engine
package import GRPC
internal import Messages
internal import Model
internal import Ruleset

/// `bespoke.v1.AdminService`: rule sets and the daemon's own state. Served on the admin socket only.
package struct AdminService: Sendable {
    /// What operators ask of the daemon itself.
    package struct Figures: Sendable {
        let status: @Sendable () async -> DaemonStatus
        let latency: @Sendable () async -> LatencySnapshot
        let findings: @Sendable () async -> [(isProblem: Bool, text: String)]

        /// Gathered when asked for.
        package init(
            status: @escaping @Sendable () async -> DaemonStatus,
            latency: @escaping @Sendable () async -> LatencySnapshot,
            findings: @escaping @Sendable () async -> [(isProblem: Bool, text: String)]
        ) {
            (self.status, self.latency, self.findings) = (status, latency, findings)
        }
    }

    let rules: RuleStore
    let figures: Figures
    let experiments: ExperimentCounts
    let pool: WorkPool

    /// - Parameters:
    ///   - experiments: What units of experiments did.
    ///   - pool: Where rules are checked and experiments counted.
    package init(rules: RuleStore, figures: Figures, experiments: ExperimentCounts, pool: WorkPool) {
        (self.rules, self.figures, self.experiments, self.pool) = (rules, figures, experiments, pool)
    }

    private static let authorBytesMax = 256
    private static let reasonBytesMax = 4_096

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        registerExperiments(in: &router)
        router.stream(Methods.Admin.pushRules, on: pool) { stream in
            let request: PushRulesRequest = try await stream.onlyMessage()
            try await stream.send(push(request, peer: stream.callerText))
        }
        router.answer(Methods.Admin.checkRules, on: pool) { request in try await check(request) }
        router.answer(Methods.Admin.getRules) { request in try await record(request.revision) }
        router.answer(Methods.Admin.listNames) { request in try await names(request) }
        router.stream(Methods.Admin.listRevisions, on: pool) { stream in
            let request: ListRevisionsRequest = try await stream.onlyMessage()
            let limit = request.limit == 0 ? Int.max : Int(request.limit)
            let revisions = try rules.history.revisions(limit: limit)
            try await stream.send(ListRevisionsResponse(revisions: revisions.map(RevisionMessage.init)))
        }
        router.answer(Methods.Admin.getStatus) { request in
            var status = GetStatusResponse(await figures.status())
            guard request.withFindings else { return status }
            status.findings = await figures.findings().map { FindingMessage(problem: $0.isProblem, text: $0.text) }
            return status
        }
        router.answer(Methods.Admin.getStats) { _ in GetStatsResponse(await figures.latency()) }
    }

    private func registerExperiments(in router: inout ServiceRouter) {
        router.stream(Methods.Admin.getExperiment, on: pool) { stream in
            let request: GetExperimentRequest = try await stream.onlyMessage()
            guard let active = await rules.active else {
                throw Status(.notFound, "no rule set is loaded; push one with `bespokectl rules push DIR`")
            }
            let wanted = try counted(request.experiment, active)
            let result = try await experiments.count(ExperimentQuestion(request), wanted, active.ruleSet)
            try await stream.send(GetExperimentResponse(result))
        }
    }

    private func counted(_ name: String, _ active: RuleStore.Active) throws -> CountedExperiment {
        if let experiment = try rules.counted(name, active) { return experiment }
        throw ExperimentError.unknown(
            "experiment", name, known: active.ruleSet.experiments.map(\.name) + active.record.ended.map(\.name))
    }

    private func check(_ request: CheckRulesRequest) async throws -> CheckRulesResponse {
        let files = request.files.map(RuleFile.init)
        var changes = RuleChanges()
        let outcome: RuleStore.Outcome
        if request.isAgainstServed {
            (outcome, changes) = try await rules.checkAgainstServed(files)
        } else {
            outcome = rules.check(files)
        }
        var response = CheckRulesResponse(
            accepted: outcome.accepted, revision: outcome.revision,
            diagnostics: outcome.diagnostics.map { DiagnosticMessage($0) },
            testFailures: outcome.testFailures.map { RuleTestFailureMessage($0) }, tests: UInt32(outcome.testCount))
        response.previousRevision = outcome.previousRevision
        response.moves = outcome.moves.map { ArmMoveMessage(experiment: $0.experiment, share: $0.share) }
        (response.endings, response.orphans) = (changes.endingMessages, changes.orphanMessages)
        response.withoutArms = changes.withoutArms
        return response
    }

    private func names(_ request: ListNamesRequest) async throws(Status) -> ListNamesResponse {
        guard let active = await rules.active else {
            throw Status(.notFound, "no rule set is loaded; push one with `bespokectl rules push DIR`")
        }
        return try RuleNames(active.ruleSet, active.book, ended: active.record.ended, now: rules.clock.now())
            .answer(request)
    }

    private func record(_ revision: String) async throws -> GetRulesResponse {
        guard let active = await rules.active else {
            throw Status(.notFound, "no rule set is loaded; push one with `bespokectl rules push DIR`")
        }
        if revision.isEmpty || revision == active.record.revision { return GetRulesResponse(active.record) }
        if let record = try rules.history.record(of: revision) { return GetRulesResponse(record) }
        throw Status(
            .notFound, "revision: there is none \(revision); `bespokectl rules history` lists those that are kept")
    }

    private func push(_ request: PushRulesRequest, peer: String) async throws -> PushRulesResponse {
        guard request.author.utf8.count <= Self.authorBytesMax else {
            throw Status(.invalidArgument, "author: is longer than \(Self.authorBytesMax) bytes")
        }
        guard request.reason.utf8.count <= Self.reasonBytesMax else {
            throw Status(.invalidArgument, "reason: is longer than \(Self.reasonBytesMax) bytes")
        }
        guard request.reverts.utf8.count <= Self.authorBytesMax else {
            throw Status(.invalidArgument, "reverts: is longer than \(Self.authorBytesMax) bytes")
        }
        var push = RulePush(files: request.files.map(RuleFile.init), author: request.author, reason: request.reason)
        (push.expectedRevision, push.restores) = (request.expectedRevision, request.restores)
        (push.restoredPush, push.reverts, push.peer) = (request.restoredPush, request.reverts, peer)
        let outcome = try await rules.push(push)
        var response = PushRulesResponse(
            accepted: outcome.accepted, revision: outcome.revision, previousRevision: outcome.previousRevision,
            diagnostics: outcome.diagnostics.map { DiagnosticMessage($0) },
            testFailures: outcome.testFailures.map { RuleTestFailureMessage($0) }, tests: UInt32(outcome.testCount),
            moves: outcome.moves.map { ArmMoveMessage(experiment: $0.experiment, share: $0.share) },
            retypings: outcome.retypings.map { RetypingMessage($0) })
        response.allocations = outcome.allocations
        (response.endings, response.orphans) = (outcome.changes.endingMessages, outcome.changes.orphanMessages)
        response.withoutArms = outcome.changes.withoutArms
        return response
    }
}

extension RuleChanges {
    var endingMessages: [EndingMessage] {
        endings.map { EndingMessage(experiment: $0.experiment, arm: $0.arm, units: $0.units) }
    }

    var orphanMessages: [OrphanMessage] {
        orphans.map { OrphanMessage(attribute: $0.attribute, profiles: $0.profiles, renamed: $0.renamed) }
    }
}

extension RetypingMessage {
    init(_ retyping: Retyping) {
        self.init(
            attribute: "\(retyping.entity.name).\(retyping.name)", from: retyping.from.name, to: retyping.to.name,
            converted: UInt64(retyping.converted), left: UInt64(retyping.leftCount),
            leftValues: retyping.left.map { LeftValueMessage(id: $0.id, value: $0.value.plainText) })
        if let renamed = retyping.renamed { self.renamed = "\(retyping.entity.name).\(renamed)" }
    }
}

extension RuleFile {
    init(_ message: RuleFileMessage) {
        self.init(path: message.path, content: message.content)
    }
}

extension DiagnosticMessage {
    init(_ diagnostic: Diagnostic) {
        self.init(
            severity: diagnostic.severity == .error ? .error : .warning, code: diagnostic.code,
            file: diagnostic.position.file, line: UInt32(clamping: diagnostic.position.line),
            column: UInt32(clamping: diagnostic.position.column), message: diagnostic.message,
            suggestion: diagnostic.suggestion ?? "")
    }
}

extension RuleTestFailureMessage {
    init(_ failure: RuleTestFailure) {
        self.init(
            test: failure.test, path: failure.path, expected: failure.expected, actual: failure.actual,
            file: failure.position.file, line: UInt32(clamping: failure.position.line),
            column: UInt32(clamping: failure.position.column))
    }
}
