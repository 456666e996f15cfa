internal import Access
internal import Engine
internal import GRPC
internal import GRPCDoor
internal import Ledger
internal import Store
internal import Logging
internal import Model
internal import NIOCore
internal import NIOPosix
internal import Profiles
internal import ServiceLifecycle
internal import Telemetry
internal import UnixSignals

#if canImport(Glibc)
    internal import Glibc
#endif

/// Composition root: opens what survives, wires the services, serves, drains.
package enum Daemon {
    package static let version = "0.1.0"

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - configuration: Checked.
    ///   - reread: Reads the configuration again, for SIGHUP.
    /// - Throws: `DaemonError` when it cannot start.
    package static func run(
        _ configuration: Configuration,
        reread: @escaping @Sendable () throws(ConfigurationError) -> Configuration
    ) async throws(DaemonError) {
        let format = configuration.logFormat
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: format) }
        var logger = Logger(label: "bespoked")
        logger.logLevel = Logger.Level(rawValue: configuration.logLevel) ?? .info
        let manager = try ServiceManager(environment: Configuration.processEnvironment(), processID: getpid())
        let reload = ReloadService(configuration: configuration, reread: reread, manager: manager, logger: logger)
        let serving = ServingService(
            configuration: fitted(configuration, logger), current: reload, manager: manager, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: reload),
                    .init(service: serving, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch let error as DaemonError {
            throw error
        } catch {
            throw DaemonError("\(error)")
        }
    }
}

extension Daemon {
    /// As many connections as there are descriptors for.
    private static func fitted(_ configuration: Configuration, _ logger: Logger) -> Configuration {
        var fitted = configuration
        guard let limit = Descriptors.raiseLimit() else { return fitted }
        fitted.wire.connectionsMax = Descriptors.connections(wanted: configuration.wire.connectionsMax, limit: limit)
        if fitted.wire.connectionsMax < configuration.wire.connectionsMax {
            logger.warning(
                "there are fewer file descriptors than connections_max needs, which is lowered; raise LimitNOFILE",
                metadata: [
                    "descriptors": "\(limit)", "connections_max": "\(fitted.wire.connectionsMax)",
                    "configured": "\(configuration.wire.connectionsMax)",
                ])
        }
        return fitted
    }
}

/// Applies the configuration anew on SIGHUP.
actor ReloadService: Service {
    private var configuration: Configuration
    private let reread: @Sendable () throws(ConfigurationError) -> Configuration
    private let manager: ServiceManager
    private var isServing = false
    private var logger: Logger
    private var reloading: @Sendable () async -> Void = {}

    init(
        configuration: Configuration, reread: @escaping @Sendable () throws(ConfigurationError) -> Configuration,
        manager: ServiceManager, logger: Logger
    ) {
        self.configuration = configuration
        self.reread = reread
        self.manager = manager
        self.logger = logger
    }

    /// As of the last reload.
    var drainMilliseconds: Int { configuration.drainMilliseconds }
    /// As of the last reload.
    var lameDuckMilliseconds: Int { configuration.lameDuckMilliseconds }

    func run() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            reload()
            await reloading()
        }
    }

    /// - Parameter body: Runs on each further SIGHUP.
    func onReload(_ body: @escaping @Sendable () async -> Void) { reloading = body }

    /// All is served: said now, and again after each reload.
    func serves() {
        isServing = true
        manager.ready("serving")
    }

    private func reload() {
        if isServing { manager.reloading() }
        defer { if isServing { manager.ready("serving") } }
        let next: Configuration
        do {
            next = try reread()
        } catch {
            logger.error("configuration not reloaded, the old one holds", metadata: ["error": "\(error)"])
            return
        }
        for name in configuration.needsRestart(toBecome: next) {
            logger.warning("this setting changes with a restart only", metadata: ["setting": "\(name)"])
        }
        configuration.drainMilliseconds = next.drainMilliseconds
        configuration.lameDuckMilliseconds = next.lameDuckMilliseconds
        configuration.logLevel = next.logLevel
        logger.logLevel = Logger.Level(rawValue: next.logLevel) ?? .info
        logger.notice("configuration reloaded", metadata: ["log_level": "\(next.logLevel)"])
    }
}

extension ReloadService: CustomStringConvertible {
    /// For `log_level: debug`, where a service stands with all its parts else.
    nonisolated var description: String { "reloading" }
}

