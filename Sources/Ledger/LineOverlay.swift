internal import Store

/// What is in line for the disk, by key: whoever reads histories sees it as if it were there already.
struct LineOverlay {
    /// The last of several changes of a key counts; no value says that it is removed.
    private struct Pending {
        var place: UInt64
        var value: [UInt8]?
    }

    private var families = [[[UInt8]: Pending]](repeating: [:], count: StoreFamily.allCases.count)

    /// Whether entries of a family are looked at on disk while a daemon serves. The others, the largest ones, are read from memory alone:
    /// an import pays nothing here.
    private static func isRead(_ family: StoreFamily) -> Bool {
        switch family {
        case .visitors, .accounts, .visitorBehaviour, .accountBehaviour: false
        default: true
        }
    }

    /// - Parameter place: In line; grows.
    mutating func add(_ batch: StoreBatch, at place: UInt64) {
        batch.forEach { family, key, value in
            guard Self.isRead(family) else { return }
            families[family.rawValue][Self.bytes(key)] = Pending(place: place, value: value.map(Self.bytes))
        }
    }

    /// Forgets a batch that is on disk, or never will be.
    mutating func remove(_ batch: StoreBatch, at place: UInt64) {
        batch.forEach { family, key, _ in
            guard Self.isRead(family) else { return }
            let key = Self.bytes(key)
            if families[family.rawValue][key]?.place == place { families[family.rawValue][key] = nil }
        }
    }

    private static func bytes(_ chars: UnsafeBufferPointer<CChar>) -> [UInt8] { Array(UnsafeRawBufferPointer(chars)) }

    /// - Returns: Nil for a key of which nothing is in line, else what will be on disk.
    func value(_ family: StoreFamily, _ key: [UInt8]) -> [UInt8]?? {
        families[family.rawValue][key].map { $0.value }
    }

    /// - Parameters:
    ///   - start: The first key; nil for the first of all.
    ///   - prefix: What all keys begin with.
    /// - Returns: In the order of keys; no value for one that is removed.
    func entries(
        _ family: StoreFamily, from start: [UInt8]?, under prefix: [UInt8]
    ) -> [(key: [UInt8], value: [UInt8]?)] {
        let pending = families[family.rawValue]
        guard !pending.isEmpty else { return [] }
        return pending.filter { key, _ in
            key.starts(with: prefix) && !(start.map { key.lexicographicallyPrecedes($0) } ?? false)
        }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value.value) }
    }
}
