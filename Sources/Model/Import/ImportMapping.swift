/// How the file of another program becomes profiles: its columns, and what happens to their cells.
package struct ImportMapping: Sendable {
    /// Where an id stands.
    package struct Identifier: Sendable, Hashable {
        /// As the file's header writes it.
        package let column: String
        package var casing = CellConversion.Casing.kept

        package init(column: String) {
            self.column = column
        }
    }

    /// What becomes of one column.
    package struct Column: Sendable {
        /// As the file's header writes it.
        package let name: String
        /// The attribute that takes its cells; nil for a column that is passed over.
        package var attribute: String?
        /// Whether files may come without it.
        package var isOptional = false
        package var conversion = CellConversion()

        package init(name: String) {
            self.name = name
        }
    }

    /// An attribute that every row gets.
    package struct Constant: Sendable, Hashable {
        package let attribute: String
        package let value: AttributeValue

        package init(attribute: String, value: AttributeValue) {
            self.attribute = attribute
            self.value = value
        }
    }

    /// Visitor or account.
    package let entity: Entity
    package let id: Identifier
    /// The account that a visitor belongs to.
    package var account: Identifier?
    package var delimiter = UInt8(ascii: ",")
    package var encoding = TextEncoding.utf8
    /// No two of a name, and no two of an attribute.
    package var columns: [Column] = []
    /// Whether columns that are not named here are passed over; otherwise they are an error.
    package var ignoresOthers = false
    /// None of an attribute that a column fills.
    package var constants: [Constant] = []

    package init(entity: Entity, id: Identifier) {
        self.entity = entity
        self.id = id
    }
}

/// How the bytes of a file are text.
package enum TextEncoding: String, Sendable, Hashable, CaseIterable {
    case utf8 = "utf-8"
    /// Either byte order; without a mark, the one in which the first character is ASCII.
    case utf16 = "utf-16"
    case windows1252 = "windows-1252"
    case latin1 = "iso-8859-1"

    /// As files and flags write it.
    package var name: String { rawValue }
}
