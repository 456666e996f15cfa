internal import Decisioning
internal import Engine
internal import GRPCDoor
internal import Ledger
internal import Logging
internal import Model
internal import Profiles
internal import Ruleset
internal import Store
internal import Synchronization
internal import Testing
internal import TestSupport

/// Profiles and behaviour over a disk that refuses when it is told to.
struct World {
    static let yaml = """
        attributes:
          visitor: {title: {type: string}}
        events: {visit: {points: 1}}
        placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
        experiments:
          button: {unit: visitor, metrics: [visit], arms: {red: {weight: 1}, blue: {weight: 1}}}
        """

    let store: MemoryStore
    let gate: Gate
    let ledger: Ledger
    let profiles: ProfileStore
    let behaviour: BehaviourStore
    let outbox: Outbox
    let clock: TestClock
    /// Before which whoever reads the disk stands.
    let reading: Gate

    /// As a start does it.
    init(
        over former: World? = nil, pendingBytesMax: Int? = nil, lifetime: ProfileLifetime = .unlimited
    ) async throws {
        let gate = former?.gate ?? Gate(isOpen: true)
        let reading = former?.reading ?? Gate(isOpen: true)
        self.reading = reading
        let store = former?.store ?? MemoryStore(willWrite: gate.pass, willRead: reading.pass)
        store.failure = nil
        gate.open()
        var options = LedgerOptions()
        // The ledger of a world that is over must not mend the disk of the next one.
        options.recoveryMilliseconds = 3_600_000
        if let pendingBytesMax { options.pendingBytesMax = pendingBytesMax }
        let ledger = try Ledger(store, options: options)
        let (aliases, loops) = (AliasTable(), LoopRegistry([{ $0(nil) }]))
        let clock = former?.clock ?? TestClock()
        self.clock = clock
        let time = Clock { clock.now() }
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        outbox = Outbox(ledger: ledger, form: StoredForms.messages.events, bytesMax: 1 << 20)
        _ = try outbox.follow()
        profiles = ProfileStore(
            ledger: ledger, aliases: aliases, loops: loops, lifetimes: (lifetime, lifetime),
            clock: time, logger: logger)
        behaviour = BehaviourStore(
            ledger: ledger, aliases: aliases, outbox: outbox, loops: loops, clock: time, logger: logger)
        (self.store, self.gate, self.ledger) = (store, gate, ledger)
        try behaviour.load()
        try await profiles.load { _ in }
        try await adopt(Self.yaml)
    }

    func adopt(_ yaml: String) async throws {
        let result = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(yaml.utf8))])
        let ruleSet = try #require(result.ruleSet, "\(result.diagnostics)")
        let table = DecisionTable(ruleSet)
        _ = try await profiles.adopt(ruleSet.attributes, table: table)
        _ = try await behaviour.adopt(ruleSet, table)
    }

    func put(_ id: String, _ title: String) async throws {
        _ = try await profiles.put(
            ProfileStore.Write(
                entity: .visitor, id: id, values: [(name: "title", value: .string(title), observedAt: nil)]))
    }

    func title(_ id: String) -> String? {
        guard let record = profiles.get(.visitor, id: id) else { return nil }
        guard case .string(let title)? = record.values.first?.value else { return "" }
        return title
    }

    /// As an event loop does it: what has to be read from disk comes back, and nothing has changed.
    func expose(
        _ id: String, decision: String, at time: Timestamp = Timestamp(microseconds: 1_000_000),
        knowing known: AwaitedReads? = nil, done: @escaping @Sendable (BehaviourError?) -> Void = { _ in }
    ) throws -> AwaitedReads? {
        let shown = { () throws(DecideError) in
            [
                Exposure(
                    visitorID: id, decisionID: decision, time: time, experiment: "button", arm: "red",
                    propensity: 0.5)
            ]
        }
        return try behaviour.exposureLog.keep(known, shown, done)
    }

    /// The same for whoever may wait for the disk.
    func show(
        _ id: String, decision: String, at time: Timestamp = Timestamp(microseconds: 1_000_000),
        done: @escaping @Sendable (BehaviourError?) -> Void
    ) throws {
        var known = try expose(id, decision: decision, at: time, done: done)
        while let reads = known {
            try reads.fetch()
            known = try expose(id, decision: decision, at: time, knowing: reads, done: done)
        }
    }

    var nameCount: Int { behaviour.withBook { $0.count } }

    /// Runs what is to be refused: it waits before the disk, `meanwhile` looks, and the disk fails.
    func refusing(_ body: @escaping @Sendable () async throws -> Void, meanwhile: () throws -> Void = {}) async throws {
        gate.close()
        let refused = Task { try await body() }
        // Nothing blocks a thread that the task may need.
        #expect(await eventually { gate.isOccupied })
        try meanwhile()
        store.failure = "no space"
        gate.open()
        await #expect(throws: (any Error).self) { try await refused.value }
    }
}
