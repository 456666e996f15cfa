package import Model

/// Which attributes profiles hold: an id for every name and type ever declared, per kind of profile.
///
/// Ids are never reused: a stored value keeps its meaning whatever rule sets come. An attribute that changes its type
/// gets a new id; going back to the old type brings back the old id. `successors` says whose values are to be converted.
package struct ProfileSchema: Sendable, Equatable {
    /// A name with a type, and the number that rows and records use for the pair.
    package struct Attribute: Sendable, Equatable {
        /// Its place in the list of all attributes of the kind.
        package let id: UInt16
        /// As rule sets declare it.
        package let name: String
        /// As rule sets declare it.
        package let type: AttributeType
        /// Whether the rule set that is served declares it: only then can it be written.
        package fileprivate(set) var isDeclared: Bool
    }

    /// By id.
    private var visitors: [Attribute] = []
    private var accounts: [Attribute] = []
    /// Ids by name, of those that are declared.
    private var declaredVisitors: [String: UInt16] = [:]
    private var declaredAccounts: [String: UInt16] = [:]
    /// By kind: names that attributes had, with the declared names that they have now. Not stored: the rule set says it.
    private var renames: [Entity: [String: String]] = [:]

    /// No attributes.
    package init() {}

    /// Every attribute ever declared, in the order of ids, from 0 without gaps; none for requests.
    package func attributes(of entity: Entity) -> [Attribute] {
        switch entity {
        case .visitor: visitors
        case .account: accounts
        case .request: []
        }
    }

    /// - Returns: The attribute declared under that name, or nil.
    package func attribute(named name: String, of entity: Entity) -> Attribute? {
        guard entity != .request else { return nil }
        let ids = entity == .visitor ? declaredVisitors : declaredAccounts
        return ids[name].map { attributes(of: entity)[Int($0)] }
    }

    /// - Returns: The attribute declared under that name.
    /// - Throws: `ProfileError.unknownAttribute`, with the nearest name that is declared.
    package func declaredAttribute(named name: String, of entity: Entity) throws(ProfileError) -> Attribute {
        if let attribute = attribute(named: name, of: entity) { return attribute }
        let names = attributes(of: entity).filter(\.isDeclared).map(\.name)
        throw .unknownAttribute(name: name, suggestion: Spelling.nearest(to: name, among: names))
    }

    /// Takes over what a rule set declares for one kind of profile; all else counts as no longer declared.
    ///
    /// - Parameter declared: Names, each once, with types.
    /// - Returns: Whether ids were added, so that the schema must be stored before rows use it.
    /// - Throws: `ProfileError.tooManyAttributes`; `duplicateAttribute`. The schema is then unchanged.
    /// - Precondition: `entity` is not `.request`, whose attributes are never stored.
    package mutating func declare(
        _ declared: [(name: String, type: AttributeType)], of entity: Entity
    ) throws(ProfileError) -> Bool {
        precondition(entity != .request, "attributes of requests are never stored")
        var all = attributes(of: entity)
        let before = all.count
        for index in all.indices { all[index].isDeclared = false }
        var names: Set<String> = []
        for (name, type) in declared {
            guard names.insert(name).inserted else { throw .duplicateAttribute(name: name) }
            if let known = all.firstIndex(where: { $0.name == name && $0.type == type }) {
                all[known].isDeclared = true
                continue
            }
            guard all.count < ProfileLimits.attributesMax else { throw .tooManyAttributes }
            all.append(Attribute(id: UInt16(all.count), name: name, type: type, isDeclared: true))
        }
        store(all, of: entity)
        return all.count > before
    }

    /// Takes over which declared attributes had another name before; what it said earlier of that kind no longer holds.
    ///
    /// - Parameter names: The name that each has now, by the one that it had.
    package mutating func rename(_ names: [String: String], of entity: Entity) {
        renames[entity] = names
    }

    /// - Returns: The attribute that is declared under the name, or under the one that it has now; nil when there is none.
    package func successor(of attribute: Attribute, _ entity: Entity) -> Attribute? {
        if let same = self.attribute(named: attribute.name, of: entity) { return same }
        return renames[entity]?[attribute.name].flatMap { self.attribute(named: $0, of: entity) }
    }

    private mutating func store(_ attributes: [Attribute], of entity: Entity) {
        let declared = attributes.filter(\.isDeclared).map { ($0.name, $0.id) }
        let ids = Dictionary(declared, uniquingKeysWith: { first, _ in first })
        if entity == .visitor {
            (visitors, declaredVisitors) = (attributes, ids)
        } else {
            (accounts, declaredAccounts) = (attributes, ids)
        }
    }
}

extension ProfileSchema {
    private static let format: UInt8 = 1

    /// Bytes for the journal: format, then for visitors and accounts the count and type and name of each; a checksum.
    package func encoded() -> [UInt8] {
        var writer = PackedWriter(capacity: 64 + (visitors.count + accounts.count) * 512)
        writer.byte(Self.format)
        for attributes in [visitors, accounts] {
            writer.varint(UInt64(attributes.count))
            for attribute in attributes {
                writer.byte(attribute.type.rawValue)
                var name = attribute.name
                name.withUTF8 { writer.counted($0) }
            }
        }
        precondition(!writer.overflowed, "names of attributes are at most 64 bytes long")
        writer.checksum()
        return Array(writer.contents)
    }

    /// Reads what `encoded` wrote; nothing counts as declared until `declare` is called.
    ///
    /// - Throws: `ProfileError.corrupt` for damage and for a newer format.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(ProfileError) {
        var reader = try CheckedCursor(checksummed: bytes, of: "the schema")
        let format = try reader.byte()
        guard format == Self.format else {
            throw .corrupt("the schema has format \(format), this version reads \(Self.format)")
        }
        for entity in [Entity.visitor, .account] {
            var attributes: [Attribute] = []
            let count = try reader.varint()
            guard count <= ProfileLimits.attributesMax else { throw reader.damaged("too many attributes") }
            for id in 0..<UInt16(count) {
                guard let type = AttributeType(rawValue: try reader.byte()) else {
                    throw reader.damaged("an unknown type")
                }
                let name = String(decoding: try reader.counted(), as: UTF8.self)
                attributes.append(Attribute(id: id, name: name, type: type, isDeclared: false))
            }
            store(attributes, of: entity)
        }
        guard reader.isAtEnd else { throw reader.damaged("bytes after the end") }
    }
}
