/// Keys of a family, from one to another, both included.
package struct StoreRange: Sendable {
    let family: StoreFamily
    let first: [UInt8]
    let last: [UInt8]

    package init(_ family: StoreFamily, from first: [UInt8], through last: [UInt8]) {
        self.family = family
        self.first = first
        self.last = last
    }
}

/// Changes that are written together: after a crash all are there or none.
package struct StoreBatch: Sendable {
    /// A change; its key stands in `bytes` after those of the changes before, then its value.
    private struct Operation: Sendable {
        let family: StoreFamily
        let keyCount: Int
        /// Nil to delete.
        let valueCount: Int?
    }

    private var operations: [Operation] = []
    private var bytes: [UInt8] = []

    /// An empty batch.
    package init() {}

    /// Whether there is nothing to write.
    package var isEmpty: Bool { operations.isEmpty }

    /// Of keys and values.
    package var byteCount: Int { bytes.count }

    /// Stores a value; one that is stored under the key already is replaced.
    package mutating func put(_ family: StoreFamily, key: some Collection<UInt8>, value: some Collection<UInt8>) {
        operations.append(Operation(family: family, keyCount: key.count, valueCount: value.count))
        bytes += key
        bytes += value
    }

    /// Removes a value; nothing happens when there is none.
    package mutating func delete(_ family: StoreFamily, key: some Collection<UInt8>) {
        operations.append(Operation(family: family, keyCount: key.count, valueCount: nil))
        bytes += key
    }

    /// Makes room for changes to come.
    ///
    /// - Parameter byteCount: Of their keys and values.
    package mutating func reserve(count: Int, byteCount: Int) {
        operations.reserveCapacity(operations.count + count)
        bytes.reserveCapacity(bytes.count + byteCount)
    }

    /// Calls `body` with each change in order; no value means that the key is deleted.
    package func forEach(
        _ body: (_ family: StoreFamily, _ key: UnsafeBufferPointer<CChar>, _ value: UnsafeBufferPointer<CChar>?) ->
            Void
    ) {
        bytes.withUnsafeBytes { bytes in
            let bytes = bytes.bindMemory(to: CChar.self)
            var offset = 0
            func next(_ count: Int) -> UnsafeBufferPointer<CChar> {
                defer { offset += count }
                return UnsafeBufferPointer(rebasing: bytes[offset..<offset + count])
            }
            for operation in operations {
                let key = next(operation.keyCount)
                body(operation.family, key, operation.valueCount.map(next))
            }
        }
    }
}
