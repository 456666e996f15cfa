package import Engine
package import GRPC
internal import Messages
internal import Model
internal import NIOCore
internal import Profiles

/// `bespoke.v1.ProfileService`.
package struct ProfileService: Sendable {
    let profiles: ProfileStore
    let behaviour: BehaviourStore
    let erasure: Erasure
    let handovers: HandoverLog
    let pool: WorkPool

    /// - Parameters:
    ///   - handovers: Remembers exports.
    ///   - pool: Where imports, exports and erasures run.
    package init(
        profiles: ProfileStore, behaviour: BehaviourStore, erasure: Erasure, handovers: HandoverLog, pool: WorkPool
    ) {
        (self.profiles, self.behaviour, self.erasure, self.pool) = (profiles, behaviour, erasure, pool)
        self.handovers = handovers
    }

    /// Profiles in one message of an export: far below what a client takes.
    private static let exportedAtOnce = 200

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        router.stream(Methods.Profile.putProfile) { stream in
            let request: PutProfileRequest = try await stream.onlyMessage()
            try stream.check(kind: request.profile.kind.name)
            var write = Self.write(request.profile)
            write.values += request.remove.map { ($0, nil, nil) }
            write.expectedVersion = request.expectedVersion
            let version = try await profiles.put(write)
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
            let existed = try await profiles.delete(request.kind.entity, id: request.id, behaviour)
            try await stream.send(DeleteProfileResponse(existed: existed))
        }
        router.stream(Methods.Profile.exportProfiles, on: pool) { stream in
            let request: ExportProfilesRequest = try await stream.onlyMessage()
            try stream.check(kind: request.kind.name)
            let rules = request.includesNotAgreed ? nil : behaviour.rules
            let gate = try rules.map { rules in (rules.gate, try rules.asked(request.consent)) }
            var count: UInt64 = 0
            var failure: (any Error)?
            do { try await export(request.kind, gate, &count, to: stream) } catch { failure = error }
            await handovers.note(
                "profiles of \(request.kind.name)s", by: stream.callerText, count: count, at: profiles.clock.now())
            if let failure { throw failure }
        }
        router.stream(Methods.Profile.eraseProfile, on: pool) { stream in
            let request: EraseProfileRequest = try await stream.onlyMessage()
            try stream.check(kind: request.kind.name)
            let outcome = try await erasure.erase(request.kind.entity, request.id)
            profiles.logErasure(
                request.kind.entity, id: request.id, receipt: outcome.receipt, peer: stream.callerText)
            try await stream.send(EraseProfileResponse(outcome))
        }
        router.stream(Methods.Profile.importProfiles, on: pool) { stream in
            let importing = ImportReading(into: await ProfileImport(into: profiles), clock: profiles.clock.now)
            for try await message in stream.messages { try importing.take(message) }
            try await stream.send(try await importing.finish())
        }
    }

    private func export(
        _ kind: ProfileKind, _ gate: (ConsentGate, asked: ConsentGate.Asked)?, _ count: inout UInt64,
        to stream: ServerStream
    ) async throws {
        for part in 0..<ProfileStore.partCount {
            let records = profiles.records(kind.entity, part: part)
            for start in stride(from: 0, to: records.count, by: Self.exportedAtOnce) {
                let some = records[start..<min(start + Self.exportedAtOnce, records.count)]
                try await stream.send(exported(some, kind, gate))
                count += UInt64(some.count)
            }
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

    private static func write(_ profile: ProfileMessage) -> ProfileStore.Write {
        ProfileStore.Write(
            entity: profile.kind.entity, id: profile.id, account: profile.accountID.isEmpty ? nil : profile.accountID,
            values: profile.features.map { ($0.name, $0.value, $0.observedAt) })
    }
}

extension EraseProfileResponse {
    fileprivate init(_ outcome: Erasure.Outcome) {
        self.init()
        (ids, receipt, erasedAt) = (outcome.ids, outcome.receipt, outcome.erasedAt)
        (hadProfile, hadBehaviour) = (outcome.hadProfile, outcome.hadBehaviour)
        (events, links) = (UInt64(outcome.events), UInt64(outcome.links))
        backups = outcome.backups.map { BackupGenerationMessage($0) }
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
