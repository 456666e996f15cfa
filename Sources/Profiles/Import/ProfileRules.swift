package import Model

/// What the rule set that is served says of one kind of profile: a snapshot, to check many profiles by.
package struct ProfileRules: Sendable {
    /// Visitors or accounts.
    package let entity: Entity
    let attributes: [ProfileSchema.Attribute]
    /// Of the attributes, by id.
    let types: [AttributeType]
    /// Whether the values of an attribute are listed, by id.
    let areListed: [Bool]
    private let schema: ProfileSchema
    private let allowed: [UInt16: Set<String>]

    /// - Parameter allowed: Values that an attribute may have, where the rule set says, by attribute.
    package init(_ entity: Entity, schema: ProfileSchema, allowed: [UInt16: Set<String>]) {
        self.entity = entity
        self.schema = schema
        self.allowed = allowed
        attributes = schema.attributes(of: entity)
        types = attributes.map(\.type)
        areListed = attributes.map { allowed[$0.id] != nil }
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
    func check(_ text: BorrowedText, isListedFor attribute: Int) throws(ProfileError) {
        guard let texts = allowed[UInt16(attribute)] else { return }
        let text = text.string
        guard texts.contains(text) else {
            throw .valueNotAllowed(attribute: attributes[attribute].name, value: text, allowed: texts.sorted())
        }
    }
}
