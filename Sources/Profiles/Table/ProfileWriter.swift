internal import CXXHash
internal import Model

/// The writing side of a table: everything that only one thread at a time may touch.
final class ProfileWriter {
    let entity: Entity
    let lifetime: ProfileLifetime
    let context: UnsafeMutablePointer<RowContext>
    let seed: UInt64
    var index = ProfileIndex()
    private(set) var attributes: [ProfileSchema.Attribute] = []
    private var slabs = RowSlabs()
    private var packer: ValuePacker
    private var retired = RetiredMemory()
    /// Reused by every write.
    private var composed = PackedWriter(capacity: 2 * ProfileLimits.recordBytesMax)
    private var record = PackedWriter(capacity: ProfileLimits.recordBytesMax)
    private var cells: [PackedCell] = []

    init(entity: Entity, lifetime: ProfileLifetime) {
        self.entity = entity
        self.lifetime = lifetime
        seed = UInt64.random(in: .min ... .max)
        packer = ValuePacker(seed: seed)
        let types = UnsafeMutablePointer<UInt8>.allocate(capacity: ProfileLimits.attributesMax)
        types.initialize(repeating: RowContext.unassigned, count: ProfileLimits.attributesMax)
        context = .allocate(capacity: 1)
        context.initialize(to: RowContext(types: types, directory: packer.dictionaries.directory))
    }

    deinit {
        for partition in 0..<ProfileIndex.partitionCount {
            for address in ProfileIndex.rowAddresses(inPartition: partition, of: index.arrays) {
                let row = self.row(at: address)
                if row.byteCount > RowSlabs.slabRowBytesMax { row.start.deallocate() }
            }
        }
        free(retired)
        context.pointee.types.deallocate()
        context.deallocate()
    }

    var memory: ProfileMemory {
        ProfileMemory(
            rowBytes: slabs.byteCount, indexBytes: index.byteCount, dictionaryBytes: packer.dictionaries.byteCount,
            retiredRows: retired.rows.count)
    }

    func adopt(_ attributes: [ProfileSchema.Attribute]) {
        precondition(attributes.count <= ProfileLimits.attributesMax, "the schema keeps to its limit")
        for attribute in attributes {
            let place = context.pointee.types + Int(attribute.id)
            precondition(
                place.pointee == RowContext.unassigned || place.pointee == attribute.type.rawValue,
                "an id of the schema keeps its type")
            if place.pointee == RowContext.unassigned { place.pointee = attribute.type.rawValue }
        }
        self.attributes = attributes
    }

    // MARK: Writes

    func put(_ change: ProfileChange, dryRun: Bool) throws(ProfileError) -> ProfileWrite {
        try change.id.withBytes { bytes throws(ProfileError) in
            if let fault = ProfileID.fault(in: bytes) { throw .badID(fault) }
            guard let account = change.account else {
                return try put(change, id: bytes, account: nil, dryRun: dryRun)
            }
            return try account.withBytes { account throws(ProfileError) in
                if entity == .account, !account.isEmpty { throw .badAccount(.notAllowed) }
                if !account.isEmpty, let fault = ProfileID.fault(in: account) { throw .badAccount(fault) }
                return try put(change, id: bytes, account: account, dryRun: dryRun)
            }
        }
    }

    private func put(
        _ change: ProfileChange, id: UnsafeBufferPointer<UInt8>, account: UnsafeBufferPointer<UInt8>?, dryRun: Bool
    ) throws(ProfileError) -> ProfileWrite {
        let hash = hash(id)
        let place = find(id, hash: hash)
        // One that has expired is replaced as if it had gone already.
        let old = place.flatMap { stored($0, atSeconds: change.writtenAtSeconds) }
        let version = old?.version ?? 0
        if let expected = change.expectedVersion, expected != version {
            throw .versionMismatch(expected: expected, actual: version)
        }
        packer.reset()
        cells.removeAll(keepingCapacity: true)
        try packer.pack(change.values, attributes: attributes, into: &cells)
        if let old {
            for cell in PackedProfile(old).cells
            where !change.values.contains(where: { $0.attribute == cell.attribute }) {
                cells.append(cell)
            }
        }
        cells.sort { $0.attribute < $1.attribute }
        try RecordMerger.checkMembers(cells)
        let profile = PackedProfile(
            id: id, version: version + 1, account: account ?? old?.account.bytes ?? .init(start: nil, count: 0),
            writtenAtSeconds: change.writtenAtSeconds, cells: cells)
        record.reset()
        let directory = packer.dictionaries.directory
        RecordFormat.write(profile, to: &record) { ValuePacker.expand($0, in: directory, to: &$1) }
        guard !record.overflowed else { throw .profileTooLarge }
        if !dryRun { publish(profile, hash: hash, place: place) }
        return ProfileWrite(version: version + 1, record: dryRun ? [] : Array(record.contents))
    }

    func delete(
        _ id: UnsafeBufferPointer<UInt8>, expectedVersion: UInt64?, atSeconds now: Int64
    ) throws(ProfileError) -> Bool {
        let place = find(id, hash: hash(id)).flatMap { lifetime.isOver(row(at: $0.row), atSeconds: now) ? nil : $0 }
        let version = place.map { row(at: $0.row).version } ?? 0
        if let expectedVersion, expectedVersion != version {
            throw .versionMismatch(expected: expectedVersion, actual: version)
        }
        guard let place else { return false }
        index.remove(place)
        retire(row(at: place.row))
        return true
    }

