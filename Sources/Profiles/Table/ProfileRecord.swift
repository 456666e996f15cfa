package import Model

/// A profile, owned: for administration, export and tests.
package struct ProfileRecord: Sendable, Equatable {
    /// A value with the name of its attribute.
    package struct Value: Sendable, Equatable {
        /// As the rule set declares the attribute.
        package var name: String
        /// Of the attribute's type.
        package var value: AttributeValue
        /// When it was learnt, in seconds since 1970; nil: not known.
        package var observedAtSeconds: Int64?

        /// A value, by default without the time at which it was learnt.
        package init(name: String, value: AttributeValue, observedAtSeconds: Int64? = nil) {
            self.name = name
            self.value = value
            self.observedAtSeconds = observedAtSeconds
        }
    }

    /// The id under which the profile is stored.
    package var id: String
    /// How often the profile was written since it was made; from 1.
    package var version: UInt64
    /// Empty when there is none.
    package var account: String
    /// In the order of attribute ids.
    package var values: [Value]
    /// When it was last written, in seconds since 1970; nil: not known.
    package var writtenAtSeconds: Int64?

    /// A profile, by default of no account.
    package init(
        id: String, version: UInt64, account: String = "", values: [Value], writtenAtSeconds: Int64? = nil
    ) {
        self.writtenAtSeconds = writtenAtSeconds
        self.id = id
        self.version = version
        self.account = account
        self.values = values
    }

    /// Copies a row; values of attributes that are not declared are left out.
    init(_ row: ProfileRow, attributes: [ProfileSchema.Attribute]) {
        self.init(
            id: row.id.string, version: row.version, account: row.account.string, values: [],
            writtenAtSeconds: row.writtenAtSeconds == 0 ? nil : row.writtenAtSeconds)
        withUnsafeTemporaryAllocation(of: BorrowedText.self, capacity: ProfileRow.scratchMembersMax) { scratch in
            row.forEach(scratch: scratch) { attribute, value, time in
                let declared = attributes[Int(attribute)]
                guard declared.isDeclared, let value = AttributeValue(value) else { return }
                values.append(
                    Value(name: declared.name, value: value, observedAtSeconds: time == 0 ? nil : time))
            }
        }
    }

    /// Reads a record of the journal; values of attributes that are not declared are left out.
    ///
    /// - Throws: `ProfileError.corrupt` for damage, for a newer format, and for attributes that the schema lacks.
    package init(
        decoding bytes: UnsafeRawBufferPointer, schema: ProfileSchema, entity: Entity
    ) throws(ProfileError) {
        let profile = try RecordFormat.read(bytes)
        let attributes = schema.attributes(of: entity)
        var values: [Value] = []
        for cell in profile.cells {
            guard Int(cell.attribute) < attributes.count, attributes[Int(cell.attribute)].type == cell.type else {
                throw .corrupt("a profile has attribute \(cell.attribute) as \(cell.type.name), unlike the schema")
            }
            let attribute = attributes[Int(cell.attribute)]
            guard attribute.isDeclared else { continue }
            let time = cell.observedAtSeconds == 0 ? nil : cell.observedAtSeconds
            values.append(Value(name: attribute.name, value: Self.value(of: cell), observedAtSeconds: time))
        }
        self.init(
            id: String(decoding: profile.id, as: UTF8.self), version: profile.version,
            account: String(decoding: profile.account, as: UTF8.self), values: values,
            writtenAtSeconds: profile.writtenAtSeconds == 0 ? nil : profile.writtenAtSeconds)
    }

    /// The value of a record's cell, in which texts are spelt out.
    private static func value(of cell: PackedCell) -> AttributeValue {
        var cursor = PackedCursor(cell.start)
        func text() -> String {
            let count = Int(cursor.varint() >> 1)
            let bytes = UnsafeBufferPointer(start: cursor.next, count: count)
            cursor.skip(count)
            return String(decoding: bytes, as: UTF8.self)
        }
        switch cell.type {
        case .string: return .string(text())
        case .strings:
            let count = cursor.varint()
            return .strings((0..<count).map { _ in text() })
        default:
            guard let value = AttributeValue(PackedValue.read(cell.type, &cursor)) else {
                preconditionFailure("What is stored is known.")
            }
            return value
        }
    }
}

extension BorrowedText {
    /// A copy; malformed UTF-8 is repaired.
    var string: String { String(decoding: bytes, as: UTF8.self) }
}
