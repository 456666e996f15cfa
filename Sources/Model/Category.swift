/// The seven categories in which the criteria of an ideal customer profile are weighed.
package enum Category: UInt8, BitwiseCopyable, Sendable, CaseIterable, Hashable {
    case ready
    case willing
    case able
    case success
    case acquisition
    case ascension
    case advocacy

    /// The word that rule files and messages use.
    package var name: String {
        switch self {
        case .ready: "ready"
        case .willing: "willing"
        case .able: "able"
        case .success: "success"
        case .acquisition: "acquisition"
        case .ascension: "ascension"
        case .advocacy: "advocacy"
        }
    }

    /// - Returns: The category of that name, or nil.
    package init?(name: some StringProtocol) {
        guard let category = Category.allCases.first(where: { $0.name == name }) else { return nil }
        self = category
    }
}
