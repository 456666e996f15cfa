/// How the file of another program becomes profiles: its columns, and what happens to their cells.
package struct ImportMapping: Sendable {
    /// Where an id stands.
    package struct Identifier: Sendable, Hashable {
        /// As the file's header writes it.
        package let column: String
        package var casing = CellConversion.Casing.kept
        /// Columns that have the id of rows in which that one has none, in this order.
        package var alternatives: [String] = []

        package init(column: String) {
            self.column = column
        }
    }

    /// A column whose cells say that their rows are left out.
    package struct Omission: Sendable, Hashable {
        /// As the file's header writes it.
        package let column: String
        /// Such cells; an empty text is a cell with nothing in it.
        package let cells: [Ending]

        package init(column: String, cells: [Ending]) {
            self.column = column
            self.cells = cells
        }
    }

    /// A column that another file of the same program has.
    package struct Refusal: Sendable, Hashable {
        /// As the file's header writes it.
        package let column: String
        /// What that file is, and what to do with it.
        package let words: String

        package init(column: String, words: String) {
            (self.column, self.words) = (column, words)
        }

        /// What is said of a file, or a line, that has the column.
        package var problem: String { "the file has the column `\(column)`: \(words)" }
    }

    /// What becomes of one column.
    package struct Column: Sendable {
        /// As the file's header writes it, or `column 3`.
        package let name: String
        /// The attribute that takes its cells; nil for a column that is passed over.
        package var attribute: String?
        /// Whether files may come without it.
        package var isOptional = false
        package var conversion = CellConversion()
        /// Nil: as the whole row.
        package var observedAt: Observation?

        package init(name: String) {
            self.name = name
        }
    }

    /// Where it stands since when something is known.
    package struct Observation: Sendable {
        /// As the file's header writes it.
        package let column: String
        package var date = DateFormat()

        package init(column: String) {
            self.column = column
        }
    }

    /// What a row begins with that ends the rows.
    package struct Ending: Sendable, Hashable {
        /// Of its first cell that is not empty; empty for a line without anything.
        package let text: String
        /// Whether the cell need only begin so.
        package let isBeginning: Bool

        package init(text: String, isBeginning: Bool) {
            self.text = text.utf8.contains { $0 >= 0x80 } ? Self.asSeen(text) : text
            self.isBeginning = isBeginning
        }

        /// - Parameter cell: Without white space around it.
        package func matches(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
            guard cell.contains(where: { $0 >= 0x80 }) else { return isMatch(cell) }
            return isMatch(Self.asSeen(String(decoding: cell, as: UTF8.self)).utf8)
        }

        private func isMatch(_ cell: some Collection<UInt8>) -> Bool {
            isBeginning ? cell.starts(with: text.utf8) : cell.elementsEqual(text.utf8)
        }

        /// Letters in their one form, every kind of space as a plain one, nothing that is invisible: a file writes as its program does.
        private static func asSeen(_ text: String) -> String {
            var text = text.normalForm
            return text.withUTF8 { String(decoding: TextEdges.plain($0), as: UTF8.self) }
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
    /// Lines of the file before its header that are passed over.
    package var skippedLines = 0
    /// Lines before the header that begin with this ASCII character are passed over, too.
    package var comment: UInt8?
    /// Lines of the header; those below the first say more about the columns. Without any, columns have numbers only.
    package var headerRows = 1
    /// The rows end before the first that is one of these.
    package var endings: [Ending] = []
    /// Rows with a cell that is one of these are passed over.
    package var passedOver: [Ending] = []
    /// Rows of which one of these holds are left out.
    package var omissions: [Omission] = []
    /// A file with one of these is not read.
    package var refusals: [Refusal] = []
    /// Nil: at the time of the import.
    package var observedAt: Observation?
    /// Whether rows may come without an id.
    package var isIDOptional = false
    /// The attribute that takes a digest of the whole row; nil for none.
    package var digestAttribute: String?

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
