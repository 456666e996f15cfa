internal import CXXHash
internal import Synchronization

/// Records by id in memory: bytes that many event loops read without waiting while writes go on.
///
/// Why no reader meets freed or half-written memory: as for `ProfileTable`, whose index and slabs it shares. A record never
/// changes; a new one takes its place. Retired records are freed by the owner once a task has run on every loop.
package final class RecordTable: @unchecked Sendable {
    // Sendable: `writer` is touched only inside `lock`. Readers use `arrays` and `seed`, which are constants, and records that the
    // index publishes with release and acquire.

    /// One record as it stands in memory; valid during the task of an event loop, or for whoever holds the only writer.
    package struct Record: BitwiseCopyable {
        let start: UnsafePointer<UInt8>

        fileprivate static let headBytes = 6

        fileprivate var payloadCount: Int {
            Int(UnsafeRawPointer(start).loadUnaligned(as: UInt32.self))
        }
        fileprivate var idCount: Int {
            Int(UnsafeRawPointer(start).loadUnaligned(fromByteOffset: 4, as: UInt16.self))
        }
        fileprivate var byteCount: Int { Self.headBytes + idCount + payloadCount }

        /// The id's UTF-8.
        package var id: UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(start: start + Self.headBytes, count: idCount)
        }

        /// What was stored.
        package var payload: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: start + Self.headBytes + idCount, count: payloadCount)
        }
    }

    private final class Writer {
        var index = ProfileIndex()
        var slabs = RowSlabs()
        var retiredRecords: [UInt] = []
        var retiredArrays: [UnsafeMutableRawPointer] = []
        /// See `touch`.
        var touched = 0
    }

    private let lock = Mutex<Void>(())
    private let writer = Writer()
    private let arrays: ProfileIndex.Arrays
    private let seed: UInt64
    /// Spares readers the search while nothing is kept.
    private let hasRecords = Atomic<Bool>(false)

    /// An empty table.
    package init() {
        arrays = writer.index.arrays
        seed = UInt64.random(in: .min ... .max)
    }

    // MARK: For readers

    /// - Returns: Nil when there is no such record.
    package func find(_ id: UnsafeBufferPointer<UInt8>) -> Record? {
        guard hasRecords.load(ordering: .relaxed), id.count > 0, id.count <= ProfileLimits.idBytesMax else {
            return nil
        }
        return place(id).map { Self.record(at: $0.row) }
    }

    /// Whether there has never been a record.
    package var isEmpty: Bool { !hasRecords.load(ordering: .relaxed) }

    /// A copy of what is stored under an id, from any thread; waits for a write under way.
    ///
    /// - Returns: Nil when there is no such record.
    package func payload(of id: String) -> [UInt8]? {
        var id = id
        return id.withUTF8 { id in lock.withLock { _ in find(id).map { Array($0.payload) } } }
    }

    private func place(_ id: UnsafeBufferPointer<UInt8>) -> ProfileIndex.Place? {
        ProfileIndex.find(hash(id), in: arrays) { Self.record(at: $0).id.elementsEqual(id) }
    }

    private func hash(_ id: UnsafeBufferPointer<UInt8>) -> UInt64 { XXH64(id.baseAddress, id.count, seed) }

    private static func record(at address: UInt) -> Record {
        guard let start = UnsafePointer<UInt8>(bitPattern: address) else {
            preconditionFailure("the index holds addresses of records")
        }
        return Record(start: start)
    }

    // MARK: For writers

    /// Puts a record in the place of the one that the id has, if any.
    ///
    /// - Parameters:
    ///   - id: 1 to 256 bytes.
    ///   - payload: At most 4 GiB.
    package func put(_ id: UnsafeBufferPointer<UInt8>, _ payload: UnsafeRawBufferPointer) {
        precondition((1...ProfileLimits.idBytesMax).contains(id.count), "ids are checked at the edge")
        // Whoever is told of the write afterwards sees this too.
        hasRecords.store(true, ordering: .relaxed)
        lock.withLock { _ in
            let count = Record.headBytes + id.count + payload.count
            let block = writer.slabs.allocate(count)
            let raw = UnsafeMutableRawPointer(block)
            raw.storeBytes(of: UInt32(payload.count), as: UInt32.self)
            raw.storeBytes(of: UInt16(id.count), toByteOffset: 4, as: UInt16.self)
            if let bytes = id.baseAddress { (block + Record.headBytes).update(from: bytes, count: id.count) }
            if let bytes = payload.baseAddress {
                (raw + Record.headBytes + id.count).copyMemory(from: bytes, byteCount: payload.count)
            }
            let address = UInt(bitPattern: block)
            if let place = place(id) {
                writer.index.replace(place, with: address, hash: hash(id))
                writer.retiredRecords.append(place.row)
            } else {
                let retired = writer.index.insert(address, hash: hash(id)) { self.hash(Self.record(at: $0).id) }
                if let retired { writer.retiredArrays.append(retired) }
            }
        }
    }

    /// - Returns: Whether there was a record.
    package func remove(_ id: UnsafeBufferPointer<UInt8>) -> Bool {
        lock.withLock { _ in
            guard let place = place(id) else { return false }
            writer.index.remove(place)
            writer.retiredRecords.append(place.row)
            return true
        }
    }

    /// Records held.
    package var count: Int { lock.withLock { _ in writer.index.count } }

    /// Of records and index.
    package var byteCount: Int { lock.withLock { _ in writer.slabs.byteCount + writer.index.byteCount } }

    /// Parts in which `forEach(inPart:)` goes over all records.
    package static let partCount = ProfileIndex.partitionCount

    /// Goes over one part of all records, in no particular order; writes wait meanwhile.
    ///
    /// - Precondition: `part` is in `0..<partCount`.
    package func forEach(inPart part: Int, _ body: (Record) -> Void) {
        lock.withLock { _ in
            let addresses = ProfileIndex.rowAddresses(inPartition: part, of: arrays)
            var start = 0
            while start < addresses.count {
                let batch = addresses[start..<min(start + Self.batchCount, addresses.count)]
                writer.touched = Self.touch(batch)
                for address in batch { body(Self.record(at: address)) }
                start += batch.count
            }
        }
    }

    private static let batchCount = 32

    /// Records lie all over memory: looked at together first, they come into the cache at the same time instead of one by one.
    ///
    /// - Returns: What depends on all of them, so that nothing is left out as needless.
    private static func touch(_ addresses: ArraySlice<UInt>) -> Int {
        var touched = 0
        for address in addresses { touched &+= record(at: address).byteCount }
        for address in addresses {
            let record = record(at: address)
            touched &+= Int(record.start[record.byteCount - 1])
        }
        return touched
    }

    // MARK: Retired memory

    /// Records and arrays that are no longer reachable, but that readers may still be looking at.
    package struct Retired: @unchecked Sendable {
        // Sendable: addresses that nobody dereferences before `free`, which takes the table's lock.
        fileprivate let records: [UInt]
        fileprivate let arrays: [UnsafeMutableRawPointer]

        /// Whether there is nothing to free.
        package var isEmpty: Bool { records.isEmpty && arrays.isEmpty }
    }

    /// Hands over what has been retired since the last call.
    package func takeRetired() -> Retired {
        lock.withLock { _ in
            let retired = Retired(records: writer.retiredRecords, arrays: writer.retiredArrays)
            (writer.retiredRecords, writer.retiredArrays) = ([], [])
            return retired
        }
    }

    /// Frees what `takeRetired` handed over.
    ///
    /// - Precondition: Each event loop has run a task since, and no other thread holds records from before.
    package func free(_ retired: Retired) {
        lock.withLock { _ in
            for array in retired.arrays { ProfileIndex.freeArray(array) }
            for address in retired.records {
                guard let block = UnsafeMutablePointer<UInt8>(bitPattern: address) else { continue }
                writer.slabs.free(block, count: Self.record(at: address).byteCount)
            }
        }
    }
}
