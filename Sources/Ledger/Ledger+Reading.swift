package import Store

/// Reading what was written, be it on disk already or in line for it.
extension Ledger {
    /// - Returns: The value under a key; nil when there is none.
    /// - Throws: `StoreError.unreadable`, `closed`.
    package func get(_ family: StoreFamily, key: [UInt8]) throws(StoreError) -> [UInt8]? {
        // What is in line is looked at first: what reaches the disk meanwhile is found there.
        if let pending = pendingValue(family, key) { return pending }
        return try store.get(family, key: key)
    }

    /// Goes over a family in the order of keys. Blocks the thread.
    ///
    /// - Parameters:
    ///   - start: The first key, or nil for the first of all.
    ///   - prefix: What the keys begin with; the scan ends with the last of them.
    ///   - body: Returns whether to go on; key and value are valid during the call.
    /// - Throws: `StoreError.unreadable` for damage on the way, `closed`.
    package func scan(
        _ family: StoreFamily, from start: [UInt8]? = nil, under prefix: [UInt8] = [],
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) {
        var pending = pendingEntries(family, from: start, under: prefix).makeIterator()
        var next = pending.next()
        var isOver = false
        /// Hands out what is in line and comes before a key.
        func handOut(before key: UnsafeRawBufferPointer?) -> Bool {
            while let (pendingKey, value) = next, key.map({ pendingKey.lexicographicallyPrecedes($0) }) ?? true {
                next = pending.next()
                guard let value else { continue }
                guard pendingKey.withUnsafeBytes({ key in value.withUnsafeBytes { body(key, $0) } }) else {
                    return false
                }
            }
            return true
        }
        try store.scan(family, from: start ?? (prefix.isEmpty ? nil : prefix)) { key, value in
            guard key.starts(with: prefix) else { return false }
            guard handOut(before: key) else {
                isOver = true
                return false
            }
            // One that is in line too counts as it will be.
            if let (pendingKey, _) = next, key.elementsEqual(pendingKey) { return true }
            isOver = !body(key, value)
            return !isOver
        }
        if !isOver { _ = handOut(before: nil) }
    }

    /// - Returns: The entry with the greatest key, byte by byte; nil when the family is empty.
    /// - Throws: `StoreError.unreadable`, `closed`.
    package func last(in family: StoreFamily) throws(StoreError) -> (key: [UInt8], value: [UInt8])? {
        let pending = pendingEntries(family, from: nil, under: [])
        guard !pending.isEmpty else { return try store.last(in: family) }
        // Rare, and the families of which this is asked are small.
        var last: (key: [UInt8], value: [UInt8])?
        try scan(family) { key, value in
            last = (Array(key), Array(value))
            return true
        }
        return last
    }
}
