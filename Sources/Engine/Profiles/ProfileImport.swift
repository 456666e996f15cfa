package import Model
internal import Profiles

/// How an import is committed.
package struct ImportMode: Sendable {
    /// Whether anything is to be written at all.
    var writes: Bool
    /// Whether the others are written when some are refused.
    var skipsInvalid: Bool
    var respectsErasure: Bool

    /// What an import asks for.
    package init(writes: Bool, skipsInvalid: Bool, respectsErasure: Bool) {
        (self.writes, self.skipsInvalid, self.respectsErasure) = (writes, skipsInvalid, respectsErasure)
    }
}

/// One import: checks every row as it comes, packs it, and writes all of them at the end, or none.
package final class ProfileImport {
    /// What became of one.
    package struct Outcome: Sendable {
        package var written: UInt64
        package var rejected: UInt64
        /// The first of them.
        package var rejects: [ImportReject]
        package var isCommitted: Bool
    }

    /// Rejects listed in an answer; further ones are counted.
    private static let rejectsListedMax = 1_000
    /// Of an id or a reason in an answer, beyond which it is cut.
    private static let rejectTextBytesMax = 1_024

    private let profiles: ProfileStore
    /// What the import asks for; to be set before the first row.
    package var options = ImportOptions()
    private var visitors: StagedProfiles?
    private var accounts: StagedProfiles?
    private let erasures: ProfileStore.Erasures
    private let rules: (visitors: ProfileRules, accounts: ProfileRules)
    private var accepted: UInt64 = 0
    private var rejected: UInt64 = 0
    private var rejects: [ImportReject] = []

    /// Nothing has come yet.
    package init(into profiles: ProfileStore) async {
        self.profiles = profiles
        rules = (await profiles.rules(of: .visitor), await profiles.rules(of: .account))
        erasures = await profiles.erasures
    }

    /// Checks one row and keeps it, or says why not.
    package func take(_ profile: BorrowedProfile, line: UInt64, atSeconds now: Int64) {
        do throws(ProfileError) {
            if options.respectErasure, erasures.contains(profile.entity, id: profile.id.bytes) { throw .erased }
            try add(profile, line: line, atSeconds: now)
            accepted += 1
        } catch {
            reject(ImportReject(line: line, id: String(profile.id), reason: "\(error)"))
        }
    }

    /// Counts a row that could not be read.
    package func reject(_ fault: ImportReject) { reject(fault, rows: 1) }

    /// Writes what has come.
    ///
    /// - Throws: As `ProfileStore.commit`.
    package func finish() async throws -> Outcome {
        let writes = !options.dryRun && (rejected == 0 || options.skipInvalid)
        let staged = [visitors, accounts].compactMap { $0 }
        let refusals = try await profiles.commit(
            staged,
            ImportMode(writes: writes, skipsInvalid: options.skipInvalid, respectsErasure: options.respectErasure))
        for refusal in refusals {
            accepted -= refusal.rows
            reject(ImportReject(line: refusal.line, id: refusal.id, reason: "\(refusal.reason)"), rows: refusal.rows)
        }
        let isWhole = rejected == 0 || options.skipInvalid
        return Outcome(
            written: isWhole ? accepted : 0, rejected: rejected, rejects: rejects,
            isCommitted: writes && isWhole && accepted > 0)
    }

    /// What is said of one of several ids is said of the person.
    private func add(_ profile: BorrowedProfile, line: UInt64, atSeconds now: Int64) throws(ProfileError) {
        guard profile.entity == .visitor, profiles.aliases.count > 0 else {
            return try staged(profile.entity).add(profile, line: line, atSeconds: now)
        }
        var id = profiles.aliases.canonical(String(profile.id))
        let staged = staged(.visitor)
        let result = id.withUTF8 { bytes in
            let profile = BorrowedProfile(
                entity: .visitor, id: BorrowedText(start: bytes.baseAddress, count: bytes.count),
                account: profile.account, features: profile.features)
            return Result { () throws(ProfileError) in
                try staged.add(profile, line: line, atSeconds: now)
            }
        }
        try result.get()
    }

    private func staged(_ entity: Entity) -> StagedProfiles {
        if entity == .account {
            if let accounts { return accounts }
            let made = StagedProfiles(for: profiles.table(.account), by: rules.accounts)
            accounts = made
            return made
        }
        if let visitors { return visitors }
        let made = StagedProfiles(for: profiles.table(.visitor), by: rules.visitors)
        visitors = made
        return made
    }

    private func reject(_ fault: ImportReject, rows: UInt64) {
        rejected += rows
        guard rejects.count < Self.rejectsListedMax else { return }
        rejects.append(
            ImportReject(line: fault.line, id: Self.shortened(fault.id), reason: Self.shortened(fault.reason)))
    }

    /// A row may say anything at any length; the answer must not.
    private static func shortened(_ text: String) -> String {
        text.utf8.count <= rejectTextBytesMax ? text : String(text.unicodeScalars.prefix(rejectTextBytesMax / 4)) + "…"
    }
}
