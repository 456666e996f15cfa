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

    /// The option that was meant by another; nil when none is near.
    static func nearest(to option: String) -> String? {
        habits[option] ?? Spelling.nearest(to: option, among: options.map(\.name).sorted())
    }

    /// What people of other tools type.
    private static let habits = [
        "--host": "--address", "--port": "--address", "--server": "--address", "--endpoint": "--address",
        "-o": "--output", "--format": "--output", "--json": "--output json", "--cacert": "--ca",
        "--insecure": "--address", "--config": "--context",
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
