internal import ArgumentParser
internal import BespokeAdmin
internal import BespokeClient
internal import GRPC
internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// How the daemon proves who it is, and how this side does.
struct ConnectionOptions: ParsableArguments {
    @Flag(help: "Encrypt: TLS 1.2 or 1.3. Any of --ca, --cert and --server-name says so too.") var tls = false
    @Option(
        help: ArgumentHelp("PEM file with the authority to trust; without it the system's.", valueName: "file"),
        completion: .file())
    var ca: String?
    @Option(help: ArgumentHelp("PEM file with the certificate to show.", valueName: "file"), completion: .file())
    var cert: String?
    @Option(help: ArgumentHelp("PEM file with its private key.", valueName: "file"), completion: .file())
    var key: String?
    @Option(help: ArgumentHelp("The name that the daemon's certificate must carry.", valueName: "name"))
    var serverName: String?
    @Option(
        help: ArgumentHelp(
            "Token to show. Others on this machine may see it there: better BESPOKE_TOKEN, or --token-file.",
            valueName: "token"))
    var token: String?
    @Option(
        help: ArgumentHelp("File with the token to show. Also BESPOKE_TOKEN_FILE.", valueName: "file"),
        completion: .file())
    var tokenFile: String?

    func validate() throws {
        guard (cert == nil) == (key == nil) else { throw ValidationError("--cert and --key go together.") }
        guard token == nil || tokenFile == nil else { throw ValidationError("Give --token or --token-file, not both.") }
    }

    /// Whether any of these asks for TLS.
    var isEncrypted: Bool { tls || ca != nil || cert != nil || serverName != nil }

    /// What was not said is taken from a context.
    private func over(_ context: Contexts.Context) -> Contexts.Context {
        var merged = context
        merged.tls = context.tls || isEncrypted
        if let ca { merged.ca = ca }
        if let cert, let key { (merged.cert, merged.key) = (cert, key) }
        if let serverName { merged.serverName = serverName }
        return merged
    }

    /// Calls to a daemon as these options have it, and for what they do not say its context.
    ///
    /// - Throws: `ValidationError` for what cannot be read, and for a token that would leave this machine in clear text.
    func caller(_ target: GRPCChannel.Target, context: Contexts.Context, deadline: Duration) throws -> Caller {
        var encryption: ClientTLS?
        let context = over(context)
        if context.tls {
            do throws(TLSFileError) {
                encryption = try ClientTLS(
                    authorityPath: context.ca.orNil, serverName: context.serverName.orNil,
                    certificatePath: context.cert.orNil, privateKeyPath: context.key.orNil)
            } catch {
                let option =
                    switch error.part {
                    case .certificate: "--cert"
                    case .key, .pair: "--key"
                    case .authority: "--ca"
                    }
                throw ValidationError("\(option) \(error).")
            }
        }
        let secret = try secret(context)
        if secret != nil, encryption == nil, case .tcp(let host, _) = target, !Self.isLoopback(host) {
            throw ValidationError("A token would go to \(host) in clear text; add --tls.")
        }
        return Caller(target: target, tls: encryption, token: secret, deadline: deadline)
    }

    private func secret(_ context: Contexts.Context) throws -> Secret? {
        if let token { return try Self.checked(token) }
        if let path = tokenFile { return try Self.read(path) }
        if let token = Console.environment("BESPOKE_TOKEN"), !token.isEmpty { return try Self.checked(token) }
        if let path = Console.environment("BESPOKE_TOKEN_FILE"), !path.isEmpty { return try Self.read(path) }
        return try context.token.orNil.map { path in try Self.read(path) }
    }

    /// Whether what is kept of them could be used: files that are there and may be read.
    ///
    /// - Throws: `Failure` naming the first that cannot.
    func checkFiles() throws {
        for (option, path) in [("--ca", ca), ("--cert", cert), ("--key", key)] {
            guard let path, access(path, R_OK) != 0 else { continue }
            throw Failure("NOT_FOUND", "\(option) \(path): \(String(cString: strerror(errno)))")
        }
        if let tokenFile { _ = try Self.read(tokenFile) }
    }

    private static func checked(_ text: String) throws -> Secret {
        // The text itself is not shown: it may be nearly right.
        guard (1...4_096).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw ValidationError("The token is none: it is empty, too long, or has characters that no token has.")
        }
        return Secret(text)
    }

    /// A file that others may read holds no secret.
    private static func read(_ path: String) throws -> Secret {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ValidationError("The token file \(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ValidationError("The token file \(path) is no file.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw ValidationError("The token file \(path) may be read by others; run: chmod 600 \(path).")
        }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else {
            throw ValidationError("The token file \(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        var text = bytes[..<count]
        while let last = text.last, last == 0x0a || last == 0x0d || last == 0x20 { text.removeLast() }
        return try checked(String(decoding: text, as: UTF8.self))
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

extension String {
    /// nil for the empty one, which stands for what a context does not say.
    fileprivate var orNil: String? { isEmpty ? nil : self }
}
