internal import Access
internal import Engine
internal import GRPC
internal import GRPCDoor
internal import Ledger
internal import Messages
internal import Model
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Telemetry

#if canImport(Glibc)
    internal import Glibc
#endif

/// Threads for what works for long, apart from those that answer at once.
struct WorkPools: Sendable {
    /// Explanations: anybody may ask for one, and each takes milliseconds and more.
    let explanations = WorkPool(threadCount: max(1, System.coreCount / 2), callsMax: 64)
    /// Pushes, imports, exports, results, backups, sweeps.
    let administration = WorkPool(threadCount: max(2, System.coreCount), callsMax: 64)

    /// The disk, where a decision that is recorded has to look there: short, and each call's client waits for it.
    let reads = WorkPool(threadCount: max(1, System.coreCount / 2), callsMax: 1_024)

    func shutDown() async {
        await reads.shutDown()
        await explanations.shutDown()
        await administration.shutDown()
    }
}

/// Which service answers on which port.
struct Services: Sendable {
    let configuration: Configuration
    let pools: WorkPools
    let states: EventLoopStates
    let loops: LoopRegistry
    let ledger: Ledger
    let rules: RuleStore
    let profiles: ProfileStore
    let behaviour: BehaviourStore
    let links: LinkStore
    let backups: BackupKeeper
    let decisions: DecisionGathering
    let handovers: HandoverLog
    let readiness: Readiness
    let report: StatusReport
    let tokens: TokenStore
    let access: AccessControl
    let manager: ServiceManager
    let memory: MemoryGuard

    private static let always = [Methods.Decision.service, Methods.Health.service, Methods.ServerReflection.service]
    private static let profile = Methods.Profile.service
    private static let event = Methods.Event.service
    private static let admin = Methods.Admin.service

    /// Methods that add to what is held in memory.
    private static let fillMemory = [
        "/PushRules", "/PutProfile", "/ImportProfiles", "/PutAccountLinks", "/Record", "/RecordStream",
        "/RestoreProfile",
    ]

    /// Every method that is served, for figures; the last stands for all that are unknown.
    static let methods = Methods.paths + [ReflectionService.formerPath, "unknown"]

    /// The server of the data port and that of the admin socket.
    struct Servers {
        let data: GRPCServer
        let admin: GRPCServer
        /// AdminService over TCP.
        let remoteAdmin: GRPCServer?
        /// nil where nothing is encrypted.
        let tls: TLS?

        var all: [GRPCServer] { [data, admin] + (remoteAdmin.map { [$0] } ?? []) }
    }

    func makeServers(group: MultiThreadedEventLoopGroup) throws(DaemonError) -> Servers {
        let tls = try tls()
        let dataPort: AccessGate.Port = configuration.dataAccess == .open ? .open : .data
        let data = GRPCServer(group: group, limits: limits(configuration.requestBytesMax), tls: tls) { loop in
            router(
                on: loop, port: dataPort,
                names: Self.always + (configuration.servesProfilesOnDataPort ? [Self.profile, Self.event] : []))
        }
        let adminBytesMax = max(configuration.pushBytesMax, configuration.requestBytesMax)
        var adminLimits = limits(adminBytesMax)
        // Whoever mends what is wrong gets through.
        adminLimits.shedsLoad = false
        let adminNames = Self.always + [Self.profile, Self.event, Self.admin]
        let admin = GRPCServer(group: group, limits: adminLimits, tls: nil) { loop in
            router(on: loop, port: .socket, names: adminNames)
        }
        var remoteAdmin: GRPCServer?
        if configuration.adminListen != nil {
            remoteAdmin = GRPCServer(group: group, limits: adminLimits, tls: tls) { loop in
                router(on: loop, port: .closed, names: adminNames)
            }
        }
        let servers = Servers(data: data, admin: admin, remoteAdmin: remoteAdmin, tls: tls)
        report.registry.servers.withLock { $0 = servers.all }
        return servers
    }

