internal import GRPC
internal import GRPCDoor
internal import Ledger
internal import Messages
internal import Model
internal import Profiles
internal import Store

/// The methods of `bespoke.v1.AdminService` about backups.
struct BackupService: Sendable {
    let backups: BackupKeeper
    let profiles: ProfileStore
    let behaviour: BehaviourStore
    let pool: WorkPool

    func register(in router: inout ServiceRouter) {
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
        if let fault = ProfileID.fault(in: request.id) { throw Status(.invalidArgument, "id: \(fault.words)") }
        guard request.backupDirectory.hasPrefix("/") else {
            throw Status(
                .invalidArgument, "backup_directory: is no absolute path; it is a folder of the daemon's machine")
        }
        let folder = BackupFolder(path: request.backupDirectory)
        let receipt: BackupReceipt
        let person: PersonBackup
        do throws(BackupError) {
            receipt = try folder.receipt(of: request.generation == 0 ? nil : request.generation)
        } catch {
            throw Status(error)
        }
        do throws(StoreError) {
            person = try PersonBackup(
                of: request.id, in: try DiskStore.openForReading(path: folder.journal(receipt.generation)))
        } catch {
            throw Status(error)
        }
        guard !person.isEmpty else {
            throw Status(
                .notFound, "nothing is kept of the visitor \"\(request.id)\" in \(folder.folder(receipt.generation))")
        }
        try await ProfileService.mapping { try await profiles.restore(person, to: behaviour) }
        var response = RestoreProfileResponse()
        (response.ids, response.generation) = (person.ids, receipt.generation)
        response.takenAt = Timestamp(microseconds: receipt.takenAt)
        (response.hadProfile, response.hadBehaviour) = (person.profile != nil, person.behaviour != nil)
        (response.events, response.consents) = (UInt64(person.events.count), UInt64(person.consents.count))
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
        (message.path, message.bad, message.badRows) = (path, found.bad, found.badRows)
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
        let (receipt, held, folder) = try await written
        var response = BackupResponse()
        response.receipt = BackupReceiptMessage(
            receipt, held: held, folder: folder, seconds: (ContinuousClock.now - start) / .seconds(1))
        try await stream.send(response)
    }
}

extension BackupReceiptMessage {
    init(_ receipt: BackupReceipt, held: [UInt64], folder: BackupFolder, seconds: Double) {
        self.init()
        (generation, path) = (receipt.generation, folder.folder(receipt.generation))
        takenAt = Timestamp(microseconds: receipt.takenAt)
        rows = receipt.rows.map { RowCountMessage(kind: $0.family.name, rows: $0.count) }
        (bytes, copiedBytes, self.seconds) = (receipt.bytes, receipt.copiedBytes, seconds)
        generations = held
    }
}

extension BackupGenerationMessage {
    init(_ generation: BackupKeeper.Generation) {
        self.init(directory: generation.directory, generation: generation.number, takenAt: generation.takenAt)
    }
}

extension Status {
    init(_ error: BackupError) {
        switch error {
        case .folder, .foreign, .full, .newer, .occupied: self.init(.failedPrecondition, error.description)
        case .locked: self.init(.aborted, error.description)
        case .noGeneration: self.init(.notFound, error.description)
        case .damaged: self.init(.dataLoss, error.description)
        case .journal(let error): self.init(error)
        case .stopped: self.init(.cancelled, error.description)
        }
    }
}
