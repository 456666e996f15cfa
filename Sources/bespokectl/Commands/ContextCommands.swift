internal import ArgumentParser
internal import BespokeAdmin
internal import Model

/// `bespokectl context`.
struct ContextCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context", abstract: "Keep the daemons that you work with, by name.",
        discussion: """
            Kept in $XDG_CONFIG_HOME/bespoke/contexts.yaml (else ~/.config), readable by you alone. What holds, the first that is given: \
            --address, --context, BESPOKE_ADDRESS, BESPOKE_CONTEXT, the context in use, the local daemon. A token is kept as the name of \
            its file.
            """,
        subcommands: [Add.self, Use.self, List.self, Show.self, Remove.self])

    /// `bespokectl context add`.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a daemon under a name, or change it; the first one added is in use.")

        @Argument(help: "The name, such as production.") var name: String
        @Option(help: "Where the daemon listens: unix:PATH or HOST:PORT; --address says the same.") var to: String?
        @Flag(help: "Use it from now on.") var use = false
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func validate() throws {
            guard Contexts.isName(name) else {
                throw ValidationError("A context's name is of letters, digits, `-`, `_` and `.`, at most 64.")
            }
            guard to != nil || options.address != nil else {
                throw ValidationError("Say where the daemon listens: --to unix:PATH or --to HOST:PORT.")
            }
            guard options.connection.token == nil else {
                throw ValidationError("A context keeps no token, but the name of its file; give --token-file.")
            }
        }

        func run() async throws {
            try await options.reporting {
                let address = to ?? options.address ?? ""
                var context = Contexts.Context(address: try GlobalOptions.checked(address: address))
                let said = options.connection
                try said.checkFiles()
                context.tls = said.isEncrypted
                (context.ca, context.cert, context.key) = (said.ca.path, said.cert.path, said.key.path)
                (context.serverName, context.token) = (said.serverName ?? "", said.tokenFile.path)
                var contexts = try ContextsFile.read()
                let former = contexts.byName[name]
                contexts.set(name, context)
                if use || contexts.current == nil { contexts.current = name }
                try ContextsFile.write(contexts)
                let isCurrent = contexts.current == name
                options.show(json: context.json(name: name, isCurrent: isCurrent)) { _ in
                    let was = former.map {
                        $0 == context ? "; it was so before" : "; it was \(Style.printable($0.address)) before"
                    }
                    return "kept \(name): \(Style.printable(address))\(isCurrent ? ", in use" : "")\(was ?? "")\n"
                }
                if isCurrent { ContextsFile.noteWhatWins(over: name) }
            }
        }
    }

    /// `bespokectl context use`.
    struct Use: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Use a daemon from now on.")

        @Argument(help: "The name.", completion: .contexts) var name: String
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.reporting {
                var contexts = try ContextsFile.read()
                guard let context = contexts.byName[name] else { throw Failure("NOT_FOUND", contexts.unknown(name)) }
                contexts.current = name
                try ContextsFile.write(contexts)
                options.show(json: context.json(name: name, isCurrent: true)) { _ in
                    "in use: \(name), \(Style.printable(context.address))\n"
                }
                ContextsFile.noteWhatWins(over: name)
            }
        }
    }

    /// `bespokectl context list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the daemons that are kept; * marks the one in use.")

        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.reporting {
                let contexts = try ContextsFile.read()
                let all = contexts.byName.sorted { $0.key < $1.key }
                options.show(
                    json: .array(all.map { $0.value.json(name: $0.key, isCurrent: $0.key == contexts.current) })
                ) {
                    contexts.list(style: $0)
                }
            }
        }
    }

    /// `bespokectl context show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one daemon, or the one in use.")

        @Argument(help: "The name. (default: the one in use)", completion: .contexts) var name: String?
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.reporting {
                let contexts = try ContextsFile.read()
                guard let wanted = name ?? contexts.current else {
                    throw Failure("NOT_FOUND", "no context is in use; `bespokectl context use NAME` names one")
                }
                guard let context = contexts.byName[wanted] else {
                    throw Failure("NOT_FOUND", contexts.unknown(wanted))
                }
                options.show(json: context.json(name: wanted, isCurrent: wanted == contexts.current)) {
                    contexts.details(wanted, context, style: $0)
                }
            }
        }
    }

    /// `bespokectl context remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget a daemon; nothing happens to it.")

        @Argument(help: "The name.", completion: .contexts) var name: String
        @OptionGroup(visibility: GlobalOptions.visibility) var options: GlobalOptions

        func run() async throws {
            try await options.reporting {
                var contexts = try ContextsFile.read()
                guard contexts.remove(name) else { throw Failure("NOT_FOUND", contexts.unknown(name)) }
                try ContextsFile.write(contexts)
                options.show(json: .object([.init("removed", .string(name))])) { _ in "forgot \(name)\n" }
            }
        }
    }
}

extension String? {
    /// A file's name that holds wherever the command is called from.
    fileprivate var path: String { map(Files.absolute) ?? "" }
}
