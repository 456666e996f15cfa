/// Why a call has no answer, and what to do about it.
package enum CallProblem {
    /// - Parameters:
    ///   - code: Of the gRPC status, such as `UNIMPLEMENTED`.
    ///   - message: What the other side, or the system, says.
    ///   - isUnreachable: Whether nobody answered at all.
    package static func words(code: String, message: String, isUnreachable: Bool) -> String {
        if isUnreachable, ["TLS", "certificate", "cipher"].contains(where: message.contains) {
            return message
                + (message.contains("does not speak TLS")
                    ? "; leave --tls, --ca and --server-name out, or ask the port that is encrypted"
                    : "; --ca names the authority to trust, --server-name the name, --cert and --key what this side shows")
        }
        if message.hasSuffix("closes its connections at once") {
            return message + "; that is not where a daemon serves gRPC: name the port of `listen` or the admin socket"
        }
        if code == "UNAVAILABLE", message == "the connection was closed" {
            return message
                + " by the other side: its daemon is ending, or the port is encrypted and needs --tls, or it is "
                + "the port of `operations`, which speaks HTTP"
        }
        if isUnreachable {
            return message
                + "; start the daemon (`bespoked --help`, or `systemctl start bespoked`), or say where it is: --address, "
                + "BESPOKE_ADDRESS or `bespokectl context use`"
        }
        guard code == "UNIMPLEMENTED", message.hasPrefix("there is no method ") else {
            return FieldWords.typed(message)
        }
        let method = message.dropFirst("there is no method ".count)
        guard method.hasPrefix("/bespoke.v1.") else { return message }
        return
            "this port does not serve \(method): it is the data port, which only decides, or its daemon is older than this "
            + "program; ask the admin socket: --address unix:DATA_DIRECTORY/bespoke.sock"
    }
}
