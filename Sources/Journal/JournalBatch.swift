/// Keys of a family, from one to another, both included.
package struct JournalRange: Sendable {
    let family: JournalFamily
    let first: [UInt8]
    let last: [UInt8]

    package init(_ family: JournalFamily, from first: [UInt8], through last: [UInt8]) {
        self.family = family
        self.first = first
        self.last = last
    }
}

/// Changes that are written together: after a crash all are there or none.
package struct JournalBatch: Sendable {
    struct Operation: Sendable {
        let family: JournalFamily
        let key: [UInt8]
        /// Nil to delete.
        let value: [UInt8]?
    }

    private(set) var operations: [Operation] = []
    /// Of keys and values.
    package private(set) var byteCount = 0

    /// An empty batch.
    package init() {}

    /// Whether there is nothing to write.
    package var isEmpty: Bool { operations.isEmpty }

    /// Stores a value; one that is stored under the key already is replaced.
    package mutating func put(_ family: JournalFamily, key: [UInt8], value: [UInt8]) {
        operations.append(Operation(family: family, key: key, value: value))
        byteCount += key.count + value.count
    }

    /// Removes a value; nothing happens when there is none.
    package mutating func delete(_ family: JournalFamily, key: [UInt8]) {
        operations.append(Operation(family: family, key: key, value: nil))
        byteCount += key.count
    }
}
