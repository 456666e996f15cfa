internal import NIOCore
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
    internal import Glibc
#endif

/// What went wrong with a connection, an address or a certificate, as people say it: errors of the libraries below are names of their
/// cases, which help nobody.
package enum PlainWords {
    /// The other side has closed the connection before it was agreed how to encrypt.
    struct HungUpAmidHandshake: Error {}

    /// One text for both: which of them is seen of a port without TLS is a matter of time.
    private static let noTLS = "the port does not speak TLS, or hangs up amid the handshake"

    /// - Returns: No sentence, but what follows a colon: `Connection refused`.
    package static func of(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return of(first.error) }
            return "the name \(error.host) is not known"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case let error as SocketAddressError: return of(address: error)
        case let error as SocketAddressError.UnknownHost: return "the name \(error.host) is not known"
        case let error as ChannelError: return of(channel: error)
        case let error as NIOSSLError: return of(tls: error)
        case is NIOSSLExtraError: return "the certificate is for another name than the one that was asked for"
        case let error as BoringSSLError: return handshake(error)
        case let error as TLSFileError: return error.description
        case is HungUpAmidHandshake: return noTLS
        case let error as Status: return error.message
        default: return "\(error)"
        }
    }

    private static func of(address error: SocketAddressError) -> String {
        switch error {
        case .unixDomainSocketPathTooLong: "the path of the socket is longer than the system allows (107 bytes)"
        case .failedToParseIPString(let text): "\(text) is no IP address"
        case .unsupported: "there are no sockets of that kind here"
        default: "the name is not known"
        }
    }

    private static func of(channel error: ChannelError) -> String {
        switch error {
        case .connectTimeout: "no answer in time"
        case .ioOnClosedChannel, .alreadyClosed, .eof, .outputClosed, .inputClosed: "the connection was closed"
        default: "the connection cannot be used"
        }
    }

    private static func of(tls error: NIOSSLError) -> String {
        switch error {
        case .noSuchFilesystemObject: "there is no such file"
        case .failedToLoadCertificate: "cannot be read as a certificate in PEM form"
        case .failedToLoadPrivateKey: "cannot be read as a private key in PEM form"
        case .handshakeFailed(let cause): handshake(cause)
        case .noCertificateToValidate: "the other side shows no certificate"
        case .unableToValidateCertificate: "the certificate does not carry the name that was asked for"
        case .uncleanShutdown: "the connection was closed"
        default: "TLS failed"
        }
    }

    /// The library says why in words of its own, inside a list of places in its source.
    private static func handshake(_ error: BoringSSLError) -> String {
        let text = "\(error)"
        for (word, meaning) in handshakeReasons where text.contains(word) { return meaning }
        return "the TLS handshake failed"
    }

    private static let handshakeReasons = [
        ("WRONG_VERSION_NUMBER", noTLS), ("HTTP_REQUEST", noTLS),
        ("HTTPS_PROXY_REQUEST", noTLS),
        (
            "CERTIFICATE_VERIFY_FAILED",
            "the certificate is of no authority that is trusted here, or not valid now (CERTIFICATE_VERIFY_FAILED)"
        ),
        ("CERTIFICATE_REQUIRED", "the other side wants a certificate to be shown"),
        ("BAD_CERTIFICATE", "the other side does not accept the certificate that was shown"),
        ("UNKNOWN_CA", "the other side does not know the authority of the certificate that was shown"),
        ("EXPIRED", "the certificate has expired"),
        ("NO_APPLICATION_PROTOCOL", "the two sides have no protocol in common; HTTP/2 (`h2`) is wanted"),
        ("UNSUPPORTED_PROTOCOL", "the two sides have no version of TLS in common; 1.2 or 1.3 is wanted"),
        ("ALERT_HANDSHAKE_FAILURE", "the other side ended the handshake, as where it wants a certificate to be shown"),
        ("EOF during", noTLS),
        ("NO_SHARED_CIPHER", "the two sides have no cipher in common"),
    ]
}
