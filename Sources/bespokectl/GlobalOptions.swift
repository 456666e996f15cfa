internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import GRPC
internal import Model

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case yaml
}

/// What every command takes, before or behind its name.
struct GlobalOptions: ParsableArguments {
    static let defaultAddress = "unix:/var/lib/bespoke/bespoke.sock"

    /// Help texts name them in one line and explain them on a page of their own; a shell that completes has to know them all.
    static let visibility: ArgumentVisibility = {
        let words = CommandLine.arguments.dropFirst()
        let wantsHelp = words.contains { $0 == "--help" || $0 == "-h" }
        return words.first == "completions" && !wantsHelp ? .default : .hidden
    }()

    @Option(
        help: ArgumentHelp(
            "Where the daemon listens: unix:PATH or HOST:PORT. Also BESPOKE_ADDRESS. (default: \(defaultAddress))",
            valueName: "address"))
    var address: String?

    @Option(
        help: ArgumentHelp(
            "A daemon that `bespokectl context add` keeps. Also BESPOKE_CONTEXT. (default: the one in use)",
            valueName: "name"), completion: .contexts)
    var context: String?

    @Option(help: ArgumentHelp("How results are printed: text, json or yaml.", valueName: "format"))
    var output = OutputFormat.text

    @Option(help: ArgumentHelp("How long to wait for an answer.", valueName: "seconds"))
    var timeout = 30.0

    @OptionGroup(visibility: GlobalOptions.visibility) var connection: ConnectionOptions

    private static let timeoutSecondsMax = 86_400.0

    func validate() throws {
        guard timeout > 0, timeout <= Self.timeoutSecondsMax else {
            throw ValidationError("--timeout must be more than 0 and at most \(Int(Self.timeoutSecondsMax)) seconds.")
        }
    }

    /// Those of a command line without any.
    static var plain: GlobalOptions {
        // Without arguments nothing can be wrong with them.
        guard let options = try? GlobalOptions.parse([]) else { preconditionFailure("no option is required") }
        return options
    }

    /// As it is written on the command line, in the environment, in a context, or by default: the daemon's name in notes beside files.
    var daemonAddress: String { (try? reach().address) ?? Self.defaultAddress }

    /// How the daemon is reached.
    ///
    /// - Throws: `Failure` for a context that there is not.
    func reach() throws(Failure) -> Contexts.Context {
        if let address { return Contexts.Context(address: address) }
        if context == nil, let address = Console.environment("BESPOKE_ADDRESS") {
            return Contexts.Context(address: address)
        }
        let contexts = try ContextsFile.read()
        guard let name = context ?? Console.environment("BESPOKE_CONTEXT") ?? contexts.current else {
            return Contexts.Context(address: Self.defaultAddress)
        }
        guard let found = contexts.byName[name] else { throw Failure("NOT_FOUND", contexts.unknown(name)) }
        return found
    }

    /// - Returns: The address.
    /// - Throws: `Failure` saying what is wrong with it.
    static func checked(address: String) throws(Failure) -> String {
        do throws(BespokeError) {
            _ = try Address.parse(address)
            return address
        } catch {
            throw Failure(error)
        }
    }

    /// Whoever calls the daemon; nothing is sent yet.
    ///
    /// - Throws: `Failure` for a context or a file that there is not, `ValidationError` for an address that is none.
    func caller() throws -> Caller {
        let reach = try reach()
        let target: GRPCChannel.Target
        do {
            target = try Address.parse(reach.address)
        } catch {
            throw ValidationError(error.message + ".")
        }
        return try connection.caller(target, context: reach, deadline: .seconds(timeout))
    }

    /// Calls `body` with the daemon, and ends the command with the right code and words when it fails.
    func withDaemon(_ body: (Caller) async throws -> Void) async throws {
        try await reporting {
            let caller = try caller()
            do {
                try await body(caller)
            } catch {
                await caller.close()
                throw error
            }
            await caller.close()
        }
    }

    /// Prints what `body` throws, as text or JSON, and turns it into the exit code.
    func reporting(_ body: () async throws -> Void) async throws {
        let failure: Failure
        do {
            return try await body()
        } catch let error as Failure {
            failure = error
        } catch let error as any CallFailure {
            failure = Failure(error)
        }
        if let message = failure.message {
            if output == .text {
                Console.error("bespokectl: \(Style.printable(message))\n")
            } else {
                let error = JSON.object([.init("code", .string(failure.code)), .init("message", .string(message))])
                Console.error(rendered(.object([.init("error", error)]), isShort: true))
            }
        }
        throw ExitCode(failure.kind.rawValue)
    }

    /// - Parameter format: What a command's own --format says.
    /// - Throws: `ValidationError` when --output says something else.
    func agree(with format: String?) throws {
        guard let format, output != .text, format != output.rawValue, (format, output) != ("ndjson", .json) else {
            return
        }
        throw ValidationError("--format \(format) and --output \(output.rawValue) say different things; give one.")
    }

    /// Prints a result in the form that was asked for.
    func show(json: @autoclosure () -> JSON, text: (Style) -> String) {
        Console.out(output == .text ? text(Console.style) : rendered(json()))
    }

    /// A result for programs.
    ///
    /// - Parameter isShort: Whether JSON stands on one line.
    func rendered(_ json: JSON, isShort: Bool = false) -> String {
        output == .yaml ? json.yaml() : (isShort ? json.line() : json.text()) + "\n"
    }
}
