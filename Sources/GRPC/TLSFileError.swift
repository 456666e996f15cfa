internal import NIOSSL

#if canImport(Glibc)
    internal import Glibc
#endif

/// A file of certificates or keys that does not serve.
package struct TLSFileError: Error, CustomStringConvertible, Hashable {
    /// What the file was to be.
    package enum Part: Sendable, Hashable {
        case certificate, key, authority
        /// The certificate and the key, which are good each by itself.
        case pair
    }

    package let part: Part
    package let path: String
    /// What is wrong and how to mend it.
    package let problem: String

    package var description: String { "\(path): \(problem)" }

    /// - Returns: The chain in a PEM file, the holder's own certificate first.
    static func certificates(_ path: String, _ part: Part) throws(TLSFileError) -> [NIOSSLCertificate] {
        try check(path, part, marker: "-----BEGIN CERTIFICATE-----", missing: "has no certificate in PEM form")
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(path)
            if !chain.isEmpty { return chain }
        } catch {
            // Said below: the library's own words name its source.
        }
        throw TLSFileError(part: part, path: path, problem: "has a certificate that cannot be read; it may be cut off")
    }

    static func privateKey(_ path: String) throws(TLSFileError) -> NIOSSLPrivateKey {
        try check(path, .key, marker: "PRIVATE KEY-----", missing: "has no private key in PEM form")
        do {
            return try NIOSSLPrivateKey(file: path, format: .pem)
        } catch {
            throw TLSFileError(
                part: .key, path: path,
                problem:
                    "has a private key that cannot be read; it may be cut off, or protected by a password: remove that")
        }
    }

    static func context(
        _ configuration: TLSConfiguration, certificate: String?, key: String?
    ) throws(TLSFileError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            guard let certificate, let key else {
                throw TLSFileError(
                    part: .authority, path: "TLS", problem: "cannot be set up: \(PlainWords.of(error))")
            }
            throw TLSFileError(
                part: .pair, path: key, problem: "is not the key of the certificate in \(certificate)")
        }
    }

    /// The commonest mistakes by name: no such file, no permission, the other file.
    private static func check(_ path: String, _ part: Part, marker: String, missing: String) throws(TLSFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TLSFileError(part: part, path: path, problem: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256 * 1024)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else {
            throw TLSFileError(part: part, path: path, problem: String(cString: strerror(errno)))
        }
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        guard text.contains(marker) else {
            let other =
                text.contains("PRIVATE KEY-----")
                ? ", but a private key; are the two files swapped?"
                : text.contains("-----BEGIN CERTIFICATE-----") ? ", but a certificate; are the two files swapped?" : ""
            throw TLSFileError(part: part, path: path, problem: missing + other)
        }
    }
}
