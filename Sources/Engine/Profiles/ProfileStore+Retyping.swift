internal import Ledger
internal import Store
internal import Logging
package import Model
internal import Profiles
internal import Ruleset

/// What became of the stored values of an attribute that has changed its type or its name.
package struct Retyping: Sendable {
    /// A value that the new type cannot say. It stays on disk, unseen, and comes back with the old type.
    package struct Left: Sendable {
        package let id: String
        package let value: AttributeValue
    }

    package let entity: Entity
    package let name: String
    package let from: AttributeType
    package let to: AttributeType
    /// The name that it has now; nil where that has not changed.
    package let renamed: String?
    package internal(set) var converted = 0
    package internal(set) var leftCount = 0
    /// The first of them.
    package internal(set) var left: [Left] = []

    static let listedMax = 1_000
}

extension ProfileStore {
    /// Gives profiles the values of attributes that have changed their type, beside those they have: what is served reads them until the
    /// new rules are.
    ///
    /// - Returns: What became of each such attribute; empty when there is none, or nothing has changed since the last time.
    func convertFormerValues() async throws -> [Retyping] {
        var found: [Retyping] = []
        for entity in [Entity.visitor, .account] {
            let successors = schema.successors(of: entity)
            guard successors != settled[entity, default: [:]] else { continue }
            var retypings: [UInt16: Retyping] = [:]
            try await forEachFormer(entity, successors) { profile in
                var values: [ProfileChange.Value] = []
                // Of several, the newest counts.
                let newestFirst = profile.values.sorted { $0.observedAtSeconds > $1.observedAtSeconds }
                for value in newestFirst where !value.isSucceeded {
                    guard !values.contains(where: { $0.attribute == value.successor }) else { continue }
                    let attributes = schema.attributes(of: entity)
                    let (from, to) = (attributes[Int(value.attribute)], attributes[Int(value.successor)])
                    var retyping =
                        retypings[from.id]
                        ?? Retyping(
                            entity: entity, name: from.name, from: from.type, to: to.type,
                            renamed: from.name == to.name ? nil : to.name)
                    if let converted = value.value.converted(to: to.type), allows(converted, to, entity) {
                        values.append(
                            .init(attribute: to.id, value: converted, observedAtSeconds: value.observedAtSeconds))
                        retyping.converted += 1
                    } else {
                        retyping.leftCount += 1
                        if retyping.left.count < Retyping.listedMax {
                            retyping.left.append(.init(id: profile.id, value: value.value))
                        }
                    }
                    retypings[from.id] = retyping
                }
                return values
            }
            found += retypings.sorted { $0.key < $1.key }.map(\.value)
        }
        for retyping in found {
            logger.warning(
                retyping.renamed == nil ? "an attribute has changed its type" : "an attribute has changed its name",
                metadata: [
                    "attribute": "\(retyping.entity.name).\(retyping.name)",
                    "renamed": "\(retyping.renamed ?? "")", "from": "\(retyping.from.name)",
                    "to": "\(retyping.to.name)", "converted": "\(retyping.converted)", "left": "\(retyping.leftCount)",
                ])
        }
        return found
    }

    /// An attribute that is declared now and would be no longer, although profiles have values of it.
    struct Orphan: Sendable {
        let entity: Entity
        let name: String
        let profiles: UInt64
        /// A new attribute that may be the same under another name.
        let renamed: String?
    }

    /// What a rule set would leave behind.
    ///
    /// - Parameter attributes: Those that it declares.
    /// - Complexity: O(profiles) when it leaves anything out.
    func orphans(of attributes: [Attribute]) -> [Orphan] {
        var orphans: [Orphan] = []
        let now = clock.now().seconds
        for entity in [Entity.visitor, .account] {
            let next = attributes.filter { $0.entity == entity }
            let names = Set(next.map(\.name)).union(formerNames.current(attributes, of: entity).keys)
            let declared = schema.attributes(of: entity).filter(\.isDeclared)
            let gone = declared.filter { !names.contains($0.name) }
            guard !gone.isEmpty else { continue }
            var counts: [UInt16: UInt64] = [:]
            for part in 0..<Self.partCount {
                counts.merge(
                    table(entity).valueCounts(inPart: part, of: gone.map(\.id), atSeconds: now), uniquingKeysWith: +)
            }
            let known = Set(declared.map(\.name))
            let new = next.filter { !known.contains($0.name) && $0.renamedFrom == nil }
            for attribute in gone {
                guard let profiles = counts[attribute.id] else { continue }
                let renamed = RemovedAttribute.likelyName(of: attribute.name, type: attribute.type, among: new)
                orphans.append(Orphan(entity: entity, name: attribute.name, profiles: profiles, renamed: renamed))
            }
        }
        return orphans
    }

    /// Forgets what `convertFormerValues` has converted, once nobody reads it any more.
    func forgetConvertedValues() async throws {
        for entity in [Entity.visitor, .account] {
            let successors = schema.successors(of: entity)
            guard successors != settled[entity, default: [:]] else { continue }
            try await forEachFormer(entity, successors) { profile in
                profile.values.filter(\.isSucceeded).map {
                    .init(attribute: $0.attribute, value: nil, observedAtSeconds: 0)
                }
            }
            settled[entity] = successors
        }
    }

    /// Writes what a closure says of each profile with values of former types; other writes take their turn between the parts.
    private func forEachFormer(
        _ entity: Entity, _ successors: [UInt16: UInt16], _ body: (FormerValues) -> [ProfileChange.Value]
    ) async throws {
        guard !successors.isEmpty else { return }
        let table = table(entity)
        for part in 0..<Self.partCount {
            // One write, in line before the first suspension: with several, one that came between two would be on disk before a
            // conversion that memory had seen sooner.
            let count = try await reserve { changes, undo in
                var count = 0
                for profile in table.formerValues(inPart: part, successors) {
                    let values = body(profile)
                    guard !values.isEmpty else { continue }
                    let change = ProfileChange(
                        id: profile.id, values: values, writtenAtSeconds: profile.writtenAtSeconds)
                    let record = try undo.put(change, in: table).record
                    changes.append(.profile(entity, id: Array(change.id.utf8), record: record))
                    count += 1
                }
                return count
            }
            await reclaim(after: count)
        }
    }
}
