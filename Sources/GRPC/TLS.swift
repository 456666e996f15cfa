internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// Certificates of a server. What a new connection gets changes when the files are read again; those that are open keep what they have.
package final class TLS: Sendable {
    private let certificateChainPath: String
    private let privateKeyPath: String
    private let clientAuthorityPath: String?
    private let current: Mutex<NIOSSLContext>

    /// - Parameters:
    ///   - certificateChainPath: PEM, the server's own certificate first.
    ///   - privateKeyPath: PEM.
    ///   - clientAuthorityPath: PEM; clients must then show a certificate from it.
    /// - Throws: Naming the file that does not serve, and why.
    package init(
        certificateChainPath: String, privateKeyPath: String, clientAuthorityPath: String?
    ) throws(TLSFileError) {
        (self.certificateChainPath, self.privateKeyPath) = (certificateChainPath, privateKeyPath)
        self.clientAuthorityPath = clientAuthorityPath
        current = Mutex(
            try Self.context(
                certificateChainPath: certificateChainPath, privateKeyPath: privateKeyPath,
                clientAuthorityPath: clientAuthorityPath))
    }

    /// For the next connection.
    var context: NIOSSLContext { current.withLock { $0 } }

    /// The files, for whoever watches them.
    package var paths: [String] { [certificateChainPath, privateKeyPath] + (clientAuthorityPath.map { [$0] } ?? []) }

    /// When the first certificate of the chain that ends does so, in seconds since 1970. Reads the file.
    ///
    /// - Throws: What reading it throws.
    package func expiry() throws -> Int {
        try NIOSSLCertificate.fromPEMFile(certificateChainPath).map { Int($0.notValidAfter) }.min() ?? 0
    }

    /// Reads the files again. Blocks the thread.
    ///
    /// - Throws: Naming the file that does not serve; what was read before holds then.
    package func reload() throws(TLSFileError) {
        let context = try Self.context(
            certificateChainPath: certificateChainPath, privateKeyPath: privateKeyPath,
            clientAuthorityPath: clientAuthorityPath)
        current.withLock { $0 = context }
    }

    /// Forward secrecy and authenticated encryption only: RFC 9113, appendix A, forbids HTTP/2 the others. Those of TLS 1.3 are all so.
    private static let cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"

    private static func context(
        certificateChainPath: String, privateKeyPath: String, clientAuthorityPath: String?
    ) throws(TLSFileError) -> NIOSSLContext {
        let chain = try TLSFileError.certificates(certificateChainPath, .certificate)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try TLSFileError.privateKey(privateKeyPath)))
        configuration.applicationProtocols = ["h2"]
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuites = cipherSuites
        if let clientAuthorityPath {
            configuration.trustRoots = .certificates(try TLSFileError.certificates(clientAuthorityPath, .authority))
            configuration.certificateVerification = .noHostnameVerification
        }
        return try TLSFileError.context(configuration, certificate: certificateChainPath, key: privateKeyPath)
    }

    /// The alternative names of the peer's certificate, which has been found good. One with a NUL, or that is no UTF-8, is none: it is
    /// read in one way here and in another there.
    ///
    /// - Returns: nil when the peer has shown no certificate.
    static func namesOfPeer(_ context: ChannelHandlerContext) -> [String]? {
        guard let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() else { return nil }
        return certificate._subjectAlternativeNames().compactMap { name in
            guard [.dnsName, .email, .uri].contains(name.nameType), !name.contents.isEmpty else { return nil }
            return String(validating: name.contents, as: UTF8.self).flatMap { $0.utf8.contains(0) ? nil : $0 }
        }
    }
}

/// Whom a client trusts, and what it shows.
package struct ClientTLS: Sendable {
    let context: NIOSSLContext
    /// The name that the server's certificate must carry; nil for the host that is connected to.
    let serverName: String?

    /// - Parameters:
    ///   - authorityPath: PEM; nil trusts the system's authorities.
    ///   - certificatePath: PEM with the chain that this side shows, its own first; nil for none.
    ///   - privateKeyPath: PEM with its key.
    /// - Throws: Naming the file that does not serve, and why.
    package init(
        authorityPath: String?, serverName: String? = nil, certificatePath: String? = nil, privateKeyPath: String? = nil
    ) throws(TLSFileError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["h2"]
        configuration.minimumTLSVersion = .tlsv12
        if let certificatePath, let privateKeyPath {
            let chain = try TLSFileError.certificates(certificatePath, .certificate)
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try TLSFileError.privateKey(privateKeyPath))
        }
        if let authorityPath {
            configuration.trustRoots = .certificates(try TLSFileError.certificates(authorityPath, .authority))
        }
        context = try TLSFileError.context(configuration, certificate: certificatePath, key: privateKeyPath)
        self.serverName = serverName
    }
}
