/// Why a call has no answer, and what to do about it.
package enum CallProblem {
    /// - Parameters:
    ///   - code: Of the gRPC status, such as `UNIMPLEMENTED`.
    ///   - message: What the other side, or the system, says.
    ///   - isUnreachable: Whether nobody answered at all.
    package static func words(code: String, message: String, isUnreachable: Bool) -> String {
        if isUnreachable {
            return message
                + "; start the daemon (`bespoked --help`, or `systemctl start bespoked`), or say where it is: --address, "
                + "BESPOKE_ADDRESS or `bespokectl context use`"
        }
        guard code == "UNIMPLEMENTED", message.hasPrefix("there is no method ") else { return message }
        let method = message.dropFirst("there is no method ".count)
        guard method.hasPrefix("/bespoke.v1.") else { return message }
        return
            "this port does not serve \(method): it is the data port, which only decides, or its daemon is older than this "
            + "program; ask the admin socket: --address unix:DATA_DIRECTORY/bespoke.sock"
    }
}