    /// Removes the rows of a partition that have expired.
    ///
    /// - Returns: Their ids.
    func removeExpired(inPartition partition: Int, atSeconds now: Int64) -> [[UInt8]] {
        guard lifetime.isLimited else { return [] }
        var removed: [[UInt8]] = []
        for address in ProfileIndex.rowAddresses(inPartition: partition, of: index.arrays) {
            let row = row(at: address)
            guard lifetime.isOver(row, atSeconds: now) else { continue }
            let id = row.id.bytes
            guard let place = find(id, hash: hash(id)) else {
                preconditionFailure("a row of the index is found by its id")
            }
            removed.append(Array(id))
            index.remove(place)
            retire(row)
        }
        return removed
    }

    /// Takes in rows that stand at their offsets from `bytes`.
    func insert(_ rows: [RowBatch.Row], from bytes: UnsafePointer<UInt8>) {
        // All rows' places are fetched from memory at once rather than one after the other.
        var places: UInt64 = 0
        for row in rows { places |= ProfileIndex.firstWord(row.hash, in: index.arrays) }
        withExtendedLifetime(places) {}
        // Accesses to what changes begin once, not for each row.
        insert(rows, from: bytes, &index, &slabs, &retired)
    }

    private func insert(
        _ rows: [RowBatch.Row], from bytes: UnsafePointer<UInt8>, _ index: inout ProfileIndex,
        _ slabs: inout RowSlabs, _ retired: inout RetiredMemory
    ) {
        for row in rows {
            let source = bytes + row.offset
            let id = self.row(at: UInt(bitPattern: source)).id.bytes
            let place = ProfileIndex.find(row.hash, in: index.arrays) { self.row(at: $0).hasID(id) }
            publish(
                UnsafeBufferPointer(start: source, count: row.count), hash: row.hash, place: place, &index, &slabs,
                &retired)
        }
    }

    func code(of text: UnsafeBufferPointer<UInt8>, hash: UInt64, in dictionary: Int) -> UInt64? {
        packer.code(of: text, hash: hash, in: dictionary)
    }

    func reserve(_ count: Int) {
        for array in index.reserve(rows: count, hashOf: { hashOfRow($0) }) { retired.arrays.append(array) }
    }

    // MARK: Reads by the writer

    func row(at address: UInt) -> ProfileRow {
        guard let start = UnsafePointer<UInt8>(bitPattern: address) else {
            preconditionFailure("the index holds addresses of rows")
        }
        return ProfileRow(start: start, context: context)
    }

    func find(_ id: UnsafeBufferPointer<UInt8>, hash: UInt64) -> ProfileIndex.Place? {
        ProfileIndex.find(hash, in: index.arrays) { row(at: $0).hasID(id) }
    }

    /// The row of an id with its hash under the table's seed; nil when there is none, or it has expired.
    func stored(_ id: UnsafeBufferPointer<UInt8>, hash: UInt64, atSeconds now: Int64) -> ProfileRow? {
        find(id, hash: hash).flatMap { stored($0, atSeconds: now) }
    }

    private func stored(_ place: ProfileIndex.Place, atSeconds now: Int64) -> ProfileRow? {
        let found = row(at: place.row)
        return lifetime.isOver(found, atSeconds: now) ? nil : found
    }

    var directory: TextDictionaries.Directory { packer.dictionaries.directory }

    func hash(_ id: UnsafeBufferPointer<UInt8>) -> UInt64 { XXH64(id.baseAddress, id.count, seed) }

    private func hashOfRow(_ address: UInt) -> UInt64 { hash(row(at: address).id.bytes) }

    // MARK: Retired memory

    func takeRetired() -> RetiredMemory {
        let batch = retired
        retired = RetiredMemory()
        return batch
    }

    func free(_ batch: RetiredMemory) {
        for array in batch.arrays { ProfileIndex.freeArray(array) }
        for row in batch.rows { slabs.free(row, count: Int(row[0]) | Int(row[1]) << 8) }
    }

    private func retire(_ row: ProfileRow) {
        retired.rows.append(UnsafeMutablePointer(mutating: row.start))
    }

    // MARK: Packing

    private func publish(_ profile: PackedProfile, hash: UInt64, place: ProfileIndex.Place?) {
        let code = profile.account.isEmpty ? nil : packer.accountCode(of: profile.account)
        composed.reset()
        RowComposer.writeRow(profile, accountCode: code, to: &composed)
        precondition(
            !composed.overflowed && composed.count <= UInt16.max, "a row is hardly larger than its record, which fits")
        publish(composed.contents, hash: hash, place: place)
    }

    private func publish(_ bytes: UnsafeBufferPointer<UInt8>, hash: UInt64, place: ProfileIndex.Place?) {
        publish(bytes, hash: hash, place: place, &index, &slabs, &retired)
    }

    private func publish(
        _ bytes: UnsafeBufferPointer<UInt8>, hash: UInt64, place: ProfileIndex.Place?, _ index: inout ProfileIndex,
        _ slabs: inout RowSlabs, _ retired: inout RetiredMemory
    ) {
        let row = slabs.allocate(bytes.count)
        if let base = bytes.baseAddress { row.update(from: base, count: bytes.count) }
        if let place {
            retired.rows.append(UnsafeMutablePointer(mutating: self.row(at: place.row).start))
            index.replace(place, with: UInt(bitPattern: row), hash: hash)
        } else if let array = index.insert(UInt(bitPattern: row), hash: hash, hashOf: { hashOfRow($0) }) {
            retired.arrays.append(array)
        }
    }
}

/// Memory that readers may still be looking at.
struct RetiredMemory {
    var rows: [UnsafeMutablePointer<UInt8>] = []
    var arrays: [UnsafeMutableRawPointer] = []
}
