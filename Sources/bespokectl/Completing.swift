internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import Messages
internal import Model

extension CompletionKind {
    /// Names that are served, when the daemon answers at once.
    static func names(_ kind: RuleNameKind) -> CompletionKind {
        asked { daemon, _ in try await daemon.names(kind).named(kind) }
    }

    /// Events that may be recorded.
    static var events: CompletionKind { asked { daemon, _ in try await daemon.names(.event).eventNames } }

    /// Purposes of consent.
    static var purposes: CompletionKind { asked { daemon, _ in try await daemon.names(.policy, .attribute).purposes } }

    /// `visitor.title=` of each attribute; with what it may be where the rules say so.
    static var settings: CompletionKind { asked { daemon, _ in try await daemon.names(.attribute).settings(of: nil) } }

    /// The same of the kind of profile that `--kind` names, without that.
    static var profileSettings: CompletionKind {
        asked { daemon, words in
            try await daemon.names(.attribute).settings(of: CompletedWords.value(of: "--kind", in: words) ?? "visitor")
        }
    }

    /// Attributes of the kind of profile that `--kind` names.
    static var profileAttributes: CompletionKind {
        asked { daemon, words in
            let kind = CompletedWords.value(of: "--kind", in: words) ?? "visitor"
            return try await daemon.names(.attribute).attributeNames(of: kind)
        }
    }

    /// What `--force` takes.
    static var forced: CompletionKind { asked { daemon, _ in try await daemon.names(.experiment, .placement).forced } }

    /// Names of what the kind has that the words before name.
    static var renamed: CompletionKind {
        asked { daemon, words in
            let kinds = words.compactMap(RuleNameKind.init(rawValue:))
            return try await daemon.names(kinds).names.map(\.name)
        }
    }

    /// Revisions that were pushed, the newest first.
    static var revisions: CompletionKind {
        asked { daemon, _ in try await RuleHistory.list(daemon).revisions.map(\.revision) }
    }

    /// Tokens that hold.
    static var tokens: CompletionKind {
        asked { daemon, _ in
            let response: ListTokensResponse = try await daemon.call(
                Methods.Admin.listTokens, ListTokensRequest(), isIdempotent: true)
            return response.tokens.filter { $0.revokedAt == nil }.map(\.name)
        }
    }

    /// Names of contexts.
    static var contexts: CompletionKind {
        .custom { _, _, prefix in
            ((try? ContextsFile.read())?.byName.keys.sorted() ?? []).filter { $0.hasPrefix(prefix) }
        }
    }

    /// What a daemon knows, when it answers at once; nothing is said when it does not.
    private static func asked(_ body: @escaping @Sendable (Caller, [String]) async throws -> [String]) -> CompletionKind
    {
        // Longer than that nobody waits for a completion.
        let seconds = 1.0
        return .custom { words, _, prefix in
            var options = GlobalOptions.plain
            options.address = CompletedWords.value(of: "--address", in: words)
            options.context = CompletedWords.value(of: "--context", in: words)
            options.timeout = CompletedWords.value(of: "--timeout", in: words).flatMap(Double.init) ?? seconds
            guard let caller = try? options.caller() else { return [] }
            let found = try? await body(caller, words)
            await caller.close()
            return (found ?? []).filter { $0.hasPrefix(prefix) }
        }
    }
}
