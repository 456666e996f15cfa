/// Whom or what an attribute describes.
package enum Entity: UInt8, BitwiseCopyable, Sendable, CaseIterable, Hashable {
    case visitor
    case account
    case request

    /// The prefix under which rules name the attribute: `visitor`, `account` or `request`.
    package var name: String {
        switch self {
        case .visitor: "visitor"
        case .account: "account"
        case .request: "request"
        }
    }

    /// - Returns: The entity with that rule prefix, or nil.
    package init?(name: some StringProtocol) {
        guard let entity = Entity.allCases.first(where: { $0.name == name }) else { return nil }
        self = entity
    }
}
