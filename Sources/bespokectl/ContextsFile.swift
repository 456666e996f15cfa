internal import BespokeAdmin

#if canImport(Glibc)
    internal import Glibc
#endif

/// The file that `bespokectl context` keeps.
enum ContextsFile {
    /// - Throws: `Failure` naming the file and the line that is not as it should be.
    static func read() throws(Failure) -> Contexts {
        guard let path, let content = try Files.contentIfThere(path, bytesMax: Contexts.bytesMax) else {
            return Contexts()
        }
        do throws(Contexts.Problem) {
            return try Contexts.parse(String(decoding: content, as: UTF8.self))
        } catch {
            throw Failure("INVALID_ARGUMENT", "\(path):\(error.line): \(error.problem)")
        }
    }

    /// Readable by its owner only.
    static func write(_ contexts: Contexts) throws(Failure) {
        guard let path else {
            throw Failure("FAILED_PRECONDITION", "neither XDG_CONFIG_HOME nor HOME says where contexts are kept")
        }
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw Files.failure(folder) }
        }
        try Files.replaceWhole(path, Array(contexts.text.utf8), mode: 0o600)
    }

    /// Says when a variable of the environment holds instead of the context in use.
    static func noteWhatWins(over name: String) {
        for variable in ["BESPOKE_ADDRESS", "BESPOKE_CONTEXT"] {
            guard let value = Console.environment(variable), !value.isEmpty, value != name else { continue }
            Console.error(
                "note: \(variable) is set, to \(Style.printable(value)), and holds before the context in use: unset it\n"
            )
            return
        }
    }

    private static var path: String? {
        Contexts.path(configHome: Console.environment("XDG_CONFIG_HOME"), home: Console.environment("HOME"))
    }
}
