package import BespokeAdmin
package import BespokeClient
package import Messages

extension Caller: DaemonCalling {
    /// As the protocol says.
    package func ids(of kind: ProfileKind) async throws -> [String] {
        var ids: [String] = []
        _ = try await forEachProfile(kind) { profiles in ids += profiles.map(\.id) }
        return ids
    }

    /// As the protocol says.
    package func open<Request: WireMessage, Response: WireMessage>(
        _ method: Method<Request, Response>
    ) async throws -> any DaemonUpload<Request, Response> {
        try await upload(method)
    }
}

extension Upload: DaemonUpload {}

extension BespokeError: CallFailure {
    package var codeName: String { code.rawValue }
}
