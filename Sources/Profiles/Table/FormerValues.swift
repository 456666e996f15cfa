package import Model

/// A profile with values of attributes that have changed their type or name since.
package struct FormerValues: Sendable {
    /// One value, under the attribute that it was written for.
    package struct Value: Sendable {
        package let attribute: UInt16
        /// The attribute that is declared now.
        package let successor: UInt16
        package let value: AttributeValue
        /// In seconds since 1970; 0: not known.
        package let observedAtSeconds: Int64
        /// Whether the profile has a value of the successor too.
        package let isSucceeded: Bool
    }

    package let id: String
    package let version: UInt64
    package let writtenAtSeconds: Int64
    package let values: [Value]
}

extension ProfileSchema {
    /// Attributes of former types and names, each with the one that is declared now.
    package func successors(of entity: Entity) -> [UInt16: UInt16] {
        var successors: [UInt16: UInt16] = [:]
        for attribute in attributes(of: entity) where !attribute.isDeclared {
            if let now = successor(of: attribute, entity) { successors[attribute.id] = now.id }
        }
        return successors
    }
}

extension ProfileTable {
    /// How many profiles of a part have a value of each of some attributes. Writes wait while a part is looked through.
    ///
    /// - Precondition: `part` is in `0..<partCount`.
    package func valueCounts(inPart part: Int, of attributes: [UInt16], atSeconds now: Int64) -> [UInt16: UInt64] {
        var counts: [UInt16: UInt64] = [:]
        _ = rows(inPart: part) { row -> Bool? in
            guard !lifetime.isOver(row, atSeconds: now) else { return nil }
            let values = RowValues(row)
            for attribute in attributes where values.has(attribute) { counts[attribute, default: 0] += 1 }
            return nil
        }
        return counts
    }

    /// The profiles of a part that have values of former types. Writes wait while a part is looked through, never longer.
    ///
    /// - Parameter successors: By former attribute (see `ProfileSchema.successors`).
    /// - Precondition: `part` is in `0..<partCount`.
    package func formerValues(inPart part: Int, _ successors: [UInt16: UInt16]) -> [FormerValues] {
        rows(inPart: part) { row in
            guard successors.keys.contains(where: { RowValues(row).has($0) }) else { return nil }
            var values: [FormerValues.Value] = []
            withUnsafeTemporaryAllocation(of: BorrowedText.self, capacity: ProfileRow.scratchMembersMax) { scratch in
                row.forEach(scratch: scratch) { attribute, value, time in
                    guard let successor = successors[attribute], let value = AttributeValue(value) else { return }
                    values.append(
                        FormerValues.Value(
                            attribute: attribute, successor: successor, value: value, observedAtSeconds: time,
                            isSucceeded: RowValues(row).has(successor)))
                }
            }
            return FormerValues(
                id: row.id.string, version: row.version, writtenAtSeconds: row.writtenAtSeconds, values: values)
        }
    }
}
