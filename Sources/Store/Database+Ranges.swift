internal import CRocksDB

extension Database {
    /// Bytes of a key that are looked at to place a bound, after what the first and the last key have in common.
    private static let boundBytes = 12

    /// Keys that part a family into ranges of about the same size on disk, sorted; fewer when there is little on disk.
    func splitKeys(_ family: StoreFamily, parts: Int) throws(Failure) -> [[UInt8]] {
        guard let ends = try ends(of: family) else { return [] }
        let common = zip(ends.first, ends.last).prefix { $0 == $1 }.count
        let prefix = Array(ends.first.prefix(common))
        let total = try size(family, from: prefix, to: ends.last)
        guard parts > 1, total > 0 else { return [] }
        var bounds: [[UInt8]] = []
        for part in 1..<parts {
            let wanted = total / UInt64(parts) * UInt64(part)
            // The digits of the bound, the highest first, each found by halving.
            var digits = [UInt8](repeating: 0, count: Self.boundBytes)
            search: for position in digits.indices {
                for bit in (0..<8).reversed() {
                    digits[position] |= 1 << UInt8(bit)
                    let below = try size(family, from: prefix, to: prefix + digits)
                    if below > wanted { digits[position] &= ~(1 << UInt8(bit)) }
                    // Within a hundredth of a range is near enough.
                    let distance = max(below, wanted) - min(below, wanted)
                    if distance < total / UInt64(parts) / 100 {
                        digits[position] |= 1 << UInt8(bit)
                        break search
                    }
                }
            }
            bounds.append(prefix + digits)
        }
        return bounds
    }

    /// The first and the last key.
    private func ends(of family: StoreFamily) throws(Failure) -> (first: [UInt8], last: [UInt8])? {
        var first: [UInt8]?
        try scan(family, from: nil) { key, _ in
            first = Array(key)
            return false
        }
        guard let first, let last = try last(family) else { return nil }
        return (first, last.key)
    }

    /// Bytes on disk between two keys, as RocksDB estimates them.
    private func size(_ family: StoreFamily, from start: [UInt8], to end: [UInt8]) throws(Failure) -> UInt64 {
        var size: UInt64 = 0
        try Self.withChars(start) { start throws(Failure) in
            try Self.withChars(end) { end throws(Failure) in
                var (starts, ends) = (start.baseAddress, end.baseAddress)
                var (startCount, endCount) = (start.count, end.count)
                try Self.checked { error in
                    rocksdb_approximate_sizes_cf(
                        handle, families[family.rawValue], 1, &starts, &startCount, &ends, &endCount, &size, error)
                }
            }
        }
        return size
    }
}
