internal import GRPC
internal import GRPCDoor
internal import Messages
internal import Model
internal import NIOCore
internal import Profiles
internal import Wire

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
final class ProfileImport {
    /// Rejects listed in an answer; further ones are counted.
    private static let rejectsListedMax = 1_000
    /// Of an id or a reason in an answer, beyond which it is cut.
    private static let rejectTextBytesMax = 1_024
    /// What the members of sets, and the fields, of one row may take.
    private static let rowArenaBytesMax = 64 << 20

    private let profiles: ProfileStore
    private let arena = Arena(initialBytes: 64 << 10, budgetBytes: rowArenaBytesMax)
    private var options = ImportOptions()
    private var isFirst = true
    private var byteCount = 0
    private var rowCount = 0
    private var visitors: StagedProfiles?
    private var accounts: StagedProfiles?
    private let erasures: ProfileStore.Erasures
    private let rules: (visitors: ProfileRules, accounts: ProfileRules)
    private var accepted: UInt64 = 0
    private var rejected: UInt64 = 0
    private var rejects: [ImportReject] = []

    init(into profiles: ProfileStore) async {
        self.profiles = profiles
        rules = (await profiles.rules(of: .visitor), await profiles.rules(of: .account))
        erasures = await profiles.erasures
    }

    /// - Throws: `Status`: the import is broken off.
    func take(_ message: ByteBuffer) throws {
        byteCount += message.readableBytes
        guard byteCount <= WireLimits.importBytesMax else { throw Self.tooLarge("\(WireLimits.importBytesMax) bytes") }
        do {
            try message.withUnsafeReadableBytes { try read($0) }
        } catch let error as WireError {
            throw Status(error)
        }
    }

    /// Writes what has come.
    func finish() async throws -> ImportProfilesResponse {
        guard !isFirst else { throw Status(.invalidArgument, "the call takes at least one message; none came") }
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
        return ImportProfilesResponse(
            written: isWhole ? accepted : 0, rejected: rejected, rejects: rejects,
            committed: writes && isWhole && accepted > 0)
    }

    private func read(_ message: UnsafeRawBufferPointer) throws {
        var rows = try ImportRowsReader(message, arena: arena)
        if let given = rows.options {
            guard isFirst else { throw Status(.invalidArgument, "options: stand in the first message only") }
            options = given
        }
        isFirst = false
        let now = Clock.now().seconds
        while let row = try rows.next() {
            rowCount += 1
            guard rowCount <= WireLimits.importRowsMax else { throw Self.tooLarge("\(WireLimits.importRowsMax) rows") }
            switch row.content {
            case .failure(let fault): reject(fault, rows: 1)
            case .success(let profile):
                do throws(ProfileError) {
                    if options.respectErasure, erasures.contains(profile.entity, id: profile.id.bytes) { throw .erased }
                    try add(profile, line: row.line, atSeconds: now)
                    accepted += 1
                } catch {
                    let id = String(profile.id)
                    reject(ImportReject(line: row.line, id: id, reason: "\(error)"), rows: 1)
                }
            }
        }
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

    private static func tooLarge(_ limit: String) -> Status {
        Status(.resourceExhausted, "the import is larger than \(limit); split it, each part is all or nothing")
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
