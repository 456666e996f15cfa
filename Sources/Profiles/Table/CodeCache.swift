internal import Model

/// The codes that a thread has met lately, so that it need not ask the table's dictionaries, which have a lock.
struct CodeCache: ~Copyable {
    private static let count = 16_384

    private struct Place {
        var key: UInt64
        var code: UInt64
        /// Never moves once it has a code (see `TextDictionaries`).
        var entry: TextDictionaries.Entry?
    }

    private let places: UnsafeMutablePointer<Place>

    init() {
        places = .allocate(capacity: Self.count)
        places.initialize(repeating: Place(key: 0, code: 0, entry: nil), count: Self.count)
    }

    deinit {
        places.deallocate()
    }

    @inline(__always)
    func find(_ text: UnsafeBufferPointer<UInt8>, hash: UInt64, dictionary: Int) -> UInt64? {
        let key = Self.key(hash, dictionary)
        let place = places + Self.index(key)
        guard place.pointee.key == key, let entry = place.pointee.entry,
            BorrowedText(start: entry + 1, count: Int(entry[0])).isEqual(text)
        else { return nil }
        return place.pointee.code
    }

    func keep(_ code: UInt64, entry: TextDictionaries.Entry, hash: UInt64, dictionary: Int) {
        let key = Self.key(hash, dictionary)
        places[Self.index(key)] = Place(key: key, code: code, entry: entry)
    }

    @inline(__always)
    private static func key(_ hash: UInt64, _ dictionary: Int) -> UInt64 {
        hash &+ UInt64(truncatingIfNeeded: dictionary) &* 0x9E37_79B9_7F4A_7C15
    }

    @inline(__always)
    private static func index(_ key: UInt64) -> Int { Int(truncatingIfNeeded: key >> 20) & (count - 1) }
}