    /// Answers on the operations port, which says how far the start is, and takes the data port's address, so that one in use is found
    /// before anything is loaded.
    ///
    /// - Returns: The operations port as bound.
    /// - Throws: `DaemonError` naming the address that cannot be had.
    func prepare(_ servers: Servers, group: MultiThreadedEventLoopGroup) async throws(DaemonError) -> String {
        let pages = pages()
        let operations = try await Self.bound("operations", configuration.operations) {
            try await OperationsServer.bind(
                configuration.operations, inherited: manager.take("operations"), group: group, pages: pages
            ).localAddress
        }
        _ = try await Self.bound("listen", configuration.listen) {
            if let inherited = manager.take("data") {
                try servers.data.adopt(descriptor: inherited)
            } else {
                try servers.data.reserve(
                    host: configuration.listen.host, port: configuration.listen.port,
                    sharesPort: configuration.sharesPort)
            }
            return nil
        }
        if let endpoint = configuration.adminListen, let server = servers.remoteAdmin {
            _ = try await Self.bound("admin_listen", endpoint) {
                try server.reserve(host: endpoint.host, port: endpoint.port)
                return nil
            }
        }
        return operations
    }

    /// Answers on the data port and the admin socket. Called once everything that is stored is loaded and served: nobody can ask for,
    /// or change, what is not there yet.
    ///
    /// - Throws: `DaemonError` naming the address that cannot be had.
    /// - Returns: Where it is reached, and what keeps the admin socket from being made while its disk takes no writes.
    func listen(_ servers: Servers, operations: String) async throws(DaemonError) -> (Addresses, problem: String?) {
        let data = try await Self.bound("listen", configuration.listen) { try await servers.data.listen().first }
        var remote: String?
        if let endpoint = configuration.adminListen, let server = servers.remoteAdmin {
            remote = try await Self.bound("admin_listen", endpoint) { try await server.listen().first }
        }
        let path = configuration.adminSocketPath
        do {
            if let inherited = manager.take("admin") {
                try servers.admin.adopt(descriptor: inherited)
                _ = try await servers.admin.listen()
            } else {
                try await servers.admin.bind(unixPath: path, mode: 0o600)
            }
        } catch {
            let problem = Self.unbound("admin_socket", path, error)
            // Decisions go on without.
            guard Self.isOfDisk(error), ledger.failure != nil else { throw DaemonError(problem) }
            return (Addresses(data: data, operations: operations, admin: "", remoteAdmin: remote), problem)
        }
        return (Addresses(data: data, operations: operations, admin: "unix:\(path)", remoteAdmin: remote), nil)
    }

