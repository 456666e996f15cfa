internal import NIOSSL

/// Certificates of a server, read once.
package struct TLS: Sendable {
    let context: NIOSSLContext

    /// - Parameters:
    ///   - certificateChainPath: PEM, the server's own certificate first.
    ///   - privateKeyPath: PEM.
    ///   - clientAuthorityPath: PEM; clients must then show a certificate from it.
    /// - Throws: What reading and checking the files throws.
    package init(certificateChainPath: String, privateKeyPath: String, clientAuthorityPath: String?) throws {
        let chain = try NIOSSLCertificate.fromPEMFile(certificateChainPath)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: privateKeyPath, format: .pem)))
        configuration.applicationProtocols = ["h2"]
        configuration.minimumTLSVersion = .tlsv12
        if let clientAuthorityPath {
            configuration.trustRoots = .file(clientAuthorityPath)
            configuration.certificateVerification = .noHostnameVerification
        }
        context = try NIOSSLContext(configuration: configuration)
    }
}

/// Whom a client trusts, and what it shows.
package struct ClientTLS: Sendable {
    let context: NIOSSLContext
    /// The name that the server's certificate must carry; nil for the host that is connected to.
    let serverName: String?

    /// - Parameter authorityPath: PEM; nil trusts the system's authorities.
    /// - Throws: What reading and checking the files throws.
    package init(authorityPath: String?, serverName: String? = nil) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["h2"]
        configuration.minimumTLSVersion = .tlsv12
        if let authorityPath { configuration.trustRoots = .file(authorityPath) }
        context = try NIOSSLContext(configuration: configuration)
        self.serverName = serverName
    }
}
