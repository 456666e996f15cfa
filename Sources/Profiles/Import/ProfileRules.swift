package import Model

/// What the rule set that is served says of one kind of profile: a snapshot, to check many profiles by.
package struct ProfileRules: Sendable {
    /// Visitors or accounts.
    package let entity: Entity
    let attributes: [ProfileSchema.Attribute]
    private let schema: ProfileSchema
    private let allowed: [UInt16: Set<String>]

    /// - Parameter allowed: Values that an attribute may have, where the rule set says, by attribute.
    package init(_ entity: Entity, schema: ProfileSchema, allowed: [UInt16: Set<String>]) {
        self.entity = entity
        self.schema = schema
        self.allowed = allowed
        attributes = schema.attributes(of: entity)
    }

    /// Whether what was found good by these rules is good by others, as far as some attributes are concerned.
    package func agrees(with other: ProfileRules, on used: Set<UInt16>) -> Bool {
        used.allSatisfy { attribute in
            Int(attribute) < other.attributes.count
                && attributes[Int(attribute)] == other.attributes[Int(attribute)]
                && allowed[attribute] == other.allowed[attribute]
        }
    }

    /// - Throws: `ProfileError.unknownAttribute`, with the nearest name that is declared.
    func attribute(named name: BorrowedText) throws(ProfileError) -> ProfileSchema.Attribute {
        try schema.declaredAttribute(named: name.string, of: entity)
    }

    /// - Throws: `ProfileError.valueNotAllowed`.
    func check(_ value: FeatureValue, of attribute: ProfileSchema.Attribute) throws(ProfileError) {
        guard !allowed.isEmpty, let texts = allowed[attribute.id] else { return }
        func check(_ text: BorrowedText) throws(ProfileError) {
            let text = text.string
            guard texts.contains(text) else {
                throw .valueNotAllowed(attribute: attribute.name, value: text, allowed: texts.sorted())
            }
        }
        switch value.kind {
        case .string: try check(value.text)
        case .strings: for member in value.texts { try check(member) }
        default: return
        }
    }
}
