internal import BespokeAdmin
internal import BespokeClient
internal import Messages

extension RulePushing {
    /// Pushes, and says on standard error when it takes long.
    static func push(_ request: PushRulesRequest, _ daemon: Caller) async throws -> PushRulesResponse {
        try await push(request, daemon, note: Console.error)
    }

    /// Whoever is logged in, for the history.
    static func author(_ given: String?) -> String {
        given ?? Console.environment("USER") ?? Console.environment("LOGNAME") ?? ""
    }

    /// Shows what a push changes and asks on a terminal whether that is meant.
    ///
    /// - Parameters:
    ///   - difference: In words; nothing is asked where nothing changes.
    ///   - yes: Whether it was said on the command line that it is.
    ///   - mustAsk: Whether nothing may be pushed where nobody can be asked.
    /// - Throws: `Failure` when nobody can be asked.
    static func isConfirmed(_ difference: String, yes: Bool, mustAsk: Bool) throws(Failure) -> Bool {
        guard !yes, !difference.isEmpty else { return true }
        guard Console.canAsk else {
            guard mustAsk else { return true }
            Console.error(difference)
            throw Failure("FAILED_PRECONDITION", "nothing was pushed: there is no terminal to ask on; add --yes")
        }
        Console.error(difference)
        return Console.ask("Push this?")
    }
}
