internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

extension Caller {
    /// What the rules that are served declare.
    ///
    /// - Parameters:
    ///   - kinds: Those that are wanted; none means all.
    ///   - name: The only one wanted; empty for all.
    /// - Throws: `Failure` when the rules change as often as they are asked for.
    func names(_ kinds: RuleNameKind..., name: String = "") async throws -> ServedNames {
        try await names(kinds, name: name)
    }

    /// As above.
    func names(_ kinds: [RuleNameKind], name: String = "") async throws -> ServedNames {
        let attemptsMax = 3
        for _ in 0..<attemptsMax {
            if let names = try await namesOfOneRevision(kinds, name: name) { return ServedNames(names) }
        }
        throw Failure("ABORTED", "the rules were pushed again while their names were read; try again")
    }

    /// - Returns: nil when another rule set was pushed between two parts of the answer.
    private func namesOfOneRevision(_ kinds: [RuleNameKind], name: String) async throws -> [RuleNameMessage]? {
        var names: [RuleNameMessage] = []
        var revision: String?
        while true {
            let request = ListNamesRequest(
                kinds: kinds.map(\.rawValue), name: name, offset: UInt32(clamping: names.count))
            let response: ListNamesResponse = try await call(Methods.Admin.listNames, request, isIdempotent: true)
            guard revision ?? response.revision == response.revision else { return nil }
            revision = response.revision
            names += response.names
            guard names.count < Int(response.total), !response.names.isEmpty else { return names }
        }
    }
}
