internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import GRPC
internal import Model

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// What every command takes, before or behind its name.
struct GlobalOptions: ParsableArguments {
    static let defaultAddress = "unix:/var/lib/bespoke/bespoke.sock"

    @Option(
        help: ArgumentHelp(
            "Where the daemon listens: unix:PATH or HOST:PORT. Also BESPOKE_ADDRESS. (default: \(defaultAddress))",
            valueName: "address"))
    var address: String?

    @Option(help: ArgumentHelp("How results are printed: text or json.", valueName: "format"))
    var output = OutputFormat.text

    @Option(help: ArgumentHelp("How long to wait for an answer.", valueName: "seconds"))
    var timeout = 30.0

    @OptionGroup(title: "Connection Options") var connection: ConnectionOptions

    private static let timeoutSecondsMax = 86_400.0

    func validate() throws {
        guard timeout > 0, timeout <= Self.timeoutSecondsMax else {
            throw ValidationError("--timeout must be more than 0 and at most \(Int(Self.timeoutSecondsMax)) seconds.")
        }
    }

    /// As it is written on the command line, in the environment, or by default.
    var daemonAddress: String { address ?? Console.environment("BESPOKE_ADDRESS") ?? Self.defaultAddress }

    /// Calls `body` with the daemon, and ends the command with the right code and words when it fails.
    func withDaemon(_ body: (Caller) async throws -> Void) async throws {
        let target: GRPCChannel.Target
        do {
            target = try Address.parse(daemonAddress)
        } catch {
            throw ValidationError(error.message + ".")
        }
        let caller = try connection.caller(target, deadline: .seconds(timeout))
        try await reporting {
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
        } catch let error as BespokeError {
            failure = Failure(error)
        }
        if let message = failure.message {
            switch output {
            case .text: Console.error("bespokectl: \(Style.printable(message))\n")
            case .json:
                let error = JSON.object([.init("code", .string(failure.code)), .init("message", .string(message))])
                Console.error(JSON.object([.init("error", error)]).line() + "\n")
            }
        }
        throw ExitCode(failure.kind.rawValue)
    }

    /// Prints a result in the form that was asked for.
    func show(json: @autoclosure () -> JSON, text: (Style) -> String) {
        switch output {
        case .json: Console.out(json().text() + "\n")
        case .text: Console.out(text(Console.style))
        }
    }
}
