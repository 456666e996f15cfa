/// Why bytes from a peer are not a message.
package enum WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Not the protobuf encoding of the message named.
    case malformed(message: String)
    /// Decoded, the message would take more memory than a request may.
    case overBudget(message: String, budgetBytes: Int)
    /// A field's content is not acceptable; `field` is its path, such as `visitor["title"].string`.
    case invalid(field: String, problem: String)

    package var description: String {
        switch self {
        case .malformed(let message):
            "the bytes are not a valid protobuf encoding of \(message); check that client and server use the same .proto"
        case .overBudget(let message, let budgetBytes):
            "\(message) would take more than \(budgetBytes) bytes of memory when decoded; send less in one request"
        case .invalid(let field, let problem):
            "\(field): \(problem)"
        }
    }
}
