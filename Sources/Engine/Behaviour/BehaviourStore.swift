package import Decisioning
package import Ledger
internal import Store
package import Logging
package import Model
package import Profiles
package import Ruleset
internal import Synchronization

/// What visitors and accounts did, were shown and agreed to: in memory for the next decision, in the journal before anything is
/// acknowledged.
///
/// Decisions read `visitors` and `accounts` without waiting. Writers take a lock among themselves, in which they also get in line for
/// the journal, so that disk and memory see changes in the same order.
package final class BehaviourStore: Sendable {
    static let nameKey = MetaKey.name
    /// Single events that a sweep forgets in one write.
    private static let sweptAtOnce = 10_000
    /// Visitors or accounts whose arms one write forgets.
    private static let unitsPerSweep = 100

    let visitors = RecordTable()
    let accounts = RecordTable()
    /// Who has several ids. Written inside the lock.
    package let aliases: AliasTable
    /// What the erased had denied.
    let objections = Objections()
    /// Changes of who is who, and erasures, take turns.
    let peopleTurns = Turns()
    let ledger: Ledger
    let outbox: Outbox
    let requestsReopen: Bool
    let reclaiming: Reclaiming
    private let logger: Logger
    /// By which what comes without a time is dated.
    package let clock: Clock
    let state: Mutex<State>

    struct State {
        var book = NameBook()
        var rules: BehaviourRules?
        var goals = GoalBook()
        /// Keys of entries recorded while goals are counted anew.
        var newKeys: Set<[UInt8]>?
        /// What an erasure is reading.
        var reading: ErasureReading?
        /// Until then nothing is written: it would overwrite what the journal holds.
        var isLoaded = false
    }

    /// Nothing is kept before it is loaded.
    ///
    /// - Parameter requestsReopen: Whether a request may open what the person's stored choice denies.
    package init(
        ledger: Ledger, aliases: AliasTable, outbox: Outbox, loops: LoopRegistry, clock: Clock,
        requestsReopen: Bool = false, logger: Logger
    ) {
        self.requestsReopen = requestsReopen
        self.ledger = ledger
        self.aliases = aliases
        self.outbox = outbox
        reclaiming = Reclaiming([visitors, accounts, objections.records] + aliases.tables, on: loops)
        (self.clock, self.logger) = (clock, logger)
        state = Mutex(State())
    }

    // MARK: Start and rules

    /// Takes in what the journal holds.
    package func load() throws(EngineError) {
        do {
            var book = NameBook()
            var isWhole = true
            try ledger.scan(.meta, from: Self.nameKey) { key, value in
                guard key.starts(with: Self.nameKey) else { return false }
                let number = key.dropFirst(Self.nameKey.count).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                isWhole = isWhole && book.load(number: number, entry: Array(value))
                return isWhole
            }
            guard isWhole else { throw EngineError("a name is missing among them") }
            var goals = GoalBook()
            try ledger.scan(.meta, from: GoalCounter.keyPrefix) { key, value in
                guard key.starts(with: GoalCounter.keyPrefix) else { return false }
                goals.load(key: Array(key), value: Array(value))
                return true
            }
            state.withLock { ($0.book, $0.goals) = (book, goals) }
            try loadAliases()
            try objections.load(ledger)
            for (family, table) in [(StoreFamily.visitorBehaviour, visitors), (.accountBehaviour, accounts)] {
                var isValid = true
                try ledger.scan(family) { key, value in
                    isValid = BehaviourView(value) != nil && (1...ProfileLimits.idBytesMax).contains(key.count)
                    if isValid { table.put(key.bindMemory(to: UInt8.self), value) }
                    return isValid
                }
                guard isValid else { throw EngineError("a record is damaged, or of a newer version") }
            }
        } catch {
            throw EngineError("the stored behaviour cannot be loaded: \(error)")
        }
        state.withLock { $0.isLoaded = true }
        logger.info("behaviour loaded", metadata: ["visitors": "\(visitors.count)", "accounts": "\(accounts.count)"])
    }

    /// Takes over what a rule set declares.
    ///
    /// - Returns: Where the names of what is stored stand in the table, and what its goals have delivered.
    package func adopt(
        _ ruleSet: RuleSet, _ table: DecisionTable
    ) async throws(EngineError) -> (map: BehaviourMap, goals: [GoalCounter]) {
        var adopted: (map: BehaviourMap, goals: GoalBook)?
        let outcome: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            adopted = state.withLock { state in
                let former = Former(state)
                var changes = Changes(for: ledger)
                let rules = BehaviourRules(ruleSet, table, &state.book, requestsReopen: requestsReopen)
                putNames(&state, into: &changes)
                state.rules = rules
                let goals = GoalBook.adopting(ruleSet, rules, after: state.goals, now: clock.now())
                // One that is no longer counted would be wrong when it comes back.
                let kept = Set(goals.counters.map(\.key))
                for counter in state.goals.counters where !kept.contains(counter.key) {
                    changes.append(.goal(key: counter.key, delivered: nil))
                }
                state.goals = goals
                if !goals.counters.allSatisfy(\.isWhole) { state.newKeys = [] }
                do throws(StoreError) {
                    // Behind whatever was recorded before, so that a recount finds it.
                    try ledger.submit(
                        changes, takeBack: { self.state.withLock { former.putBack(in: &$0) } },
                        done: { continuation.resume(returning: $0) })
                } catch let error where changes.isEmpty && error.isStandstill {
                    // The rules that are stored serve, whatever the disk does: nothing is in line before them, and nothing is written.
                    continuation.resume(returning: .success(()))
                } catch {
                    former.putBack(in: &state)
                    continuation.resume(returning: .failure(error))
                }
                return (BehaviourMap(table, ruleSet, state.book), goals)
            }
        }
        do {
            try outcome.get()
            guard let adopted else { preconditionFailure("the rules have been taken over") }
            if state.withLock({ $0.newKeys != nil }) { try await recount(adopted.goals) }
            return (adopted.map, adopted.goals.counters)
        } catch {
            throw EngineError("the rule set's names and goals cannot be stored: \(error)")
        }
    }

    /// What rules had made of the state before others were taken over.
    private struct Former: Sendable {
        let rules: BehaviourRules?
        let goals: GoalBook
        let nameCount: Int

        init(_ state: State) { (rules, goals, nameCount) = (state.rules, state.goals, state.book.count) }

        func putBack(in state: inout State) {
            (state.rules, state.goals, state.newKeys) = (rules, goals, nil)
            state.book.truncate(to: nameCount)
        }
    }

    /// Counts for goals that are new what the journal holds for them.
    private func recount(_ goals: GoalBook) async throws(StoreError) {
        let counters = goals.counters.filter { !$0.isWhole }
        defer { state.withLock { $0.newKeys = nil } }
        var counts: [ObjectIdentifier: UInt64] = [:]
        try ledger.scan(.events) { key, value in
            guard let entry = EventLogEntry(value), entry.kind == .exposure, !entry.isCopy else { return true }
            let found = goals.counters(entry.name, isClick: entry.isClick, at: entry.time)
            guard !found.isEmpty, state.withLock({ $0.newKeys?.contains(Array(key)) != true }) else { return true }
            for counter in found { counts[ObjectIdentifier(counter), default: 0] += 1 }
            return true
        }
        var changes = Changes(for: ledger)
        try state.withLock { state throws(StoreError) in
            let counted = counters.map { ($0, counts[ObjectIdentifier($0)] ?? 0) }
            for (counter, count) in counted {
                counter.add(count)
                counter.isWhole = true
                changes.append(.goal(key: counter.key, delivered: counter.stored))
            }
            let takeBack = { @Sendable in
                for (counter, count) in counted {
                    counter.takeBack(count)
                    counter.isWhole = false
                }
            }
            do throws(StoreError) {
                // In line before any later count.
                try ledger.submit(changes, takeBack: { self.state.withLock { _ in takeBack() } }) { _ in }
            } catch {
                takeBack()
                throw error
            }
        }
        try await ledger.settled()
    }

    private func putNames(_ state: inout State, into changes: inout Changes) {
        for (number, entry) in state.book.unstored { changes.append(.name(number: number, entry: entry)) }
        state.book.markStored()
    }

    // MARK: Writes

    /// Runs `body` with nobody else writing, and puts what it recorded in line for the journal. Never waits for the disk.
    ///
    /// - Parameters:
    ///   - known: What the last attempt awaited, fetched.
    ///   - takingBack: Runs what takes back what was recorded, for callers that hold another lock around this call: that one comes first.
    ///   - done: Called once, from any thread, when everything is on disk or has failed; not when `body` throws or something is awaited.
    func attempt<Result: Sendable>(
        knowing known: AwaitedReads?, takingBack: @escaping @Sendable (() -> Void) -> Void = { $0() },
        _ body: (inout BehaviourRecorder) throws(BehaviourError) -> Result,
        done: @escaping @Sendable (Swift.Result<Void, StoreError>) -> Void
    ) throws(BehaviourError) -> RecordAttempt<Result> {
        var reads = known?.known ?? DiskReads(ledger)
        if let result = try record(takingBack: takingBack, body, &reads, done) { return .recorded(result) }
        guard let known else { return .awaits(AwaitedReads(reads, in: ledger)) }
        known.note(reads)
        return .awaits(known)
    }

    /// - Returns: nil when something has to be read first; then nothing has changed.
    private func record<Result: Sendable>(
        takingBack: @escaping @Sendable (() -> Void) -> Void,
        _ body: (inout BehaviourRecorder) throws(BehaviourError) -> Result, _ reads: inout DiskReads,
        _ done: @escaping @Sendable (Swift.Result<Void, StoreError>) -> Void
    ) throws(BehaviourError) -> Result? {
        try state.withLock { state throws(BehaviourError) in
            guard state.isLoaded, let rules = state.rules else { throw .notReady }
            var recorder = BehaviourRecorder(
                store: self, rules: rules, goals: state.goals, book: state.book, reads: reads)
            let result: Result
            do throws(BehaviourError) {
                result = try body(&recorder)
                reads = recorder.reads
                guard reads.isWhole else { return nil }
            } catch {
                reads = recorder.reads
                // It may have failed for what it did not know.
                guard reads.isWhole else { return nil }
                throw error
            }
            let nameCount = state.book.count
            state.book = recorder.book
            var changes = Changes(for: ledger)
            putNames(&state, into: &changes)
            let takeBack = recorder.finish(into: &changes)
            reclaiming.note(1)
            do throws(StoreError) {
                // In line behind whatever made the duplicates that this may consist of.
                let refused = { @Sendable in
                    takingBack {
                        self.state.withLock { state in
                            takeBack()
                            state.book.truncate(to: nameCount)
                        }
                    }
                }
                try ledger.submit(changes, takeBack: refused, done: done)
            } catch {
                takeBack()
                state.book.truncate(to: nameCount)
                throw BehaviourError(error)
            }
            state.newKeys?.formUnion(recorder.newKeys)
            state.reading?.note(recorder)
            return result
        }
    }

    /// The same for callers that can be suspended: returns when everything is on disk.
    func record<Result: Sendable>(
        _ body: (inout BehaviourRecorder) throws(BehaviourError) -> Result
    ) async throws(BehaviourError) -> Result {
        var known: AwaitedReads?
        while true {
            switch try await attempt(knowing: known, body) {
            case .recorded(let result):
                await reclaiming.run()
                return result
            case .awaits(let reads):
                try await reads.fetched()
                known = reads
            }
        }
    }

    private func attempt<Result: Sendable>(
        knowing known: AwaitedReads?, _ body: (inout BehaviourRecorder) throws(BehaviourError) -> Result
    ) async throws(BehaviourError) -> RecordAttempt<Result> {
        var attempt: Swift.Result<RecordAttempt<Result>, BehaviourError>?
        let outcome: Swift.Result<Void, StoreError> = await withCheckedContinuation { continuation in
            do throws(BehaviourError) {
                let made = try self.attempt(knowing: known, body) { continuation.resume(returning: $0) }
                attempt = .success(made)
                if case .awaits = made { continuation.resume(returning: .success(())) }
            } catch {
                attempt = .failure(error)
                continuation.resume(returning: .success(()))
            }
        }
        if case .failure(let error) = outcome { throw BehaviourError(error) }
        guard let attempt else { preconditionFailure("the body has run") }
        return try attempt.get()
    }

    /// Every single event of a unit, those in line for the journal too, in the order of keys. Blocks the thread.
    ///
    /// - Returns: Keys with their entries; nil for an entry that cannot be read.
    func entries(under prefix: [UInt8]) throws(StoreError) -> [(key: [UInt8], entry: EventLogEntry?)] {
        var found: [(key: [UInt8], entry: EventLogEntry?)] = []
        try ledger.scan(.events, under: prefix) { key, value in
            found.append((Array(key), EventLogEntry(value)))
            return true
        }
        return found
    }

    /// - Returns: What is kept of whoever has the id, owned.
    package func behaviour(_ entity: Entity, _ id: String) -> Behaviour? {
        state.withLock { _ in
            var id = entity == .visitor ? aliases.canonical(id) : id
            return id.withUTF8 { table(entity).find($0).flatMap { BehaviourView($0.payload) }.map(Behaviour.init) }
        }
    }

    /// What the rule set says that is served; nil while there is none.
    package var rules: BehaviourRules? { state.withLock { $0.rules } }

    /// Runs `body` with what is kept of a visitor, if anything.
    func withVisitor<Result: Sendable>(_ id: String, _ body: (BehaviourView?) -> Result) -> Result {
        state.withLock { _ in
            var id = aliases.canonical(id)
            return id.withUTF8 { id in
                body(visitors.find(id).flatMap { BehaviourView($0.payload) } ?? objections.find(id))
            }
        }
    }

    /// What a number in stored behaviour stands for.
    package func name(_ number: UInt32) -> String { state.withLock { $0.book.name(number) } }

    /// Runs `body` with the names in which behaviour is written.
    package func withBook<Result: Sendable>(_ body: (NameBook) -> Result) -> Result { state.withLock { body($0.book) } }

    /// Forgets single events from before a time, and arms that were first seen before it; what was counted stays. Blocks the thread.
    ///
    /// - Returns: How many events, and of how many visitors and accounts arms were forgotten.
    package func sweep(before time: Timestamp) async throws -> (events: Int, units: Int) {
        (try await sweepEvents(before: time), try await sweepTrials(before: time))
    }

    private func sweepTrials(before time: Timestamp) async throws -> Int {
        guard state.withLock({ $0.rules != nil }) else { return 0 }
        var count = 0
        for entity in [Entity.visitor, .account] {
            for part in 0..<RecordTable.partCount {
                var units: [BehaviourRecorder.Unit] = []
                table(entity).forEach(inPart: part) { record in
                    guard let view = BehaviourView(record.payload),
                        (0..<view.trialCount).contains(where: { view.trial($0).since < time })
                    else { return }
                    units.append(.init(entity: entity, id: String(decoding: record.id, as: UTF8.self)))
                }
                // Few at a time: whoever records meanwhile waits for these only.
                for start in stride(from: 0, to: units.count, by: Self.unitsPerSweep) {
                    let some = units[start..<min(start + Self.unitsPerSweep, units.count)]
                    try await record { recorder in
                        for unit in some { recorder.forgetTrials(of: unit, before: time) }
                    }
                }
                count += units.count
            }
        }
        return count
    }

    /// Some at a time, until none is left: however fast events came in, they are forgotten as fast.
    private func sweepEvents(before time: Timestamp) async throws -> Int {
        var count = 0
        var next: [UInt8]? = []
        while let start = next {
            next = nil
            var changes = Changes(for: ledger)
            var expired = 0
            try ledger.scan(.events, from: start) { key, value in
                guard expired < Self.sweptAtOnce else {
                    next = Array(key)
                    return false
                }
                if let entry = EventLogEntry(value), entry.time.microseconds < time.microseconds {
                    changes.append(.forgotten(key: Array(key)))
                    expired += 1
                }
                return true
            }
            if !changes.isEmpty { try await ledger.submit(changes) }
            count += expired
            try Task.checkCancellation()
        }
        return count
    }

    func table(_ entity: Entity) -> RecordTable { entity == .account ? accounts : visitors }

    static func family(_ entity: Entity) -> StoreFamily {
        entity == .account ? .accountBehaviour : .visitorBehaviour
    }
}

extension BehaviourError {
    init(_ error: StoreError) {
        switch error {
        case .overloaded, .noRoom: self = .overloaded(error.description)
        default: self = .journal(error.description)
        }
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian, Array.init) }
}