    /// Makes the admin socket as soon as its disk takes writes.
    ///
    /// - Returns: Whether it is there; not when the task was cancelled.
    func listenLater(_ servers: Servers) async -> Bool {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            if (try? await servers.admin.bind(unixPath: configuration.adminSocketPath, mode: 0o600)) != nil {
                return true
            }
        }
        return false
    }

    private static func isOfDisk(_ error: any Error) -> Bool {
        guard let code = (error as? IOError)?.errnoCode else { return false }
        return [EROFS, ENOSPC, EDQUOT, EIO].contains(code)
    }

    private static func bound(
        _ setting: String, _ endpoint: Configuration.Endpoint, _ bind: () async throws -> SocketAddress?
    ) async throws(DaemonError) -> String {
        do {
            let address = try await bind()
            guard let ip = address?.ipAddress, let port = address?.port else { return endpoint.description }
            return Configuration.Endpoint(host: ip, port: port).description
        } catch {
            throw DaemonError(unbound(setting, endpoint.description, error))
        }
    }

    /// What kept an address from being taken, and what helps.
    private static func unbound(_ setting: String, _ address: String, _ error: any Error) -> String {
        let help =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE:
                "; another process has it (`ss -ltnp` shows which): end that, or set `\(setting)` to another address"
            case EACCES where setting != "admin_socket":
                "; ports below 1024 are for root: set `\(setting)` to a higher one, or give the program CAP_NET_BIND_SERVICE"
            case EADDRNOTAVAIL: "; this machine has no such address: `ip address` shows those that it has"
            case ENOENT, EACCES: "; make its folder, and let the daemon's user write there, or set `\(setting)`"
            default: ""
            }
        return "\(setting) \(address) cannot be had: \(PlainWords.of(error))\(help)"
    }

    private func limits(_ bytesMax: Int) -> ServerLimits {
        var limits = configuration.wire
        limits.receivedMessageBytesMax = bytesMax
        return limits
    }

    private func tls() throws(DaemonError) -> TLS? {
        guard let certificate = configuration.tlsCertificate, let key = configuration.tlsKey else { return nil }
        do {
            return try TLS(
                certificateChainPath: certificate, privateKeyPath: key,
                clientAuthorityPath: configuration.tlsClientAuthority)
        } catch {
            throw DaemonError("\(error.setting) \(error)")
        }
    }

    /// - Precondition: Called on `loop`.
    private func router(on loop: any EventLoop, port: AccessGate.Port, names: [String]) -> ServiceRouter {
        let state = states.state(on: loop)
        var router = ServiceRouter()
        let known = behaviour.known(profiles.reader)
        let previews = names.contains(Self.admin) ? PreviewAccess.open : configuration.previewAccess
        DecisionService(
            engine: LoopEngine(state: state, known: known, previews: previews),
            DecisionService.Surroundings(
                explainer: DecisionExplainer(loops: loops, known: known, previews: previews),
                explanations: pools.explanations, exposures: behaviour.exposureLog,
                reads: pools.reads, requestMemoryBytesMax: configuration.requestMemoryBytesMax, clock: Clock.system.now)
        ).register(in: &router)
        HealthService(readiness: readiness, services: Set(names + [""])).register(in: &router)
        ReflectionService(services: names).register(in: &router)
        if names.contains(Self.profile) {
            ProfileService(
                profiles: profiles, behaviour: behaviour,
                erasure: Erasure(
                    profiles: profiles, behaviour: behaviour, decisions: decisions, links: links, backups: backups,
                    ledger: ledger),
                handovers: handovers, pool: pools.administration
            ).register(in: &router)
            LinkService(links: links, behaviour: behaviour, pool: pools.administration).register(in: &router)
            PersonService(profiles: profiles, behaviour: behaviour).register(in: &router)
        }
        if names.contains(Self.event) {
            EventService(
                recording: Recording(
                    behaviour: behaviour, profiles: profiles,
                    retentionSeconds: Int64(configuration.eventRetentionDays) * 86_400),
                behaviour: behaviour, profiles: profiles, handovers: handovers, pool: pools.administration
            ).register(in: &router)
        }
        if names.contains(Self.admin) {
            AdminService(
                rules: rules,
                figures: AdminService.Figures(
                    status: report.status, latency: report.latency, findings: report.findings),
                experiments: rules.counts, pool: pools.administration
            ).register(in: &router)
            TokenService(tokens: tokens, clock: .system).register(in: &router)
            PrivacyService(
                PrivacyService.Sources(
                    rules: rules, profiles: profiles, behaviour: behaviour, backups: backups, handovers: handovers),
                terms: configuration.privacyTerms, pool: pools.administration
            ).register(in: &router)
            BackupService(backups: backups, profiles: profiles, behaviour: behaviour, pool: pools.administration)
                .register(in: &router)
        }
        let paths = router.paths
        let rights = paths.map { MethodRights.of($0) }
        router.makeGate = { [access] peer in
            AccessGate.make(access, port: port, paths: paths, rights: rights, peer: peer)
        }
        router.guardMethods({ path in Self.fillMemory.contains { path.hasSuffix($0) } }, by: memory.refusal)
        let indices = router.paths.map { Self.methods.firstIndex(of: $0) ?? Self.methods.count - 1 }
        router.onCallEnd = { method, status, nanoseconds in
            let index = method < 0 ? Self.methods.count - 1 : indices[method]
            state.latency.record(method: index, microseconds: nanoseconds / 1_000, status: status.rawValue)
        }
        return router
    }

    private func pages() -> OperationsPages {
        let metrics = SharedPage { [report] in
            .init(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: await report.metrics())
        }
        return OperationsPages([
            "/healthz": { .init(status: 200, body: "ok\n") },
            "/readyz": { [readiness] in
                let reason = await readiness.reason
                return reason.isEmpty ? .init(status: 200, body: "ready\n") : .init(status: 503, body: reason + "\n")
            },
            "/metrics": { await metrics.page() },
        ])
    }
}
