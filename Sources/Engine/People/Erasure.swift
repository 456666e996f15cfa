package import Ledger
package import Model
internal import Profiles
internal import Store

/// Forgets a person or an account everywhere, memory, disk and what waits for the sink.
package struct Erasure: Sendable {
    /// What was forgotten.
    package struct Outcome: Sendable {
        /// Every id of theirs.
        package var ids: [String] = []
        package var hadProfile = false
        package var hadBehaviour = false
        /// Single events.
        package var events = 0
        /// Links to the account.
        package var links = 0
        /// By which it can be found in the log.
        package var receipt = ""
        package var erasedAt: Timestamp
        /// Where they may still be.
        package var backups: [BackupKeeper.Generation] = []
    }

    let profiles: ProfileStore
    let behaviour: BehaviourStore
    let decisions: DecisionGathering
    let links: LinkStore
    let backups: BackupKeeper
    let ledger: Ledger

    /// - Parameters:
    ///   - decisions: What is on its way to the sink.
    ///   - ledger: Where all of it is kept.
    package init(
        profiles: ProfileStore, behaviour: BehaviourStore, decisions: DecisionGathering, links: LinkStore,
        backups: BackupKeeper, ledger: Ledger
    ) {
        (self.profiles, self.behaviour, self.decisions) = (profiles, behaviour, decisions)
        (self.links, self.backups, self.ledger) = (links, backups, ledger)
    }

    /// The profile goes last: until everything is forgotten, the person can still be asked for.
    ///
    /// - Throws: `EngineError`, `ProfileError`, `StoreError`; what was forgotten until then stays forgotten.
    package func erase(_ entity: Entity, _ id: String) async throws -> Outcome {
        guard (1...ProfileLimits.idBytesMax).contains(id.utf8.count) else {
            throw EngineError(.invalid, "id: must have 1 to \(ProfileLimits.idBytesMax) bytes")
        }
        await behaviour.peopleTurns.take()
        defer { behaviour.peopleTurns.end() }
        let now = behaviour.clock.now()
        var outcome = Outcome(erasedAt: now)
        outcome.ids = entity == .visitor ? profiles.aliases.ids(id) : [id]
        let erasures = profiles.remembering(erasureOf: entity, ids: outcome.ids, at: now)
        (outcome.hadBehaviour, outcome.events) = try await behaviour.erase(entity, outcome.ids, with: erasures)
        (outcome.hadProfile, outcome.receipt) = try await profiles.erase(entity, ids: outcome.ids, at: now)
        // What was answered of the person before this is found there, and what is answered later tells nothing of them.
        await decisions.gather()
        let linked = entity == .account ? try await links.erase(account: id) : nil
        var ranges = linked.map { [$0.range] } ?? []
        for id in outcome.ids {
            ranges.append(try await behaviour.outbox.erase(entity, id))
            ranges += Self.ranges(entity, id)
        }
        try await ledger.scrub(ranges)
        // While a backup is written the old files stay too: it is waited for.
        outcome.backups = try await backups.generations()
        outcome.links = linked?.count ?? 0
        return outcome
    }

    /// Where bytes of somebody may still stand on disk.
    private static func ranges(_ entity: Entity, _ id: String) -> [StoreRange] {
        let key = Array(id.utf8)
        let prefix = EventKey.prefix(entity, id)
        return [
            StoreRange(entity == .account ? .accounts : .visitors, from: key, through: key),
            StoreRange(BehaviourStore.family(entity), from: key, through: key),
            StoreRange(.events, from: prefix, through: prefix + [UInt8](repeating: 0xff, count: 17)),
            StoreRange(.consents, from: prefix, through: prefix + [UInt8](repeating: 0xff, count: 17)),
            StoreRange(.aliases, from: key, through: key),
            StoreRange(.aliases, from: MergeRecord.ownKey(id), through: MergeRecord.ownKey(id)),
        ]
    }
}
