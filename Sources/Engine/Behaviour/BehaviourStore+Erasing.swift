package import Ledger
package import Model
internal import Profiles
internal import Store
internal import Synchronization

/// What is retained one by one of somebody who is to be forgotten: read from disk with everybody else writing, and kept up with them until
/// the lock is held.
struct ErasureReading {
    private struct Watched {
        var events: [[UInt8]: EventLogEntry?] = [:]
        var consents: Set<[UInt8]> = []
        /// Until then what comes in is all that is known.
        var isRead = false
    }

    /// By what keys begin with.
    private var watched: [[UInt8]: Watched] = [:]

    /// From now on what comes in under these is kept up with.
    mutating func watch(_ prefixes: [[UInt8]]) {
        for prefix in prefixes where watched[prefix] == nil { watched[prefix] = Watched() }
    }

    /// Those that are to be read.
    var unread: [[UInt8]] { watched.filter { !$0.value.isRead }.map(\.key) }

    /// Whether what was there is known.
    func isRead(_ prefix: [UInt8]) -> Bool { watched[prefix]?.isRead == true }

    /// Takes in what was read; what has come in meanwhile is newer.
    mutating func take(_ events: [(key: [UInt8], entry: EventLogEntry?)], _ consents: [[UInt8]], under prefix: [UInt8])
    {
        guard var known = watched[prefix] else { return }
        for (key, entry) in events where known.events[key] == nil { known.events[key] = .some(entry) }
        known.consents.formUnion(consents)
        known.isRead = true
        watched[prefix] = known
    }

    /// Takes in what is recorded just now.
    mutating func note(_ recorder: BehaviourRecorder) {
        for (key, entry) in recorder.entries {
            watched[EventKey.prefix(of: key)]?.events[key] = .some(entry)
        }
        for (id, entries) in recorder.consentEntries {
            let prefix = EventKey.prefix(.visitor, id)
            for entry in entries { watched[prefix]?.consents.insert(prefix + entry.place) }
        }
    }

    /// In the order of keys.
    func events(under prefix: [UInt8]) -> [(key: [UInt8], entry: EventLogEntry?)] {
        (watched[prefix]?.events ?? [:]).sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }

    func consents(under prefix: [UInt8]) -> Set<[UInt8]> { watched[prefix]?.consents ?? [] }

    /// Of the accounts for which events under some prefixes count too.
    func accounts(of prefixes: [[UInt8]]) -> Set<String> {
        var accounts: Set<String> = []
        for prefix in prefixes {
            for case let entry? in (watched[prefix]?.events ?? [:]).values where !entry.account.isEmpty {
                accounts.insert(entry.accountCountedFor)
            }
        }
        return accounts
    }
}

extension BehaviourStore {
    /// Forgets a visitor with all ids, or an account; on disk as one. One call after the other (`peopleTurns`).
    ///
    /// - Parameters:
    ///   - ids: First the one under which everything is kept.
    ///   - erasures: What is to be on disk together with it.
    /// - Returns: Whether anything was kept beside single events, and how many of these.
    package func erase(
        _ entity: Entity, _ ids: [String], with erasures: [Change]
    ) async throws -> (hadBehaviour: Bool, events: Int) {
        guard state.withLock({ $0.isLoaded }) else {
            throw EngineError(.notReady, "the stored behaviour is being loaded; try again later")
        }
        defer { state.withLock { $0.reading = nil } }
        let prefixes = ids.map { EventKey.prefix(entity, $0) }
        var erased: (hadBehaviour: Bool, events: Int)?
        // What is read may name an account for which nothing has been read yet, and so may what comes in meanwhile.
        while erased == nil {
            try read(prefixes)
            let outcome: Swift.Result<Void, StoreError> = await withCheckedContinuation { continuation in
                state.withLock { state in
                    guard let reading = state.reading, reading.unread.isEmpty,
                        reading.accounts(of: prefixes).allSatisfy({ reading.isRead(EventKey.prefix(.account, $0)) })
                    else { return continuation.resume(returning: .success(())) }
                    erased = erase(entity, ids, reading, erasures, &state) { continuation.resume(returning: $0) }
                }
            }
            try outcome.get()
        }
        await reclaiming.run()
        guard let erased else { preconditionFailure("the loop ends with it") }
        return erased
    }

    /// Reads what is retained under prefixes, and of the accounts for which it counts. Blocks the thread, and nobody else.
    private func read(_ prefixes: [[UInt8]]) throws(StoreError) {
        while true {
            let unread = state.withLock { state in
                var reading = state.reading ?? ErasureReading()
                reading.watch(prefixes)
                reading.watch(reading.accounts(of: prefixes).map { EventKey.prefix(.account, $0) })
                state.reading = reading
                return reading.unread
            }
            guard !unread.isEmpty else { return }
            for prefix in unread {
                let events = try entries(under: prefix)
                var consents: [[UInt8]] = []
                try ledger.scan(.consents, under: prefix) { key, _ in
                    consents.append(Array(key))
                    return true
                }
                state.withLock { $0.reading?.take(events, consents, under: prefix) }
            }
        }
    }

