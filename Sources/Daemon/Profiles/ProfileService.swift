internal import GRPC
internal import Journal
internal import Model
internal import NIOCore
internal import Profiles
internal import Wire

/// `bespoke.v1.ProfileService`.
struct ProfileService: Sendable {
    let profiles: ProfileStore

    private static let path = "/bespoke.v1.ProfileService/"
    /// Rejects listed in an answer; further ones are counted.
    private static let rejectsListedMax = 1_000

    func register(in router: inout ServiceRouter) {
        router.stream(Self.path + "PutProfile") { stream in
            let request: PutProfileRequest = try await stream.onlyMessage()
            var write = Self.write(request.profile)
            write.values += request.remove.map { ($0, nil, nil) }
            write.expectedVersion = request.expectedVersion
            let version = try await Self.mapping { try await profiles.put(write) }
            try await stream.send(PutProfileResponse(version: version))
        }
        router.stream(Self.path + "GetProfile") { stream in
            let request: GetProfileRequest = try await stream.onlyMessage()
            guard let record = profiles.get(request.kind.entity, id: request.id) else {
                throw Status(.notFound, "there is no \(request.kind.name) \"\(request.id)\"")
            }
            try await stream.send(ProfileMessage(record, kind: request.kind))
        }
        router.stream(Self.path + "DeleteProfile") { stream in
            let request: DeleteProfileRequest = try await stream.onlyMessage()
            let existed = try await Self.mapping {
                try await profiles.delete(request.kind.entity, id: request.id)
            }
            try await stream.send(DeleteProfileResponse(existed: existed))
        }
        router.stream(Self.path + "ImportProfiles") { stream in
            try await stream.send(importing(stream))
        }
    }

    /// Checks every row as it comes and writes all of them at the end, or none.
    private func importing(_ stream: ServerStream) async throws -> ImportProfilesResponse {
        var options = ImportOptions()
        var isFirst = true
        var rows: [ProfileStore.Write] = []
        var rejects: [ImportReject] = []
        var rejected: UInt64 = 0
        var byteCount = 0
        for try await bytes in stream.messages {
            byteCount += bytes.readableBytes
            guard byteCount <= ProfileStore.importBytesMax else {
                throw Status(
                    .resourceExhausted,
                    "the import is larger than \(ProfileStore.importBytesMax) bytes; split it, each part is all or nothing"
                )
            }
            let message = try ImportProfilesRequest(bytes)
            if let given = message.options {
                guard isFirst else { throw Status(.invalidArgument, "options: stand in the first message only") }
                options = given
            }
            isFirst = false
            for row in message.rows {
                do {
                    let write = Self.write(try row.content.get())
                    try await profiles.check(write)
                    rows.append(write)
                } catch {
                    rejected += 1
                    if rejects.count < Self.rejectsListedMax { rejects.append(Self.reject(row, error)) }
                }
            }
        }
        let commits = !options.dryRun && (rejected == 0 || options.skipInvalid)
        if commits {
            let accepted = rows
            try await Self.mapping { try await profiles.putAll(accepted) }
        }
        let isWhole = rejected == 0 || options.skipInvalid
        return ImportProfilesResponse(
            written: isWhole ? UInt64(rows.count) : 0, rejected: rejected, rejects: rejects,
            committed: commits && !rows.isEmpty)
    }

    private static func reject(_ row: ImportRow, _ error: any Error) -> ImportReject {
        if let reject = error as? ImportReject { return reject }
        var id = ""
        if case .success(let profile) = row.content { id = profile.id }
        return ImportReject(line: row.line, id: id, reason: "\(error)")
    }

    private static func write(_ profile: ProfileMessage) -> ProfileStore.Write {
        ProfileStore.Write(
            entity: profile.kind.entity, id: profile.id, account: profile.accountID.isEmpty ? nil : profile.accountID,
            values: profile.features.map { ($0.name, $0.value, $0.observedAt) })
    }

    /// - Throws: `Status`.
    private static func mapping<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ProfileError {
            throw Status(error)
        } catch let error as JournalError {
            throw Status(error)
        }
    }
}

extension ProfileKind {
    var entity: Entity {
        switch self {
        case .visitor: .visitor
        case .account: .account
        }
    }
}

extension ProfileMessage {
    init(_ record: ProfileRecord, kind: ProfileKind) {
        self.init(
            kind: kind, id: record.id, accountID: record.account,
            features: record.values.map { value in
                FeatureMessage(
                    name: value.name, value: value.value,
                    observedAt: value.observedAtSeconds.map { Timestamp(microseconds: $0 * 1_000_000) })
            }, version: record.version)
    }
}
