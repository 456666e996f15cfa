internal import GRPC

extension TLSFileError {
    /// The setting that names the file.
    var setting: String {
        switch part {
        case .certificate: "tls_certificate"
        case .key, .pair: "tls_key"
        case .authority: "tls_client_authority"
        }
    }
}