extension ServingService: CustomStringConvertible {
    /// As that of `ReloadService`.
    var description: String { "serving" }
}

/// Everything that serves, from opening the journal to the end of the drain.
struct ServingService: Service {
    let configuration: Configuration
    let current: ReloadService
    let manager: ServiceManager
    let logger: Logger

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: configuration.threads == 0 ? System.coreCount : configuration.threads)
        do {
            try await serve(on: group)
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private static func load(_ tokens: TokenStore, _ behaviour: BehaviourStore, _ links: LinkStore) async throws {
        try await tokens.load()
        try behaviour.load()
        try await links.load()
    }

    private func serve(on group: MultiThreadedEventLoopGroup) async throws {
        let (startedAt, readiness) = (Clock.system.now(), Readiness())
        let states = try await makeLoops(on: group)
        let loops = states.registry
        let journal = JournalWatch(readiness: readiness, logger: logger)
        let (store, ledger) = try openJournal(journal)
        await journal.began(ledger)
        let clock = try ClockWatch(ledger: ledger, holdHours: configuration.clockHoldHours, logger: logger)
        let (aliases, forms) = (AliasTable(), StoredForms.messages)
        let profiles = ProfileStore(
            ledger: ledger, aliases: aliases, loops: loops,
            lifetimes: (
                ProfileLifetime(days: configuration.visitorTTLDays), ProfileLifetime(days: configuration.accountTTLDays)
            ), clock: .system, logger: logger)
        let outbox = Outbox(
            ledger: ledger, form: forms.events,
            bytesMax: configuration.sink == nil ? nil : configuration.sinkSpoolBytesMax)
        let behaviour = BehaviourStore(
            ledger: ledger, aliases: aliases, outbox: outbox, loops: loops, clock: .system,
            requestsReopen: configuration.requestConsentReopens, logger: logger)
        let links = LinkStore(ledger: ledger, loops: loops, logger: logger)
        let tokens = TokenStore(ledger: ledger, form: forms.tokens)
        let access = makeAccess(tokens)
        let decisions = DecisionGathering(loops: loops, outbox: outbox, logger: logger)
        let rules = RuleStore(
            ledger: ledger, form: forms.rules, profiles: profiles, behaviour: behaviour,
            counts: ExperimentCounts(behaviour: behaviour, profiles: profiles, lanes: System.coreCount), loops: loops,
            readiness: readiness, retentionSeconds: Int64(configuration.eventRetentionDays) * 86_400, clock: .system,
            logger: logger)
        let backups = BackupKeeper(
            ledger: ledger, store: store, forms: forms, dataDirectory: configuration.dataDirectory, clock: .system,
            logger: logger)
        let (memory, pools) = (MemoryGuard.ofProcess(configured: configuration.memoryBytesMax), WorkPools())
        let report = StatusReport(
            rules: rules, profiles: profiles, backups: backups, outbox: outbox, loops: loops, readiness: readiness,
            registry: ServerRegistry(), startedAt: startedAt, access: access,
            online: OnlineCheck(
                configuration: configuration, ledger: ledger, outbox: outbox, memory: memory, clock: clock))
        let services = Services(
            configuration: configuration, pools: pools, states: states, loops: loops, ledger: ledger, rules: rules,
            profiles: profiles, behaviour: behaviour, links: links, backups: backups, decisions: decisions,
            handovers: HandoverLog(ledger: ledger, logger: logger), readiness: readiness, report: report,
            tokens: tokens, access: access, manager: manager, memory: memory)
        let sink = try makeSink(outbox, group: group)
        // Nobody is answered before what is stored serves: what is written sooner would be lost, or overwrite it.
        let servers = try services.makeServers(group: group)
        let operations = try await services.prepare(servers, group: group)
        try await Self.load(tokens, behaviour, links)
        try await load(profiles, readiness: readiness)
        try store.allowCompaction()
        try await rules.start(folder: configuration.rules)
        let listening = try await listen(services, servers, operations: operations)
        await current.serves()
        let tasks =
            keepUp(behaviour, profiles, rules, tokens, servers.tls, pools, clock) + [
                watch(report, memory, clock), Task { await journal.run() },
            ]
        let delivering = Task { if let sink { await sink.run() } }
        let gathering = Task { if configuration.sinkGetsDecisions { await decisions.run() } }
        try await gracefulShutdown()
        await drain(servers.all, readiness: readiness)
        await Self.end(tasks + [delivering, gathering, listening])
        await decisions.gather()
        await profiles.close()
        await ledger.close()
        await pools.shutDown()
        Addresses.remove(in: configuration.dataDirectory)
        logger.notice("stopped")
    }

    private func openJournal(_ watch: JournalWatch) throws(EngineError) -> (store: DiskStore, ledger: Ledger) {
        try Storage.openJournal(
            in: configuration.dataDirectory, durability: configuration.journalSync.durability, onChange: watch.changed)
    }

    /// - Returns: What goes on listening where it cannot yet.
    private func listen(
        _ services: Services, _ servers: Services.Servers, operations: String
    ) async throws(DaemonError) -> Task<Void, Never> {
        let (addresses, problem) = try await services.listen(servers, operations: operations)
        try tell(addresses, services.ledger)
        guard let problem else { return Task {} }
        logger.critical("\(problem); it is tried again every second")
        return Task { await listenLater(services, servers, addresses) }
    }

    private func listenLater(_ services: Services, _ servers: Services.Servers, _ addresses: Addresses) async {
        guard await services.listenLater(servers) else { return }
        var addresses = addresses
        addresses.admin = "unix:\(configuration.adminSocketPath)"
        logger.notice("listening", metadata: addresses.metadata)
        do { try addresses.write(in: configuration.dataDirectory) } catch { logger.error("\(error)") }
    }

    /// Tells log and scripts where the daemon can be reached.
    private func tell(_ addresses: Addresses, _ ledger: Ledger) throws(DaemonError) {
        logger.notice("listening", metadata: addresses.metadata)
        for warning in configuration.warnings { logger.warning("\(warning)") }
        do {
            try addresses.write(in: configuration.dataDirectory)
        } catch {
            // Decisions go on without: only scripts look for it.
            guard ledger.failure != nil else { throw error }
            logger.error("\(error)")
        }
    }

    private func makeAccess(_ tokens: TokenStore) -> AccessControl {
        AccessControl(
            tokens: tokens.book, certificateRoles: configuration.certificateRoles, clock: Clock.system.seconds,
            report: { [logger] line in Self.tell(line, logger) })
    }

    /// What is done now and then while the daemon serves.
    private func keepUp(
        _ behaviour: BehaviourStore, _ profiles: ProfileStore, _ rules: RuleStore, _ tokens: TokenStore, _ tls: TLS?,
        _ pools: WorkPools, _ clock: ClockWatch
    ) -> [Task<Void, Never>] {
        let sweeping = Task(executorPreference: pools.administration) { await sweep(behaviour, profiles, clock) }
        let certificates = tls.map { CertificateWatch($0, logger: logger) }
        let watching = Task {
            guard let certificates else { return }
            await current.onReload { await certificates.reload() }
            await certificates.run()
        }
        let noting = Task { await noteUses(tokens) }
        let bandits = BanditService(
            rules: rules, experiments: rules.counts, logger: logger)
        let reweighting = Task(executorPreference: pools.administration) { await bandits.run() }
        return [sweeping, watching, noting, reweighting]
    }

    private func makeLoops(on group: MultiThreadedEventLoopGroup) async throws -> EventLoopStates {
        let methods = Services.methods
        let tapsDecisions = configuration.sinkGetsDecisions
        return try await EventLoopStates.make(on: group) {
            LoopState(latency: LatencyRecorder(methods: methods), tap: tapsDecisions ? DecisionTap() : nil)
        }
    }

    private func watch(_ report: StatusReport, _ memory: MemoryGuard, _ clock: ClockWatch) -> Task<Void, Never> {
        let watchman = Watchman(
            report: report, memory: memory, clock: clock, manager: manager,
            connectionsMax: configuration.wire.connectionsMax,
            logger: logger)
        return Task { await watchman.run() }
    }

    private static func end(_ tasks: [Task<Void, Never>]) async {
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// A refusal that is worth a line. What the peer sent is never in it.
    private static func tell(_ line: RefusalLog.Line, _ logger: Logger) {
        logger.warning(
            "refused",
            metadata: [
                "method": "\(line.method)", "reason": "\(line.reason)", "role": "\(line.role)", "peer": "\(line.peer)",
                "caller": "\(line.name)", "count": "\(line.count)",
            ])
    }

    /// Writes down every minute, and at the end, when tokens were last used.
    private func noteUses(_ tokens: TokenStore) async {
        while true {
            // Ends early only when the daemon does; what was used until then is written, too.
            try? await Task.sleep(for: .seconds(60))
            do {
                try await tokens.saveUses()
            } catch {
                logger.error("the last uses of tokens cannot be written", metadata: ["reason": "\(error)"])
            }
            if Task.isCancelled { return }
        }
    }

    /// Forgets events that are older than what is retained and profiles that have expired: at the start, then every hour.
    ///
    /// Not by a clock that has jumped: what is deleted is gone for good.
    private func sweep(_ behaviour: BehaviourStore, _ profiles: ProfileStore, _ clock: ClockWatch) async {
        while !Task.isCancelled {
            if clock.mayForget() {
                await clock.note()
                await sweepOnce(behaviour, profiles)
            }
            // Ends early only when the daemon does.
            try? await Task.sleep(for: .seconds(3_600))
        }
    }

    private func sweepOnce(_ behaviour: BehaviourStore, _ profiles: ProfileStore) async {
        let retention = Int64(configuration.eventRetentionDays) * 86_400_000_000
        do {
            let old = try await behaviour.sweep(
                before: Timestamp(microseconds: Clock.system.now().microseconds - retention))
            if old.events > 0 { logger.info("old events forgotten", metadata: ["events": "\(old.events)"]) }
            if old.units > 0 { logger.info("old arms forgotten", metadata: ["units": "\(old.units)"]) }
            let merges = try await behaviour.sweepMerges(
                before: Timestamp(microseconds: Clock.system.now().microseconds - PersonChange.undoMicroseconds))
            if merges > 0 { logger.info("merges are final now", metadata: ["merges": "\(merges)"]) }
            let expired = try await profiles.sweep(at: Clock.system.now())
            if expired > 0 { logger.info("expired profiles forgotten", metadata: ["profiles": "\(expired)"]) }
        } catch is CancellationError {
            return
        } catch {
            // The next turn tries again: what kept this one from it may be gone by then.
            logger.error("what is too old cannot be forgotten", metadata: ["reason": "\(error)"])
        }
    }

    /// Takes in what waits for the sink from before.
    private func makeSink(_ outbox: Outbox, group: any EventLoopGroup) throws -> SinkService? {
        guard let address = configuration.sink else {
            let waiting = outbox.figures.records
            if waiting > 0 {
                logger.warning("records wait for a sink, but none is set", metadata: ["records": "\(waiting)"])
            }
            return nil
        }
        let sink: any Sink =
            switch address {
            case .file(let path): FileSink(path: path)
            case .web(let web):
                try WebSink(
                    web, authorization: configuration.sinkAuthorization,
                    authorityPath: configuration.sinkAuthority, group: group)
            }
        return SinkService(outbox: outbox, start: try outbox.follow(), sink: sink, address: address, logger: logger)
    }

    /// Loads the profiles; readiness says how far it is.
    private func load(_ profiles: ProfileStore, readiness: Readiness) async throws {
        let (progress, report) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let telling = Task { [manager] in
            for await text in progress {
                await readiness.set(.profiles, obstacle: text)
                manager.status(text, isSlow: true)
            }
        }
        defer { report.finish() }
        try await profiles.load(threadCount: System.coreCount) { report.yield($0) }
        report.finish()
        // Whatever was said last is set before it is taken back.
        await telling.value
        await readiness.set(.profiles, obstacle: nil)
    }

    private func drain(_ servers: [GRPCServer], readiness: Readiness) async {
        await readiness.set(.lifecycle, obstacle: "the daemon is shutting down")
        let lameDuck = await current.lameDuckMilliseconds
        if lameDuck > 0 {
            logger.notice("serving on until balancers have noticed", metadata: ["milliseconds": "\(lameDuck)"])
            manager.stopping("lame duck")
            try? await Task.sleep(for: .milliseconds(lameDuck))
        }
        let milliseconds = await current.drainMilliseconds
        logger.notice("draining", metadata: ["withinMilliseconds": "\(milliseconds)"])
        manager.stopping("draining")
        await readiness.endWatching()
        await withTaskGroup(of: Void.self) { tasks in
            for server in servers {
                tasks.addTask { await server.shutDownGracefully(withinMilliseconds: milliseconds) }
            }
        }
    }
}
