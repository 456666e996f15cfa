package import Model

/// An attribute that the next rule set does not declare any more, under no name: what is stored of it is lost.
package struct RemovedAttribute: Equatable {
    package let entity: Entity
    package let name: String
    /// A new attribute that may be the same under another name.
    package let renamed: String?

    /// - Returns: In the order in which the old rule set declares them.
    package static func all(from old: [Attribute], to new: [Attribute]) -> [RemovedAttribute] {
        old.compactMap { attribute in
            let others = new.filter { $0.entity == attribute.entity }
            guard !others.contains(where: { $0.name == attribute.name || $0.renamedFrom == attribute.name }) else {
                return nil
            }
            let known = Set(old.filter { $0.entity == attribute.entity }.map(\.name))
            let fresh = others.filter { !known.contains($0.name) && $0.renamedFrom == nil }
            return RemovedAttribute(
                entity: attribute.entity, name: attribute.name,
                renamed: likelyName(of: attribute.name, type: attribute.type, among: fresh))
        }
    }

    /// - Parameter attributes: New ones of the same entity.
    /// - Returns: The name of that which is probably meant: of its type, and spelt alike or the only one.
    package static func likelyName(of name: String, type: AttributeType, among attributes: [Attribute]) -> String? {
        let alike = attributes.filter { $0.type == type }.map(\.name)
        return Spelling.nearest(to: name, among: alike) ?? (alike.count == 1 ? alike[0] : nil)
    }
}
