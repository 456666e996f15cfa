package import Model
internal import Profiles
internal import Store

/// Somebody who was put back.
package struct RestoredPerson: Sendable {
    package let ids: [String]
    /// Of the backup.
    package let generation: UInt64
    /// When that was taken.
    package let takenAt: Timestamp
    package let hadProfile: Bool
    package let hadBehaviour: Bool
    /// Single events and exposures.
    package let events: Int
    /// Choices of consent.
    package let consents: Int
}

extension ProfileStore {
    /// Puts a visitor back as a backup has them. Blocks the thread.
    ///
    /// - Parameter generation: Nil for the newest.
    /// - Throws: `EngineError`, `BehaviourError`, `StoreError`.
    package func restore(
        _ id: String, from directory: String, generation: UInt64?, to behaviour: BehaviourStore
    ) async throws -> RestoredPerson {
        if let fault = ProfileID.fault(in: id) { throw EngineError(.invalid, "id: \(fault.words)") }
        guard directory.hasPrefix("/") else {
            throw EngineError(
                .invalid, "backup_directory: is no absolute path; it is a folder of the daemon's machine")
        }
        let folder = BackupFolder(path: directory)
        let receipt: BackupReceipt
        do throws(BackupError) { receipt = try folder.receipt(of: generation) } catch { throw EngineError(error) }
        let person = try PersonBackup(
            of: id, in: try DiskStore.openForReading(path: folder.journal(receipt.generation)))
        guard !person.isEmpty else {
            throw EngineError(
                .notFound, "nothing is kept of the visitor \"\(id)\" in \(folder.folder(receipt.generation))")
        }
        try await restore(person, to: behaviour)
        return RestoredPerson(
            ids: person.ids, generation: receipt.generation, takenAt: Timestamp(microseconds: receipt.takenAt),
            hadProfile: person.profile != nil, hadBehaviour: person.behaviour != nil, events: person.events.count,
            consents: person.consents.count)
    }
}