    /// Runs inside the lock.
    private func erase(
        _ entity: Entity, _ ids: [String], _ reading: ErasureReading, _ erasures: [Change], _ state: inout State,
        done: @escaping @Sendable (Swift.Result<Void, StoreError>) -> Void
    ) -> (hadBehaviour: Bool, events: Int) {
        var changes = Changes(for: ledger)
        for erasure in erasures { changes.append(erasure) }
        var undo = RecordUndo()
        let events = forgetEvents(entity, ids, reading, state.rules, &changes, &undo)
        if entity == .visitor { keepObjections(of: ids, state.rules, &changes, &undo) }
        var hadBehaviour = false
        for key in ids.map({ Array($0.utf8) }) {
            if undo.remove(key, from: table(entity)) { hadBehaviour = true }
            changes.append(.behaviour(entity, id: key, record: nil))
        }
        if entity == .visitor, let person = ids.first { aliases.forget(person, &undo) }
        reclaiming.note(Reclaiming.writesPerRound)
        do throws(StoreError) {
            try ledger.submit(
                changes, takeBack: { [undo] in self.state.withLock { _ in undo.run() } }, done: done)
        } catch {
            undo.run()
            done(.failure(error))
        }
        return (hadBehaviour, events)
    }

    private func forgetEvents(
        _ entity: Entity, _ ids: [String], _ reading: ErasureReading, _ rules: BehaviourRules?,
        _ changes: inout Changes, _ undo: inout RecordUndo
    ) -> Int {
        var count = 0
        var ofAccounts: [String: [[UInt8]: EventLogEntry]] = [:]
        for prefix in ids.map({ EventKey.prefix(entity, $0) }) {
            for (key, entry) in reading.events(under: prefix) {
                changes.append(.forgotten(key: key))
                count += 1
                guard let entry, !entry.account.isEmpty else { continue }
                let account = entry.accountCountedFor
                let copy = EventKey.prefix(.account, account) + key.dropFirst(prefix.count)
                ofAccounts[account, default: [:]][copy] = entry
            }
        }
        for (account, entries) in ofAccounts { takeOut(entries, of: account, reading, rules, &changes, &undo) }
        guard entity == .visitor else { return count }
        for id in ids {
            for key in reading.consents(under: EventKey.prefix(.visitor, id)) {
                changes.append(.consent(key: key, entry: nil))
            }
            changes.append(.merge(key: Array(id.utf8), record: nil))
            changes.append(.merge(key: MergeRecord.ownKey(id), record: nil))
        }
        return count
    }

    /// Takes out of an account what somebody did who is forgotten; what is no longer retained one by one stays counted.
    private func takeOut(
        _ gone: [[UInt8]: EventLogEntry], of account: String, _ reading: ErasureReading, _ rules: BehaviourRules?,
        _ changes: inout Changes, _ undo: inout RecordUndo
    ) {
        let key = Array(account.utf8)
        let found = key.withUnsafeBufferPointer { accounts.find($0).flatMap { BehaviourView($0.payload) } }
        var behaviour = found.map(Behaviour.init) ?? Behaviour()
        var lasts: [UInt32: Timestamp] = [:]
        var counted: [EventLogEntry] = []
        for (key, entry) in reading.events(under: EventKey.prefix(.account, account)) {
            if gone[key] != nil { changes.append(.forgotten(key: key)) }
            guard let entry, entry.kind == .event else { continue }
            if gone[key] == nil {
                lasts[entry.name] = max(lasts[entry.name] ?? entry.time, entry.time)
            } else {
                counted.append(entry)
            }
        }
        for entry in counted {
            let halfLife = rules?.halfLives[entry.name] ?? 0
            behaviour.takeOut(entry, halfLife)
            if let last = lasts[entry.name] { behaviour.setLast(last, of: entry.name, halfLife) }
        }
        guard found != nil else { return }
        guard !behaviour.isEmpty else {
            _ = undo.remove(key, from: accounts)
            return changes.append(.behaviour(.account, id: key, record: nil))
        }
        behaviour.version &+= 1
        let bytes = behaviour.encoded()
        undo.put(key, bytes, in: accounts)
        changes.append(.behaviour(.account, id: key, record: bytes))
    }

    private func keepObjections(
        of ids: [String], _ rules: BehaviourRules?, _ changes: inout Changes, _ undo: inout RecordUndo
    ) {
        guard rules?.keepsObjections == true, let person = ids.first else { return }
        let stored = visitors.payload(of: person)
        let known = stored.flatMap { bytes in
            bytes.withUnsafeBytes { BehaviourView($0).map(Behaviour.init) }
        }
        // Of somebody who has not come back since the last time nothing is known but what was kept then, and it goes on holding.
        guard let known else { return }
        objections.keep(known.consents.filter { !$0.isGranted }, of: ids, in: &changes, &undo)
    }
}
