/// Who is at the other side of a connection, as far as the transport can tell.
package struct ConnectionPeer: Sendable, Hashable {
    /// Where the connection comes from.
    package enum Origin: Sendable, Hashable {
        /// A process of this machine that may open the Unix socket.
        case unixSocket
        /// A process of this machine.
        case loopback
        case elsewhere
    }

    package let origin: Origin
    /// The IP address; `unix` for the Unix socket.
    package let address: String

    package init(origin: Origin, address: String) {
        (self.origin, self.address) = (origin, address)
    }
}

/// Stands before the calls of one connection: a door says through it who may call what, and GRPC knows only yes or no. Lives on the
/// connection's event loop.
package struct CallGate {
    /// Who calls, for the handler; what it is only the door knows.
    package typealias Permit = any AnyObject & Sendable

    /// What is to be done with a call whose headers are complete.
    package enum OnCall {
        case admit(Permit)
        case refuse(Status)
        /// The peer has been refused so often that the connection ends, too.
        case refuseAndEnd(Status)
    }

    /// - Parameters:
    ///   - method: Index of the method in the router.
    ///   - authorization: The value of the first `authorization` field; empty when there is none.
    ///   - count: How many such fields came.
    ///   - now: Nanoseconds of the monotonic clock.
    package typealias Admit = (
        _ method: Int, _ authorization: UnsafeBufferPointer<UInt8>, _ count: Int, _ now: UInt64
    ) -> OnCall

    let admit: Admit
    let ended: (Permit, _ bytes: Int, _ now: UInt64) -> Void
    let spent: (_ method: Int, Permit, _ bytes: Int, _ now: UInt64) -> Status?
    let showed: ([String]) -> Void
    let guessed: (_ method: Int, Permit) -> Bool

    /// - Parameters:
    ///   - admit: Asked once for each call, before its handler.
    ///   - ended: Told when a call that was admitted is over, with what came and went since `spent` was told last, and the time.
    ///   - spent: Told of what came and went in a stream that goes on. Says why the call ends, where it is too much.
    ///   - showed: Told the alternative names of the peer's certificate, once it has been found good: of hosts, addresses of e-mail, URIs.
    ///   - guessed: Told when a handler found a secret in the request that is not the right one. Says whether the connection is to end, for the
    ///     peer has sent more of them than a mistake explains.
    package init(
        admit: @escaping Admit, ended: @escaping (Permit, _ bytes: Int, _ now: UInt64) -> Void,
        spent: @escaping (_ method: Int, Permit, _ bytes: Int, _ now: UInt64) -> Status?,
        showed: @escaping ([String]) -> Void,
        guessed: @escaping (_ method: Int, Permit) -> Bool
    ) {
        (self.admit, self.ended, self.spent) = (admit, ended, spent)
        (self.showed, self.guessed) = (showed, guessed)
    }
}
