package import Engine
package import GRPC
internal import Messages
internal import Model
internal import Profiles

/// The methods of `bespoke.v1.AdminService` about backups.
package struct BackupService: Sendable {
    let backups: BackupKeeper
    let profiles: ProfileStore
    let behaviour: BehaviourStore
    let pool: WorkPool

    /// - Parameter pool: Where backups are written and read.
    package init(backups: BackupKeeper, profiles: ProfileStore, behaviour: BehaviourStore, pool: WorkPool) {
        (self.backups, self.profiles, self.behaviour, self.pool) = (backups, profiles, behaviour, pool)
    }

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        router.stream(Methods.Admin.backup, on: pool) { stream in
            let request: BackupRequest = try await stream.onlyMessage()
            try await backUp(request, to: stream)
        }
        router.stream(Methods.Admin.verify, on: pool) { stream in
            let request: VerifyRequest = try await stream.onlyMessage()
            try await verify(request, to: stream)
        }
        router.answer(Methods.Admin.restoreProfile, on: pool) { request in try await restore(request) }
    }

    private func restore(_ request: RestoreProfileRequest) async throws -> RestoreProfileResponse {
        let person = try await profiles.restore(
            request.id, from: request.backupDirectory, generation: request.generation == 0 ? nil : request.generation,
            to: behaviour)
        var response = RestoreProfileResponse()
        (response.ids, response.generation, response.takenAt) = (person.ids, person.generation, person.takenAt)
        (response.hadProfile, response.hadBehaviour) = (person.hadProfile, person.hadBehaviour)
        (response.events, response.consents) = (UInt64(person.events), UInt64(person.consents))
        return response
    }

    private func verify(_ request: VerifyRequest, to stream: ServerStream) async throws {
        let start = ContinuousClock.now
        let (progress, report) = AsyncStream.makeStream(of: VerifyResponse.self, bufferingPolicy: .bufferingNewest(1))
        async let verified = {
            defer { report.finish() }
            let backup = (request.backupDirectory, request.generation == 0 ? nil : request.generation)
            return try await backups.verify(request.backupDirectory.isEmpty ? nil : backup) { rows, expected in
                var response = VerifyResponse()
                (response.rows, response.expectedRows) = (rows, expected)
                report.yield(response)
            }
        }()
        for await response in progress { try await stream.send(response) }
        let (path, found) = try await verified
        var message = VerifyReportMessage()
        (message.path, message.bad) = (path, found.bad)
        message.badRows = found.badRows.map { BadRowMessage(kind: $0.kind, key: $0.key, reason: $0.reason) }
        message.rows = found.rows.map { RowCountMessage(kind: $0.kind, rows: $0.count) }
        message.seconds = (ContinuousClock.now - start) / .seconds(1)
        var response = VerifyResponse()
        response.report = message
        try await stream.send(response)
    }

    private func backUp(_ request: BackupRequest, to stream: ServerStream) async throws {
        guard request.keep <= BackupKeeper.keepMax else {
            throw Status(.invalidArgument, "keep: \(request.keep) is more than \(BackupKeeper.keepMax); 0 keeps all")
        }
        let start = ContinuousClock.now
        let (progress, report) = AsyncStream.makeStream(
            of: BackupProgressMessage.self, bufferingPolicy: .bufferingNewest(1))
        async let written = {
            defer { report.finish() }
            return try await backups.backUp(
                into: request.directory, keep: request.keep == 0 ? nil : Int(request.keep)
            ) { copied, total in
                var message = BackupProgressMessage()
                (message.copiedBytes, message.totalBytes) = (copied, total)
                report.yield(message)
            }
        }()
        for await message in progress {
            var response = BackupResponse()
            response.progress = message
            try await stream.send(response)
        }
        let receipt = try await written
        var response = BackupResponse()
        response.receipt = BackupReceiptMessage(
            receipt, seconds: (ContinuousClock.now - start) / .seconds(1))
        try await stream.send(response)
    }
}

extension BackupReceiptMessage {
    init(_ written: BackupKeeper.Written, seconds: Double) {
        self.init()
        (generation, path, takenAt) = (written.generation, written.path, written.takenAt)
        rows = written.rows.map { RowCountMessage(kind: $0.kind, rows: $0.count) }
        (bytes, copiedBytes, self.seconds) = (written.bytes, written.copiedBytes, seconds)
        generations = written.held
    }
}

extension BackupGenerationMessage {
    init(_ generation: BackupKeeper.Generation) {
        self.init(directory: generation.directory, generation: generation.number, takenAt: generation.takenAt)
    }
}
