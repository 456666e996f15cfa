internal import Atomics

/// Where the row of an id stands: open addressing in 256 partitions, read without locks while one writer changes it.
///
/// A slot is one word: 48 bits of the row's address and 16 bits of the id's hash; 0 is free, address 1 is a deleted
/// row. A key probes from `fastrange(hash)` on; a slot in use never becomes free again, only deleted, so a reader
/// always finds a row that was there before it began and still is. A row is replaced in its own slot by one store. A
/// partition that is full gets a new array, which is published by one release store of its address; readers in the old
/// array see it as it was, and it is freed as rows are (see `ProfileTable`).
struct ProfileIndex: ~Copyable {
    static let partitionCount = 256
    static let deleted: UInt64 = 1 << 16
    private static let slotsMin = 8

    /// The address of an array: its length in slots, then the slots.
    typealias Arrays = UnsafeMutablePointer<UInt.AtomicRepresentation>
    private typealias Slot = UInt64.AtomicRepresentation

    let arrays: Arrays
    /// The writer's counts by partition: rows, and slots that are not free.
    private var rows = [Int](repeating: 0, count: partitionCount)
    private var used = [Int](repeating: 0, count: partitionCount)
    private(set) var byteCount = 0

    init() {
        arrays = .allocate(capacity: Self.partitionCount)
        for partition in 0..<Self.partitionCount {
            let array = Self.makeArray(slots: Self.slotsMin)
            (arrays + partition).initialize(to: UInt.AtomicRepresentation(UInt(bitPattern: array)))
        }
        byteCount = Self.partitionCount * Self.bytes(ofSlots: Self.slotsMin)
    }

    deinit {
        for partition in 0..<Self.partitionCount { Self.freeArray(Self.array(partition, in: arrays)) }
        arrays.deallocate()
    }

    /// Rows in all.
    var count: Int { rows.reduce(0, +) }

    // MARK: For readers

    /// A place in an array, for the writer to change what a search has found.
    struct Place {
        let partition: Int
        let slot: Int
        /// The row's address; 0 when there is none.
        let row: UInt
    }

    /// - Parameter matches: Whether the row at an address has the id that is looked for.
    @inline(__always)
    static func find(_ hash: UInt64, in arrays: Arrays, matches: (UInt) -> Bool) -> Place? {
        let partition = Int(truncatingIfNeeded: hash >> 56)
        let array = array(partition, in: arrays)
        let slotCount = count(of: array)
        var slot = start(hash, slots: slotCount)
        while true {
            let word = load(slot, in: array)
            if word == 0 { return nil }
            let row = UInt(word >> 16)
            if (word ^ hash) & 0xFFFF == 0, row != 1, matches(row) {
                return Place(partition: partition, slot: slot, row: row)
            }
            slot += 1
            if slot == slotCount { slot = 0 }
        }
    }

    /// The word at which the search for a key begins, read only to have it near.
    @inline(__always)
    static func firstWord(_ hash: UInt64, in arrays: Arrays) -> UInt64 {
        let array = array(Int(truncatingIfNeeded: hash >> 56), in: arrays)
        return load(start(hash, slots: count(of: array)), in: array)
    }

    /// The rows of a partition; only the writer may ask, so that none goes away meanwhile.
    static func rowAddresses(inPartition partition: Int, of arrays: Arrays) -> [UInt] {
        let array = array(partition, in: arrays)
        return (0..<count(of: array)).compactMap { slot in
            let row = UInt(load(slot, in: array) >> 16)
            return row > 1 ? row : nil
        }
    }

    // MARK: For the writer

    /// Adds a row whose id is not in the index.
    ///
    /// - Parameter hashOf: The hash of the id of the row at an address, asked for when the partition grows.
    /// - Returns: An array that no reader will find any more, to be freed later.
    mutating func insert(_ row: UInt, hash: UInt64, hashOf: (UInt) -> UInt64) -> UnsafeMutableRawPointer? {
        let partition = Int(truncatingIfNeeded: hash >> 56)
        let retired = makeRoom(in: partition, rows: rows[partition] + 1, hashOf: hashOf)
        let array = Self.array(partition, in: arrays)
        let slotCount = Self.count(of: array)
        var slot = Self.start(hash, slots: slotCount)
        while true {
            let word = Self.load(slot, in: array)
            if word == 0 || word >> 16 == 1 {
                if word == 0 { used[partition] += 1 }
                break
            }
            slot += 1
            if slot == slotCount { slot = 0 }
        }
        Self.store(UInt64(row) << 16 | hash & 0xFFFF, slot, in: array)
        rows[partition] += 1
        return retired
    }

