/// What one row of an import says, flat: reading the next row into it allocates nothing.
package struct ImportCells: Sendable {
    /// Bytes of the row's texts, or members of its sets.
    package struct Span: Sendable, BitwiseCopyable {
        /// The first.
        package let start: Int
        /// How many.
        package let count: Int

        /// None.
        package static let empty = Span(start: 0, count: 0)

        /// - Parameter start: Counted from the row's first.
        package init(start: Int, count: Int) {
            self.start = start
            self.count = count
        }
    }

    /// An `AttributeValue` whose texts stand in the row.
    package enum Value: Sendable, BitwiseCopyable {
        /// What is no text: a value of any other type.
        case plain(Scalar)
        case text(Span)
        /// Of `members`.
        case texts(Span)
    }

    /// A value and the attribute that takes it.
    package struct Cell: Sendable, BitwiseCopyable {
        /// Its place among those that the reader was given.
        package let attribute: Int
        package let value: Value
        /// Since when it is known, in seconds since 1970; nil for the time of the write.
        package let observedAtSeconds: Int64?
    }

    /// Where the row begins, from 1.
    package var line = 0
    /// Empty when it is missing or bad.
    package var id = Span.empty
    /// Empty when there is none.
    package var account = Span.empty
    /// In the order of columns; what is not known is left out.
    package private(set) var cells: [Cell] = []
    /// Texts of all sets.
    package private(set) var members: [Span] = []
    /// Of all texts.
    package private(set) var bytes: [UInt8] = []

    /// A row without anything.
    package init() {}

    /// Makes room for the next row.
    package mutating func start(line: Int) {
        self.line = line
        id = .empty
        account = .empty
        cells.removeAll(keepingCapacity: true)
        members.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    /// Adds a value, whose texts have been added before.
    ///
    /// - Parameters:
    ///   - attribute: Its place among those that the reader was given.
    ///   - observedAtSeconds: Since when it is known; nil for the time of the write.
    package mutating func add(_ value: Value, to attribute: Int, observedAtSeconds: Int64? = nil) {
        cells.append(Cell(attribute: attribute, value: value, observedAtSeconds: observedAtSeconds))
    }

    /// Keeps a text.
    package mutating func text(_ text: UnsafeBufferPointer<UInt8>) -> Span {
        let start = bytes.count
        bytes.append(contentsOf: text)
        return Span(start: start, count: text.count)
    }

    /// Keeps a text.
    package mutating func text(_ text: String) -> Span {
        var text = text
        return text.withUTF8 { self.text($0) }
    }

    /// Keeps a member of the set that is read; those of one set follow each other.
    package mutating func addMember(_ member: Span) {
        members.append(member)
    }

    /// Keeps the texts of a value.
    package mutating func value(_ value: AttributeValue) -> Value {
        if let plain = value.plain { return .plain(plain) }
        switch value {
        case .string(let string): return .text(text(string))
        case .strings(let strings):
            let start = members.count
            for string in strings { addMember(text(string)) }
            return .texts(Span(start: start, count: strings.count))
        default: preconditionFailure("What is no text is plain.")
        }
    }

    /// A text of this row.
    package func string(_ span: Span) -> String {
        String(decoding: bytes[span.start..<span.start + span.count], as: UTF8.self)
    }

    /// A value of this row, for itself.
    package func owned(_ value: Value) -> AttributeValue {
        switch value {
        case .plain(let value):
            guard let value = AttributeValue(value) else { preconditionFailure("A cell has a value that is known.") }
            return value
        case .text(let span): return .string(string(span))
        case .texts(let span): return .strings(members[span.start..<span.start + span.count].map(string))
        }
    }
}
