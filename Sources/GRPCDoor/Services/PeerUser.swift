internal import Access
internal import GRPC

#if canImport(Glibc)
    internal import Glibc
#endif

extension ServerStream {
    /// Who calls, for the history and the log: a token or a certificate by its name, else the user of this machine; empty when nobody
    /// can tell. May ask a directory, so it is not for event loops.
    var callerText: String {
        if let text = principal?.text, !text.isEmpty { return text }
        return peerUserID.map(PeerUser.text) ?? ""
    }
}

/// Users of the daemon's machine, as the history and the log name them.
enum PeerUser {
    private static let bufferBytes = 16_384

    /// `ada (uid 1000)`, or `uid 1000` where the system knows no name. May ask a directory, so it is not for event loops.
    static func text(_ id: UInt32) -> String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: bufferBytes) { buffer in
            guard let base = buffer.baseAddress, getpwuid_r(id, &entry, base, buffer.count, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return "uid \(id)" }
            return "\(String(cString: name)) (uid \(id))"
        }
    }
}
