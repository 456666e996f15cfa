internal import CBespokeProto

/// What became of the stored values of an attribute that has another type now: `bespoke.v1.Retyping`.
package struct RetypingMessage: Sendable, Hashable, MappedMessage {
    /// Such as `visitor.age`.
    package var attribute: String
    /// Types, as rules name them.
    package var from: String
    package var to: String
    package var converted: UInt64
    /// Values that could not be converted, and the first of them.
    package var left: UInt64
    package var leftValues: [LeftValueMessage]
    /// The name that the attribute has now, with its entity; empty where it has not changed.
    package var renamed = ""

    package init(
        attribute: String, from: String, to: String, converted: UInt64, left: UInt64, leftValues: [LeftValueMessage]
    ) {
        (self.attribute, self.from, self.to) = (attribute, from, to)
        (self.converted, self.left, self.leftValues) = (converted, left, leftValues)
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Retyping>) throws(WireError) {
        attribute = try raw.pointee.attribute.string("attribute")
        from = try raw.pointee.from.string("from")
        to = try raw.pointee.to.string("to")
        (converted, left) = (raw.pointee.converted, raw.pointee.left)
        leftValues = try decodedList(raw.pointee.left_values, raw.pointee.n_left_values, "left_values")
        renamed = try raw.pointee.renamed.string("renamed")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Retyping> {
        let raw = try arena.make(bespoke__v1__retyping__init)
        raw.pointee.attribute = try arena.text(attribute)
        raw.pointee.from = try arena.text(from)
        raw.pointee.to = try arena.text(to)
        (raw.pointee.converted, raw.pointee.left) = (converted, left)
        raw.pointee.n_left_values = leftValues.count
        raw.pointee.left_values = try arena.list(leftValues)
        raw.pointee.renamed = try arena.text(renamed)
        return raw
    }
}

/// A value that could not be converted: `bespoke.v1.LeftValue`.
package struct LeftValueMessage: Sendable, Hashable, MappedMessage {
    /// Of the visitor or account.
    package var id: String
    /// As it was, as text.
    package var value: String

    package init(id: String, value: String) {
        (self.id, self.value) = (id, value)
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__LeftValue>) throws(WireError) {
        id = try raw.pointee.id.string("id")
        value = try raw.pointee.value.string("value")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__LeftValue> {
        let raw = try arena.make(bespoke__v1__left_value__init)
        raw.pointee.id = try arena.text(id)
        raw.pointee.value = try arena.text(value)
        return raw
    }
}
