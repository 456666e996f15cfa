internal import Model

/// The codes that a thread has met, so that it need not ask the table's dictionaries, which have a lock.
///
/// Texts stand side by side and are found through an index of two-byte numbers: what a schema with few values for each
/// attribute needs lies in a core's first cache. When it is full it begins anew.
struct CodeCache: ~Copyable {
    private static let placesMax = 8_192
    private static let slotsMin = 2_048

    /// A text of one dictionary, told from others mostly by two words and a number.
    struct Key {
        fileprivate let start: UnsafePointer<UInt8>
        fileprivate let count: Int
        /// The first and the last eight bytes, zeros behind the end of a shorter text.
        fileprivate let first: UInt64
        fileprivate let last: UInt64
        /// The dictionary and the length.
        fileprivate let kind: UInt32
        fileprivate let hash: Int
    }

    private struct Place {
        let first: UInt64
        let last: UInt64
        let kind: UInt32
        let code: UInt32
        /// Never moves once it has a code (see `TextDictionaries`).
        let entry: TextDictionaries.Entry
    }

    private let places: UnsafeMutablePointer<Place>
    private var placeCount = 0
    /// Open addressing: numbers of places, from 1 on; 0 is free. A power of two, at most half in use.
    private var slots: UnsafeMutableBufferPointer<UInt16>
    /// The hash of each place, for an index that grows.
    private let hashes: UnsafeMutablePointer<Int>
    private let seed: UInt64

    /// - Parameter seed: Of the hash under which texts are kept. Texts that collide only cost time.
    init(seed: UInt64) {
        self.seed = seed
        places = .allocate(capacity: Self.placesMax)
        hashes = .allocate(capacity: Self.placesMax)
        slots = Self.makeSlots(Self.slotsMin)
    }

    deinit {
        places.deallocate()
        hashes.deallocate()
        slots.deallocate()
    }

    /// - Parameter count: Not 0.
    /// - Precondition: Seven bytes behind the text can be read as well.
    @inline(__always)
    func key(of start: UnsafePointer<UInt8>, count: Int, dictionary: Int) -> Key {
        let kind = UInt32(truncatingIfNeeded: dictionary << 8 | count)
        let mask = UInt64.max &>> UInt64(truncatingIfNeeded: 64 - 8 * min(count, 8))
        let first = Self.word(start) & mask
        let last = Self.word(start + max(count - 8, 0)) & mask
        let one = (first ^ seed ^ UInt64(kind)).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        let two = (last ^ one.high ^ one.low).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        let hash = Int(truncatingIfNeeded: two.high ^ two.low)
        return Key(start: start, count: count, first: first, last: last, kind: kind, hash: hash)
    }

    @inline(__always)
    func find(_ key: Key) -> UInt64? {
        let mask = slots.count - 1
        var slot = key.hash & mask
        while true {
            let number = Int(slots[slot])
            if number == 0 { return nil }
            let place = places + (number - 1)
            if Self.holds(place, key) { return UInt64(place.pointee.code) }
            slot = (slot + 1) & mask
        }
    }

    /// - Parameter code: Below 2^32, as all codes are.
    /// - Precondition: `find` did not find the key.
    mutating func keep(_ code: UInt64, entry: TextDictionaries.Entry, for key: Key) {
        if placeCount == Self.placesMax {
            placeCount = 0
            slots.update(repeating: 0)
        }
        if (placeCount + 1) * 2 > slots.count { grow() }
        (places + placeCount).initialize(
            to: Place(
                first: key.first, last: key.last, kind: key.kind, code: UInt32(truncatingIfNeeded: code), entry: entry))
        (hashes + placeCount).initialize(to: key.hash)
        placeCount += 1
        index(placeCount)
    }

    private mutating func grow() {
        let count = slots.count * 2
        slots.deallocate()
        slots = Self.makeSlots(count)
        for number in stride(from: 1, through: placeCount, by: 1) { index(number) }
    }

    private func index(_ number: Int) {
        var slot = hashes[number - 1] & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt16(number)
    }

    private static func makeSlots(_ count: Int) -> UnsafeMutableBufferPointer<UInt16> {
        let slots = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: count)
        slots.initialize(repeating: 0)
        return slots
    }

    @inline(__always)
    private static func holds(_ place: UnsafeMutablePointer<Place>, _ key: Key) -> Bool {
        let difference =
            (place.pointee.first ^ key.first) | (place.pointee.last ^ key.last)
            | UInt64(place.pointee.kind ^ key.kind)
        guard difference == 0 else { return false }
        return key.count <= 16 || isSame(place.pointee.entry, key)
    }

    /// Whether a longer text is the same between its first and its last eight bytes, too.
    private static func isSame(_ entry: TextDictionaries.Entry, _ key: Key) -> Bool {
        for index in 8..<key.count - 8 where entry[1 + index] != key.start[index] { return false }
        return true
    }

    @inline(__always)
    private static func word(_ start: UnsafePointer<UInt8>) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(start).loadUnaligned(as: UInt64.self))
    }
}
