internal import Model
package import Ruleset
package import Wire

/// Profiles in the form that imports read.
package struct ProfileExport {
    private let names: [String]
    private let isVisitor: Bool

    /// - Parameter attributes: What the rule set declares; the columns in its order.
    package init(_ attributes: [Attribute], kind: ProfileKind) {
        isVisitor = kind == .visitor
        let entity: Entity = kind == .visitor ? .visitor : .account
        names = attributes.filter { $0.entity == entity }.map(\.name)
    }

    /// The first line, with its line end.
    package var head: String { CSVText.line(["id"] + (isVisitor ? ["account"] : []) + names) }

    /// - Returns: A line with its line end. What is not known is empty; members of a set are separated by `|`.
    package func line(_ profile: ProfileMessage) -> String {
        let values = Dictionary(profile.features.map { ($0.name, $0.value) }) { first, _ in first }
        let cells = names.map { name in
            switch values[name] {
            case .strings(let members): members.joined(separator: "|")
            case let value?: ValueText.format(value)
            case nil: ""
            }
        }
        return CSVText.line([profile.id] + (isVisitor ? [profile.accountID] : []) + cells)
    }
}
