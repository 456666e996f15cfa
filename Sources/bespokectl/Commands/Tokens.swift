internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

/// `bespokectl tokens`.
struct Tokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and end the tokens with which others call the daemon.",
        discussion:
            "docs/security.md says what each role may. Only `admin`, and whoever opens the admin socket, may do this.",
        subcommands: [Create.self, List.self, Revoke.self, Rotate.self])

    /// Shows the clear text this once: alone on standard output, so that it can go into a file.
    static func show(_ response: CreateTokenResponse, _ options: GlobalOptions) throws {
        guard let token = response.token else { throw Failure("INTERNAL", "the daemon did not say what it made") }
        if options.output == .text {
            Console.error(TokenListText.made(token) + "\n")
        }
        options.show(json: response.json) { _ in response.secret + "\n" }
    }
}

extension Tokens {
    /// `bespokectl tokens create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and show it, this once.",
            discussion: """
                Only the token goes to standard output: umask 077; bespokectl tokens create web-1 --role decide > web-1.token
                """)

        @Argument(help: "Its name, for lists and logs.") var name: String
        @Option(
            help: "decide, marketer, operator, privacy or admin.",
            completion: .list(["decide", "marketer", "operator", "privacy", "admin"]))
        var role: String
        @Option(
            help: ArgumentHelp("Only for this placement; may be repeated.", valueName: "name"),
            completion: .names(.placement))
        var placement: [String] = []
        @Option(
            help: ArgumentHelp("Only for profiles of this kind: visitor or account.", valueName: "kind"),
            completion: .list(["visitor", "account"]))
        var kind: [String] = []
        @Option(
            help: ArgumentHelp(
                "How long it holds, such as 90d, 12h or 30m. Without it: until it is revoked.", valueName: "time"))
        var expiresIn: String?
        @Option(
            name: [.long, .customLong("requests-per-second")],
            help: ArgumentHelp("Calls that may begin each second; without it as many as come.", valueName: "count"))
        var callsPerSecond: UInt32?
        @Option(
            name: [.long, .customLong("concurrent")],
            help: ArgumentHelp("Calls that may be under way; without it as many as come.", valueName: "count"))
        var concurrentCalls: UInt32?
        @Option(
            help: ArgumentHelp(
                "Bytes that may be sent and received each second; without it as many as come.", valueName: "count"))
        var bytesPerSecond: UInt32?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard callsPerSecond != 0, concurrentCalls != 0, bytesPerSecond != 0 else {
                throw ValidationError(
                    "--calls-per-second, --bytes-per-second and --concurrent-calls must be at least 1.")
            }
            if let expiresIn, TokenListText.seconds(expiresIn) == nil {
                throw ValidationError("--expires-in is a whole number with d, h, m or s, such as 90d.")
            }
        }

        func run() async throws {
            var token = TokenMessage()
            (token.name, token.role) = (name, role)
            (token.placements, token.kinds) = (placement, kind)
            (token.callsPerSecondMax, token.concurrentCallsMax) = (callsPerSecond ?? 0, concurrentCalls ?? 0)
            token.bytesPerSecondMax = bytesPerSecond ?? 0
            if let seconds = expiresIn.flatMap(TokenListText.seconds) {
                token.expiresAt = Timestamp(microseconds: Console.now().microseconds + Int64(seconds) * 1_000_000)
            }
            let wanted = token
            try await options.withDaemon { daemon in
                let response: CreateTokenResponse = try await daemon.call(
                    Methods.Admin.createToken, CreateTokenRequest(token: wanted), isIdempotent: false)
                try Tokens.show(response, options)
            }
        }
    }

    /// `bespokectl tokens list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show all tokens and when each was last used; never the tokens themselves.")

        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let response: ListTokensResponse = try await daemon.call(
                    Methods.Admin.listTokens, ListTokensRequest(), isIdempotent: true)
                options.show(json: response.json) { TokenListText.list(response.tokens, now: Console.now(), style: $0) }
            }
        }
    }

    /// `bespokectl tokens revoke`.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a token at once, on every connection.")

        @Argument(help: "Its name.", completion: .tokens) var name: String
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.withDaemon { daemon in
                let response: RevokeTokenResponse = try await daemon.call(
                    Methods.Admin.revokeToken, RevokeTokenRequest(name: name), isIdempotent: false)
                options.show(json: response.json) { _ in
                    "revoked: \(ReportText.counted(response.revoked, "token"))\n"
                }
            }
        }
    }

    /// `bespokectl tokens rotate`.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token with the name and rights of another, and show it, this once.")

        @Argument(help: "Its name.", completion: .tokens) var name: String
        @Option(
            help: ArgumentHelp(
                "How long the former one holds on, such as 1d. Without it: not at all.", valueName: "time"))
        var grace: String?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            if let grace, TokenListText.seconds(grace) == nil {
                throw ValidationError("--grace is a whole number with d, h, m or s, such as 1d.")
            }
        }

        func run() async throws {
            let request = RotateTokenRequest(name: name, graceSeconds: grace.flatMap(TokenListText.seconds) ?? 0)
            try await options.withDaemon { daemon in
                let response: CreateTokenResponse = try await daemon.call(
                    Methods.Admin.rotateToken, request, isIdempotent: false)
                try Tokens.show(response, options)
            }
        }
    }
}
