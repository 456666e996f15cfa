internal import Model

/// The options that every command takes: said once, on a page of their own.
package enum GlobalOptionsText {
    private static let options: [(name: String, value: String, what: String)] = [
        (
            "--address", "<address>",
            "Where the daemon listens: unix:PATH or HOST:PORT. Also BESPOKE_ADDRESS. (default: unix:/var/lib/bespoke/bespoke.sock)"
        ),
        (
            "--context", "<name>",
            "A daemon that `bespokectl context add` keeps. Also BESPOKE_CONTEXT. (default: the one in use)"
        ),
        ("--output", "<format>", "How results are printed: text, json or yaml. (default: text)"),
        ("--timeout", "<seconds>", "How long to wait for an answer. (default: 30)"),
        ("--tls", "", "Encrypt: TLS 1.2 or 1.3. Any of --ca, --cert and --server-name says so too."),
        ("--ca", "<file>", "PEM file with the authority to trust; without it the system's."),
        ("--cert", "<file>", "PEM file with the certificate to show."),
        ("--key", "<file>", "PEM file with its private key."),
        ("--server-name", "<name>", "The name that the daemon's certificate must carry."),
        (
            "--token", "<token>",
            "Token to show. Others on this machine may see it there: better BESPOKE_TOKEN, or --token-file."
        ),
        ("--token-file", "<file>", "File with the token to show. Also BESPOKE_TOKEN_FILE."),
    ]

    /// Those that a word follows.
    package static let withValue = Set(options.filter { !$0.value.isEmpty }.map(\.name))

    /// What every command's help says of them.
    package static let line =
        "GLOBAL OPTIONS: \(options.map(\.name).joined(separator: ", ")); see `bespokectl help options`."

    /// Of the program itself, beside those of every command.
    private static let ofProgram = ["--help", "-h", "--help-hidden", "--version"]

    /// Whether it may stand before a command; its value may stand behind `=`.
    static func isOption(_ word: String) -> Bool {
        let name = word.prefix { $0 != "=" }
        return options.contains { $0.name == name } || ofProgram.contains(word) || word.hasPrefix("--generate-")
            || word.hasPrefix("--experimental-")
    }

    /// The option that was meant by another; nil when none is near.
    ///
    /// - Parameter more: Options that the command has beside those of every command.
    static func nearest(to option: String, more: [String] = []) -> String? {
        if let habit = commandHabits[option]?.first(where: more.contains) ?? habits[option] { return habit }
        return Spelling.nearest(to: option, among: more)
            ?? Spelling.nearest(to: option, among: (options.map(\.name) + ["--help", "--version"]).sorted())
    }

    /// What people of other tools type.
    private static let habits = [
        "--host": "--address", "--port": "--address", "--server": "--address", "--endpoint": "--address",
        "-o": "--output", "--format": "--output", "--json": "--output json", "--cacert": "--ca",
        "--insecure": "--address", "--config": "--context", "-V": "--version", "-v": "--version", "-?": "--help",
        "-c": "--context", "--ctx": "--context", "--bearer": "--token-file", "--password": "--token-file",
        "--wait": "--timeout", "--cacerts": "--ca",
    ]

    /// The same of some commands: the first that a command has is meant.
    private static let commandHabits = [
        "--user": ["--visitor"], "--user-id": ["--visitor"], "--visitor-id": ["--visitor"], "--id": ["--visitor"],
        "--account-id": ["--account"], "--company": ["--account"], "--at": ["--time", "--now"],
        "--date": ["--time", "--now"],
        "--when": ["--time", "--now"], "--message": ["--reason"], "-m": ["--reason"], "--comment": ["--reason"],
        "--why": ["--reason"], "--by": ["--author"], "--who": ["--author"], "--type": ["--kind"],
        "-f": ["--folder", "--json"],
        "--file": ["--json", "--mapping"], "--attribute": ["--set"], "--attr": ["--set"], "--page": ["--url"],
        "--segment": ["--as-segment"], "--arm": ["--force"], "--experiment": ["--force"], "--variant": ["--force"],
        "-n": ["--dry-run", "--limit"], "--top": ["--limit"], "--max": ["--limit"], "--count": ["--limit", "--units"],
        "--check-only": ["--dry-run"], "--preview": ["--dry-run", "--as-segment"], "--noop": ["--dry-run"],
        "--from": ["--since"], "--start": ["--since"], "--to": ["--until"], "--end": ["--until"], "-y": ["--yes"],
        "--assume-yes": ["--yes"], "--no-input": ["--yes"], "--expires": ["--expires-in"], "--ttl": ["--expires-in"],
        "--purpose": ["--consent", "--grant"], "--grant": ["--consent"], "--revoke": ["--deny"], "--event-id": ["--id"],
        "--amount": ["--value"], "--format": ["--format"], "--out": ["--to"], "--rate": ["--baseline"],
        "--effect": ["--lift"],
    ]

    /// What `bespokectl help options` prints.
    package static var page: String {
        var text = "OVERVIEW: Options that every command takes, before or behind its name.\n\nOPTIONS:\n"
        for option in options { text += "  \(option.name) \(option.value)\n      \(option.what)\n" }
        return text + """

            What holds of the address, the first that is given: --address, --context, BESPOKE_ADDRESS, BESPOKE_CONTEXT, the context in
            use, the default.

            EXIT CODES:
              0  done
              1  refused or failed
              2  wrong usage
              3  the daemon cannot be reached

            EXAMPLES:
              bespokectl --address unix:data/bespoke.sock status
              bespokectl status --context production --output json

            """
    }
}
