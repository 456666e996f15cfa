internal import NIOCore
internal import NIOSSL

/// A name that somebody asked for, beside those that a certificate carries. The library takes a certificate for the address that is
/// connected to as well, whatever name is asked for; who names one means that one.
package enum CertificateName {
    /// Whether a certificate for `pattern` is one for `name`: the same but for case, or with `*` for the first label.
    ///
    /// Source: RFC 9525, section 6.3.
    package static func matches(_ name: String, _ pattern: String) -> Bool {
        let name = name.lowercased().utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let pattern = pattern.lowercased().utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.count == pattern.count, let first = pattern.first else { return false }
        guard first.elementsEqual("*".utf8) else { return name.elementsEqual(pattern) { $0.elementsEqual($1) } }
        // Not for a whole top-level domain.
        return name.count > 2 && name[0].count > 0
            && name.dropFirst().elementsEqual(pattern.dropFirst()) { $0.elementsEqual($1) }
    }

    /// Whether the certificate of the other side, which has been found good, carries a name of a host.
    static func isCarried(_ name: String, byPeerOf context: ChannelHandlerContext) -> Bool {
        guard let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() else { return false }
        return certificate._subjectAlternativeNames().contains { alternative in
            guard alternative.nameType == .dnsName, let text = String(validating: alternative.contents, as: UTF8.self)
            else { return false }
            return matches(name, text)
        }
    }
}
