internal import Engine
internal import GRPC
internal import GRPCDoor
internal import Ledger
internal import Messages
internal import Model
internal import NIOCore
internal import Profiles
internal import Store

/// `bespoke.v1.ProfileService`.
struct ProfileService: Sendable {
    let profiles: ProfileStore
    let behaviour: BehaviourStore
    let decisions: DecisionGathering
    let links: LinkStore
    let backups: BackupKeeper
    let ledger: Ledger
    let pool: WorkPool

    /// Profiles in one message of an export: far below what a client takes.
    private static let exportedAtOnce = 200

    func register(in router: inout ServiceRouter) {
        router.stream(Methods.Profile.putProfile) { stream in
            let request: PutProfileRequest = try await stream.onlyMessage()
            try stream.check(kind: request.profile.kind.name)
            var write = Self.write(request.profile)
            write.values += request.remove.map { ($0, nil, nil) }
            write.expectedVersion = request.expectedVersion
            let version = try await Self.mapping { try await profiles.put(write) }
            try await stream.send(PutProfileResponse(version: version))
        }
        router.stream(Methods.Profile.getProfile) { stream in
            let request: GetProfileRequest = try await stream.onlyMessage()
            try stream.check(kind: request.kind.name)
            guard let record = profiles.get(request.kind.entity, id: request.id) else {
                throw Status(.notFound, "there is no \(request.kind.name) \"\(request.id)\"")
            }
            try await stream.send(ProfileMessage(record, kind: request.kind))
        }
        router.stream(Methods.Profile.deleteProfile) { stream in
            let request: DeleteProfileRequest = try await stream.onlyMessage()
            try stream.check(kind: request.kind.name)
            let existed = try await Self.mapping {
                let entity = request.kind.entity
                if entity == .visitor {
                    try await profiles.forgetProfileParts(of: profiles.canonical(entity, request.id), behaviour)
                }
                return try await profiles.delete(entity, id: request.id)
            }
            try await stream.send(DeleteProfileResponse(existed: existed))
        }
        router.stream(Methods.Profile.exportProfiles, on: pool) { stream in
            let request: ExportProfilesRequest = try await stream.onlyMessage()
            try stream.check(kind: request.kind.name)
            let rules = request.includesNotAgreed ? nil : behaviour.rules
            let gate: (ConsentGate, ConsentGate.Asked)?
            do throws(BehaviourError) {
                gate = try rules.map { rules throws(BehaviourError) in (rules.gate, try rules.asked(request.consent)) }
            } catch {
                throw Status(error)
            }
            for part in 0..<ProfileStore.partCount {
                let records = profiles.records(request.kind.entity, part: part)
                for start in stride(from: 0, to: records.count, by: Self.exportedAtOnce) {
                    let some = records[start..<min(start + Self.exportedAtOnce, records.count)]
                    try await stream.send(exported(some, request.kind, gate))
                }
            }
        }
        router.stream(Methods.Profile.eraseProfile, on: pool) { stream in
            let request: EraseProfileRequest = try await stream.onlyMessage()
            try stream.check(kind: request.kind.name)
            let response = try await Self.mapping { try await erase(request) }
            profiles.logErasure(
                request.kind.entity, id: request.id, receipt: response.receipt,
                peer: stream.callerText)
            try await stream.send(response)
        }
        router.stream(Methods.Profile.importProfiles, on: pool) { stream in
            let importing = await ProfileImport(into: profiles)
            for try await message in stream.messages { try importing.take(message) }
            try await stream.send(Self.mapping { try await importing.finish() })
        }
    }

    /// - Parameter gate: Leaves out values whose purposes are not agreed to; nil leaves everything in.
    private func exported(
        _ records: ArraySlice<ProfileRecord>, _ kind: ProfileKind,
        _ gate: (ConsentGate, asked: ConsentGate.Asked)?
    ) -> ExportProfilesResponse {
        var response = ExportProfilesResponse(profiles: [])
        for record in records {
            var profile = ProfileMessage(record, kind: kind)
            if let gate, withhold(&profile, kind.entity, gate.0, gate.asked) { response.notAgreed += 1 }
            response.profiles.append(profile)
        }
        return response
    }

    /// - Returns: Whether a value or the account was taken out.
    private func withhold(
        _ profile: inout ProfileMessage, _ entity: Entity, _ gate: ConsentGate, _ asked: ConsentGate.Asked
    ) -> Bool {
        let id = profile.id
        let count = profile.features.count
        profile.features.removeAll { feature in
            !behaviour.isAgreed(gate, gate.needs(of: entity, attribute: feature.name), asked: asked, entity, id)
        }
        var isWithheld = profile.features.count < count
        if !profile.accountID.isEmpty, !behaviour.isAgreed(gate, gate.needs(of: entity), asked: asked, entity, id) {
            profile.accountID = ""
            isWithheld = true
        }
        return isWithheld
    }

    /// The profile goes last: until everything is forgotten, the person can still be asked for.
    private func erase(_ request: EraseProfileRequest) async throws -> EraseProfileResponse {
        let entity = request.kind.entity
        guard (1...ProfileLimits.idBytesMax).contains(request.id.utf8.count) else {
            throw Status(.invalidArgument, "id: must have 1 to \(ProfileLimits.idBytesMax) bytes")
        }
        await behaviour.peopleTurns.take()
        defer { behaviour.peopleTurns.end() }
        var response = EraseProfileResponse()
        let now = Clock.now()
        response.ids = entity == .visitor ? profiles.aliases.ids(request.id) : [request.id]
        let erasures = profiles.remembering(erasureOf: entity, ids: response.ids, at: now)
        let (hadBehaviour, events) = try await behaviour.erase(entity, response.ids, with: erasures)
        let (existed, receipt) = try await profiles.erase(entity, ids: response.ids, at: now)
        // What was answered of the person before this is found there, and what is answered later tells nothing of them.
        await decisions.gather()
        let linked = entity == .account ? try await links.erase(account: request.id) : nil
        var ranges = linked.map { [$0.range] } ?? []
        for id in response.ids {
            ranges.append(try await behaviour.outbox.erase(entity, id))
            ranges += Self.ranges(entity, id)
        }
        try await ledger.scrub(ranges)
        // While a backup is written the old files stay too: it is waited for.
        response.backups = try await backups.generations().map { BackupGenerationMessage($0) }
        (response.receipt, response.erasedAt) = (receipt, now)
        (response.hadProfile, response.hadBehaviour) = (existed, hadBehaviour)
        response.events = UInt64(events)
        response.links = UInt64(linked?.count ?? 0)
        return response
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

    private static func write(_ profile: ProfileMessage) -> ProfileStore.Write {
        ProfileStore.Write(
            entity: profile.kind.entity, id: profile.id, account: profile.accountID.isEmpty ? nil : profile.accountID,
            values: profile.features.map { ($0.name, $0.value, $0.observedAt) })
    }

    /// - Throws: `Status`.
    static func mapping<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as ProfileError {
            throw Status(error)
        } catch let error as StoreError {
            throw Status(error)
        } catch let error as DaemonError {
            throw Status(error)
        } catch let error as BehaviourError {
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
