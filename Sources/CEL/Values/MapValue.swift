/// A map, in the order in which its entries were written. Numbers that are equal are one key, whatever their type.
package struct MapValue: Sendable {
    private enum Key: Hashable, Sendable {
        case bool(Bool)
        case int(Int64)
        case uint(UInt64)
        /// The UTF-8 bytes: texts are equal only code point by code point.
        case string([UInt8])
    }

    package private(set) var entries: [(key: Value, value: Value)] = []
    private var positions: [Key: Int] = [:]

    package init() {}

    package var count: Int { entries.count }

    /// Adds an entry.
    ///
    /// - Returns: Whether it was added: the key is a bool, an int, a uint or a string, and was not there yet.
    package mutating func insert(_ key: Value, _ value: Value) -> Bool {
        if case .double = key { return false }
        guard let place = Self.place(of: key), positions[place] == nil else { return false }
        positions[place] = entries.count
        entries.append((key, value))
        return true
    }

    /// - Returns: The value of the key that is equal; a double finds the whole number that it is.
    package subscript(key key: Value) -> Value? {
        guard let place = Self.place(of: key) else { return nil }
        return positions[place].map { entries[$0].value }
    }

    private static func place(of value: Value) -> Key? {
        switch value {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): Int64(exactly: value).map { .int($0) } ?? .uint(value)
        case .double(let value): Int64(exactly: value).map { .int($0) } ?? UInt64(exactly: value).map { .uint($0) }
        case .string(let value): .string(Array(value.utf8))
        default: nil
        }
    }
}
