package import Messages
internal import Model
package import Ruleset

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
    package var head: String {
        let taken = ["id"] + (isVisitor ? ["account"] : [])
        let kind = isVisitor ? "visitor" : "account"
        return CSVText.line(taken + names.map { taken.contains($0) ? "\(kind).\($0)" : $0 })
    }

    /// - Returns: A line with its line end. What is not known is empty, the empty text a pair of quotes; members of a set are separated
    ///   by `|`, and a set of which that would say something else is a JSON array.
    package func line(_ profile: ProfileMessage) -> String {
        let values = Dictionary(profile.features.map { ($0.name, $0.value) }) { first, _ in first }
        let cells = names.map { name in
            switch values[name] {
            case .strings(let members): CSVText.quoted(SetText.cell(members))
            case .string(""): CSVText.exact("")
            case let value?: CSVText.quoted(ValueText.format(value))
            case nil: ""
            }
        }
        let identifiers = [profile.id] + (isVisitor ? [profile.accountID] : [])
        return CSVText.joined(identifiers.map(CSVText.quoted) + cells)
    }
}
