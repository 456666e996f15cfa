import BespokeAdmin
import Testing

@Suite struct CommandLineTests {
    private let tree = CommandTree(
        "bespokectl",
        [
            CommandTree(
                "rules", [CommandTree("check", aliases: ["lint"]), CommandTree("push"), CommandTree("list")]),
            CommandTree("status"),
        ])

    private func naming(_ line: String) -> CommandTree.Naming {
        tree.naming(of: line.split(separator: " ").map(String.init), optionsWithValue: ["--address"])
    }

    @Test(arguments: [
        ("rules push folder", ["rules", "push"]), ("rules lint x", ["rules", "check"]), ("status", ["status"]),
        ("--address nowhere:1 rules list", ["rules", "list"]), ("--address=a:1 rules --output json push", ["rules"]),
        ("help rules push", ["rules", "push"]), ("rules -- psh", ["rules"]),
    ])
    func `Words name a command, options do not`(line: String, path: [String]) {
        #expect(naming(line).path == path)
    }

    @Test(arguments: [
        ("ruels list", "`bespokectl` has no command `ruels`; did you mean `bespokectl rules`?"),
        ("rules pusch x", "`bespokectl rules` has no command `pusch`; did you mean `bespokectl rules push`?"),
        ("rules apply x", "`bespokectl rules` has no command `apply`; did you mean `bespokectl rules push`?"),
        ("rules ls", "`bespokectl rules` has no command `ls`; did you mean `bespokectl rules list`?"),
        ("health", "`bespokectl` has no command `health`; did you mean `bespokectl status`?"),
        ("zzzzz", "`bespokectl` has no command `zzzzz`; there are: rules, status"),
        ("push rules", "`bespokectl` has no command `push`; did you mean `bespokectl rules push`?"),
        ("lint rules", "`bespokectl` has no command `lint`; did you mean `bespokectl rules check`?"),
        ("users", "`bespokectl` has no command `users`; did you mean `bespokectl profiles`?"),
        (
            "export",
            "`bespokectl` has no command `export`; did you mean `bespokectl profiles export` or `bespokectl events export`?"
        ),
        ("stages list", "`bespokectl` has no command `stages`; did you mean `bespokectl rules list stages`?"),
        ("policy", "`bespokectl` has no command `policy`; did you mean `bespokectl rules list policies`?"),
        ("--verison", "there is no option `--verison`; did you mean `bespokectl --version`?"),
    ])
    func `A word that is no command is answered with the nearest`(line: String, complaint: String) {
        #expect(naming(line).complaint("bespokectl") == complaint)
    }

