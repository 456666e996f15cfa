internal import NIOCore
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
    internal import Glibc
#endif

/// What went wrong with a connection, an address or a certificate, as people say it: errors of the libraries below are names of their
/// cases, which help nobody.
package enum PlainWords {
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
        case is BoringSSLError:
            return "the two sides do not agree on TLS, or the certificate and its key do not belong together"
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
        case .handshakeFailed:
            "the TLS handshake failed: the certificate is not trusted, is not asked for by this name, or the other side speaks no TLS"
        case .noCertificateToValidate: "the other side shows no certificate"
        case .unableToValidateCertificate: "the certificate does not carry the name that was asked for"
        case .uncleanShutdown: "the connection was closed"
        default: "TLS failed"
        }
    }
}
