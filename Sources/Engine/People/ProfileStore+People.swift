internal import Ledger
internal import Store
package import Model
internal import Profiles

/// Who is who.
extension ProfileStore {
    /// Applies a change of who is who, with nobody else writing profiles or behaviour: on disk as one, then acknowledged.
    ///
    /// - Throws: `BehaviourError`, `StoreError`.
    package func apply(_ change: PersonChange, to behaviour: BehaviourStore) async throws -> PersonOutcome {
        await behaviour.peopleTurns.take()
        defer { behaviour.peopleTurns.end() }
        try checkLoaded()
        return try await applied(change, to: behaviour)
    }

    private func applied(_ change: PersonChange, to behaviour: BehaviourStore) async throws -> PersonOutcome {
        let table = table(.visitor)
        return try await people(behaviour) { recorder throws(PersonError) in try recorder.apply(change, table) }
    }

    /// Puts a person back as a backup has them.
    ///
    /// - Throws: `BehaviourError`, `StoreError`.
    func restore(_ backup: PersonBackup, to behaviour: BehaviourStore) async throws {
        await behaviour.peopleTurns.take()
        defer { behaviour.peopleTurns.end() }
        try checkLoaded()
        let table = table(.visitor)
        try await people(behaviour) { recorder throws(PersonError) in try recorder.restore(backup, table) }
        // They are back: imports need not leave them out any more.
        try await forgetErasure(of: backup.ids)
    }

    /// Runs `body` with nobody else writing profiles or behaviour, and waits until what it did is on disk. What it needs to know of the
    /// disk is read with everybody writing; it then runs again.
    private func people<Value: Sendable>(
        _ behaviour: BehaviourStore, _ body: (inout BehaviourRecorder) throws(PersonError) -> Value
    ) async throws -> Value {
        var known: AwaitedReads?
        while true {
            switch try await attemptPeople(behaviour, knowing: known, body) {
            case .recorded(let value):
                await reclaim(after: 2)
                await behaviour.reclaiming.run()
                return value
            case .awaits(let reads):
                try await reads.fetched()
                known = reads
            }
        }
    }

    private func attemptPeople<Value: Sendable>(
        _ behaviour: BehaviourStore, knowing known: AwaitedReads?,
        _ body: (inout BehaviourRecorder) throws(PersonError) -> Value
    ) async throws -> RecordAttempt<Value> {
        var result: Result<RecordAttempt<Value>, BehaviourError>?
        await turns.take()
        let writing = writing
        let outcome: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            writing.run {
                do throws(BehaviourError) {
                    let attempt = try behaviour.attempt(knowing: known, takingBack: { writing.run($0) }) {
                        recorder throws(BehaviourError) in
                        do throws(PersonError) { return try body(&recorder) } catch { throw .person(error) }
                    } done: {
                        continuation.resume(returning: $0)
                    }
                    result = .success(attempt)
                    if case .awaits = attempt { continuation.resume(returning: .success(())) }
                } catch {
                    result = .failure(error)
                    continuation.resume(returning: .success(()))
                }
            }
            turns.end()
        }
        try outcome.get()
        guard let result else { preconditionFailure("the change has run") }
        return try result.get()
    }

    /// Forgets what an undone merge would bring back of the profile, when that is deleted.
    func forgetProfileParts(of person: String, _ behaviour: BehaviourStore) async throws {
        guard !aliases.others(of: person).isEmpty else { return }
        await behaviour.peopleTurns.take()
        defer { behaviour.peopleTurns.end() }
        var changes = Changes(for: ledger)
        for key in aliases.others(of: person).map({ Array($0.utf8) }) + [MergeRecord.ownKey(person)] {
            guard let bytes = try ledger.get(.aliases, key: key) else { continue }
            var record = try bytes.withUnsafeBytes { try MergeRecord(decoding: $0) }
            guard record.part?.profile.isEmpty == false else { continue }
            record.part?.profile = []
            changes.append(.merge(key: key, record: record.encoded()))
        }
        if !changes.isEmpty { try await ledger.submit(changes) }
    }
}

extension BehaviourStore {
    /// Takes in who has several ids.
    func loadAliases() throws {
        var merges: [String: (parent: String, time: Timestamp)] = [:]
        var fault: ProfileError?
        try ledger.scan(.aliases) { key, value in
            guard key.first != MergeRecord.ownPrefix else { return true }
            do throws(ProfileError) {
                let record = try MergeRecord(decoding: value)
                merges[String(decoding: key, as: UTF8.self)] = (record.parent, record.time)
            } catch {
                fault = error
            }
            return fault == nil
        }
        if let fault { throw fault }
        for (id, merge) in merges.sorted(by: { ($0.value.time, $0.key) < ($1.value.time, $1.key) }) {
            var person = merge.parent
            var steps = 0
            while let next = merges[person] {
                person = next.parent
                steps += 1
                guard steps < AliasTable.idsMax else { throw ProfileError.corrupt("the ids of a person form a circle") }
            }
            aliases.merge(id, into: person)
        }
    }

    /// Forgets what would be needed to undo merges that cannot be undone any more. Those of one person go together.
    ///
    /// - Returns: How many merges.
    package func sweepMerges(before time: Timestamp) async throws -> Int {
        await peopleTurns.take()
        defer { peopleTurns.end() }
        var undoable: [String: [(key: [UInt8], time: Timestamp)]] = [:]
        try ledger.scan(.aliases) { key, value in
            guard key.first != MergeRecord.ownPrefix, let record = try? MergeRecord(decoding: value), record.part != nil
            else { return true }
            undoable[record.parent, default: []].append((Array(key), record.time))
            return true
        }
        var count = 0
        for (person, merges) in undoable where merges.allSatisfy({ $0.time < time }) {
            var changes = Changes(for: ledger)
            for merge in merges {
                let record = MergeRecord(parent: person, time: merge.time, part: nil)
                changes.append(.merge(key: merge.key, record: record.encoded()))
            }
            changes.append(.merge(key: MergeRecord.ownKey(person), record: nil))
            try await ledger.submit(changes)
            count += merges.count
        }
        return count
    }
}