    @Test func `A missing command is asked for, unless help is`() {
        #expect(
            naming("rules").complaint("bespokectl")?.hasPrefix("name a command of `bespokectl rules`: check, push")
                == true)
        #expect(naming("").complaint("bespokectl") != nil)
        #expect(
            naming("--zzzzz").complaint("bespokectl")?.hasPrefix("there is no option `--zzzzz`; `bespokectl --help`")
                == true)
        for line in ["rules --help", "help rules", "--version", "--experimental-dump-help", "status", "rules push"] {
            #expect(naming(line).complaint("bespokectl") == nil, "\(line)")
        }
    }

    @Test func `Help ends with examples and the line about global options`() {
        let page = CommandHelp.page("OVERVIEW: x\n\n", ["rules", "push"], tree)
        #expect(page.hasPrefix("OVERVIEW: x\n\nEXAMPLES:\n  bespokectl rules push rules --reason"))
        #expect(page.hasSuffix(GlobalOptionsText.line))
        let group = CommandHelp.page("OVERVIEW: x", ["rules"], tree)
        #expect(group.contains("  bespokectl rules check rules\n  bespokectl rules push"))
        #expect(CommandHelp.missing(tree).isEmpty)
        #expect(CommandHelp.missing(CommandTree("x", [CommandTree("nothing")])) == ["nothing"])
    }

    @Test func `The page of global options has each of them`() {
        for option in GlobalOptionsText.withValue {
            #expect(GlobalOptionsText.page.contains("  \(option) <"))
            #expect(GlobalOptionsText.line.contains(option))
        }
        #expect(
            GlobalOptionsText.withValue.isSuperset(of: [
                "--address", "--context", "--output", "--timeout", "--token-file",
            ]))
    }

    @Test func `A mistyped global option is answered with the nearest`() {
        let suggested = UsageText.improved("Error: Unknown option '--adress'\nUsage: x", [])
        #expect(suggested == "Error: Unknown option '--adress'. Did you mean '--address'?\nUsage: x")
        for other in ["Error: Unknown option '--zzzzzz'", "Error: Missing"] {
            #expect(UsageText.improved(other, []) == other)
        }
    }

    @Test(arguments: [
        ("--user", "--visitor"), ("--visitr", "--visitor"), ("--at", "--now"), ("--dryrun", "--dry-run"),
        ("-V", "--version"), ("-m", "--reason"), ("--strict", nil), ("--adress", "--address"),
    ])
    func `A mistyped option of a command is answered with one that the command has, or with none`(
        typed: String, meant: String?
    ) {
        let help = """
            OPTIONS:
              --visitor <visitor>     The visitor's id.
              --now, --at-time <now>  The time.
              --set <name=value>      An attribute, such as --nothing.
              --sarif <file>
              --dry-run               Change nothing.
              --reason <reason>       Why.
            """
        let said = UsageText.improved("Error: Unknown option '\(typed)'. Did you mean '--set'?", ["decide"], help: help)
        #expect(said == "Error: Unknown option '\(typed)'" + (meant.map { ". Did you mean '\($0)'?" } ?? ""))
    }

    @Test func `A value that begins with a dash is taken, or it is said how it is written`() {
        #expect(TypedWords.joined(["plan", "--lift", "-0.2", "-y"]) == ["plan", "--lift=-0.2", "-y"])
        #expect(TypedWords.joined(["x", "--reason", "- dearer", "--yes"]) == ["x", "--reason=- dearer", "--yes"])
        for words in [
            ["--set", "-x=3"], ["--json", "-"], ["--lift=1", "-2"], ["--", "--a", "-5"], ["--yes", "--no"], ["-5"],
        ] {
            #expect(TypedWords.joined(words) == words)
        }
        let said = UsageText.improved(
            "Error: Missing value for '--set <name=value>'", ["decide"], words: ["decide", "--set", "-x=3"])
        #expect(said.hasSuffix("Then write `--set=-x=3`."))
        #expect(
            UsageText.improved("Error: Missing value for '--set <n>'", [], words: ["decide", "--set"])
                == "Error: Missing value for '--set <n>'")
    }

    @Test func `Wrong usage is told with what would be right, and with the command's own page`() {
        let usage = "\nUsage: bespokectl <subcommand>\n  See 'bespokectl --help' for more information."
        #expect(
            UsageText.improved("Error: The value 'csv' is invalid for '--output'" + usage, ["rules", "diff"])
                == "Error: The value 'csv' is invalid for '--output'. Please provide one of 'text', 'json' and 'yaml'."
                + "\n  See 'bespokectl rules diff --help' for more information.")
        #expect(UsageText.improved("Error: x" + usage, []) == "Error: x" + usage)
        #expect(UsageText.improved("Error: Unknown option '--host'", []).hasSuffix("Did you mean '--address'?"))
        #expect(UsageText.improved("Error: Unexpected argument 'rules'", []).contains("between quotes"))
    }

    @Test func `Trouble with TLS is not taken for a daemon that is down`() {
        func words(_ message: String) -> String {
            CallProblem.words(code: "UNAVAILABLE", message: message, isUnreachable: true)
        }
        #expect(words("x cannot be reached: the port does not speak TLS").contains("leave --tls"))
        #expect(words("x cannot be reached: the certificate is for another name").contains("--server-name"))
        #expect(!words("x cannot be reached: the TLS handshake failed").contains("start the daemon"))
        #expect(words("x closes its connections at once").contains("the admin socket"))
        #expect(
            CallProblem.words(code: "UNAVAILABLE", message: "the connection was closed", isUnreachable: false)
                .contains("--tls"))
    }

    @Test func `A daemon that does not answer is told how to be started or found`() {
        let words = CallProblem.words(code: "UNAVAILABLE", message: "x cannot be reached", isUnreachable: true)
        #expect(words.hasPrefix("x cannot be reached; start the daemon"))
        #expect(words.contains("--address") && words.contains("bespokectl context use"))
    }

    @Test func `An admin command on the data port is told where to go, other words stay`() {
        let method = "there is no method /bespoke.v1.AdminService/GetStatus"
        let words = CallProblem.words(code: "UNIMPLEMENTED", message: method, isUnreachable: false)
        #expect(words.contains("/bespoke.v1.AdminService/GetStatus") && words.contains("the data port"))
        #expect(words.contains("--address unix:"))
        for (code, message) in [("NOT_FOUND", method), ("UNIMPLEMENTED", "the call takes one message")] {
            #expect(CallProblem.words(code: code, message: message, isUnreachable: false) == message)
        }
    }
}