    /// Puts another row of the same id in the place that `find` returned.
    mutating func replace(_ place: Place, with row: UInt, hash: UInt64) {
        Self.store(
            UInt64(row) << 16 | hash & 0xFFFF, place.slot, in: Self.array(place.partition, in: arrays))
    }

    /// Marks the place that `find` returned as deleted.
    mutating func remove(_ place: Place) {
        Self.store(Self.deleted, place.slot, in: Self.array(place.partition, in: arrays))
        rows[place.partition] -= 1
    }

    /// Makes room for that many rows, so that filling the index does not grow it step by step.
    ///
    /// - Returns: Arrays to be freed later.
    mutating func reserve(rows total: Int, hashOf: (UInt) -> UInt64) -> [UnsafeMutableRawPointer] {
        // The fullest of 256 partitions stays within some five standard deviations of the mean.
        let mean = total / Self.partitionCount
        let room = mean + 5 * Int(Double(mean).squareRoot()) + 1
        return (0..<Self.partitionCount).compactMap { makeRoom(in: $0, rows: room, hashOf: hashOf) }
    }

    /// Keeps at most 85 % of the slots in use, deleted ones included; growth by half, so that on average 70 % are.
    private mutating func makeRoom(
        in partition: Int, rows wanted: Int, hashOf: (UInt) -> UInt64
    ) -> UnsafeMutableRawPointer? {
        let old = Self.array(partition, in: arrays)
        let slotCount = Self.count(of: old)
        let deletedCount = used[partition] - rows[partition]
        guard (wanted + deletedCount) * 20 > slotCount * 17 else { return nil }
        // When deleted rows fill the array it is only rebuilt, unless the rows alone fill most of it.
        let needed = wanted * 20 / 17 + 2
        let length = needed > slotCount * 4 / 5 ? max(needed, slotCount * 3 / 2) : slotCount
        let new = Self.makeArray(slots: length)
        for slot in 0..<slotCount {
            let word = Self.load(slot, in: old)
            guard word >> 16 > 1 else { continue }
            var place = Self.start(hashOf(UInt(word >> 16)), slots: length)
            while Self.load(place, in: new) != 0 { place = place + 1 == length ? 0 : place + 1 }
            Self.store(word, place, in: new)
        }
        used[partition] = rows[partition]
        byteCount += Self.bytes(ofSlots: length) - Self.bytes(ofSlots: slotCount)
        // Release: whoever loads the new address sees all slots of it.
        UnsafeAtomic<UInt>(at: arrays + partition).store(UInt(bitPattern: new), ordering: .releasing)
        return old
    }

    // MARK: Arrays

    static func freeArray(_ array: UnsafeMutableRawPointer) { array.deallocate() }

    private static func bytes(ofSlots slots: Int) -> Int { 8 + slots * MemoryLayout<Slot>.stride }

    private static func makeArray(slots: Int) -> UnsafeMutableRawPointer {
        let array = UnsafeMutableRawPointer.allocate(byteCount: bytes(ofSlots: slots), alignment: 8)
        array.storeBytes(of: slots, as: Int.self)
        (array + 8).bindMemory(to: Slot.self, capacity: slots).initialize(repeating: Slot(0), count: slots)
        return array
    }

    @inline(__always)
    private static func array(_ partition: Int, in arrays: Arrays) -> UnsafeMutableRawPointer {
        let address = UnsafeAtomic<UInt>(at: arrays + partition).load(ordering: .acquiring)
        guard let array = UnsafeMutableRawPointer(bitPattern: address) else {
            preconditionFailure("every partition has its array")
        }
        return array
    }

    @inline(__always)
    private static func count(of array: UnsafeMutableRawPointer) -> Int { array.load(as: Int.self) }

    /// Where a key's search begins: the hash below the partition's bits, scaled to the number of slots.
    ///
    /// Source: D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019), §4.
    @inline(__always)
    private static func start(_ hash: UInt64, slots: Int) -> Int {
        Int(truncatingIfNeeded: (hash << 8).multipliedFullWidth(by: UInt64(slots)).high)
    }

    @inline(__always)
    private static func load(_ slot: Int, in array: UnsafeMutableRawPointer) -> UInt64 {
        UnsafeAtomic<UInt64>(at: slots(of: array) + slot).load(ordering: .acquiring)
    }

    /// Release: whoever loads the word sees the row that it points to.
    @inline(__always)
    private static func store(_ word: UInt64, _ slot: Int, in array: UnsafeMutableRawPointer) {
        UnsafeAtomic<UInt64>(at: slots(of: array) + slot).store(word, ordering: .releasing)
    }

    @inline(__always)
    private static func slots(of array: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Slot> {
        (array + 8).assumingMemoryBound(to: Slot.self)
    }
}
