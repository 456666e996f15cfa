/// A method of a service, as server and client share it: see `Methods`.
package struct Method<Request: WireMessage, Response: WireMessage>: Sendable {
    /// Such as `/bespoke.v1.DecisionService/Decide`.
    package let path: String

    init(_ path: String) {
        self.path = path
    }
}
