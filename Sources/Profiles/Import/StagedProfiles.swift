internal import CXXHash
package import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// Profiles of one kind that wait to be written together, as records: each id once, in the order in which they first came.
package final class StagedProfiles: @unchecked Sendable {
    // Sendable: whoever has it uses it from one task at a time; it is handed from the task that fills it to the one that writes.

    /// Why a profile cannot be written.
    package struct Refusal: Error {
        /// Where its last row stands in its source.
        package let line: UInt64
        package let id: String
        /// Rows that said something of it.
        package let rows: UInt64
        package let reason: ProfileError
    }

    private struct Entry: BitwiseCopyable {
        var start: UnsafeMutablePointer<UInt8>
        /// Of the id, under the table's seed.
        let hash: UInt64
        var line: UInt64
        /// Of the record; 0 when it was refused.
        var count: UInt16
        /// Bytes that may be used at `start`.
        var capacity: UInt16
    }

    private static let blockBytes = 1 << 20
    private static let slotsMin = 1_024

    package let rules: ProfileRules
    private let seed: UInt64
    private var packer: RecordPacker
    private var merger = RecordMerger()
    private var entries: [Entry] = []
    /// Open addressing by hash: place of an entry + 1; 0 is free. A power of two.
    private var slots: [UInt32]
    /// Of the last `merge`: profiles that were stored before.
    private(set) var storedCount = 0
    private var blocks: [UnsafeMutablePointer<UInt8>] = []
    private var blockUsed = blockBytes

    /// - Parameters:
    ///   - table: That they are written to in the end.
    ///   - rules: Of its kind; all are checked by them.
    package init(for table: ProfileTable, by rules: ProfileRules) {
        precondition(table.entity == rules.entity, "the rules are those of the table's kind")
        self.rules = rules
        seed = table.seed
        packer = RecordPacker(rules)
        slots = Array(repeating: 0, count: Self.slotsMin)
    }

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// Attributes of which there is a value.
    package var attributes: Set<UInt16> { packer.used }

    /// Profiles, with those that were refused.
    package var count: Int { entries.count }

    /// Of all records at most.
    package var byteCount: Int { blocks.count * Self.blockBytes }

    /// Adds a profile; a later one of the same id is merged into the one before.
    ///
    /// - Parameters:
    ///   - profile: Of the rules' kind; its texts are UTF-8 without NUL and keep to the limits.
    ///   - line: Where it stands in its source; 0: nowhere.
    ///   - now: In seconds since 1970: when it is written, and when values were learnt that do not say.
    /// - Throws: `ProfileError`: what is wrong with it, alone or together with the one before, which stays.
    package func add(_ profile: BorrowedProfile, line: UInt64, atSeconds now: Int64) throws(ProfileError) {
        let record = try packer.pack(profile, atSeconds: now)
        let id = profile.id.bytes
        let hash = XXH64(id.baseAddress, id.count, seed)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if entries[index].hash == hash, Self.isSame(try Self.id(of: self.record(index)), id) {
                try merge(record, into: index)
                entries[index].line = line
                return
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        let start = room(record.count)
        copy(record, to: start)
        entries.append(
            Entry(start: start, hash: hash, line: line, count: UInt16(record.count), capacity: UInt16(record.count)))
        slots[slot] = UInt32(entries.count)
        if entries.count * 2 > slots.count { grow() }
    }

    /// Calls `body` with each id and record, in the order in which they first came; both are good as long as nothing is added or
    /// merged.
    package func forEach<Failure: Error>(
        _ body: (_ id: UnsafeBufferPointer<UInt8>, _ record: UnsafeBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        for index in entries.indices where entries[index].count > 0 {
            let record = record(index)
            guard let id = try? Self.id(of: record) else { preconditionFailure("what was packed can be read") }
            try body(id, record)
        }
    }

    /// As `forEach`, in the order of ids, byte by byte, until `body` returns false.
    package func forEachSorted(
        _ body: (_ id: UnsafeBufferPointer<UInt8>, _ record: UnsafeBufferPointer<UInt8>) -> Bool
    ) {
        for index in sorted() {
            let record = record(index)
            guard let id = try? Self.id(of: record), body(id, record) else { return }
        }
    }

    /// Places of the entries that were not refused, in the order of ids.
    private func sorted() -> [Int] {
        struct Key: BitwiseCopyable {
            /// The first bytes after those that all have in common, the first the highest.
            let word: UInt64
            let rest: UnsafePointer<UInt8>
            let restCount: Int
            let index: Int
        }
        var ids: [(id: UnsafeBufferPointer<UInt8>, index: Int)] = []
        ids.reserveCapacity(entries.count)
        for index in entries.indices where entries[index].count > 0 {
            guard let id = try? Self.id(of: record(index)) else { continue }
            ids.append((id, index))
        }
        guard var common = ids.first?.id else { return [] }
        for (id, _) in ids {
            let count = zip(common, id).prefix { $0 == $1 }.count
            common = UnsafeBufferPointer(rebasing: common[..<count])
        }
        var keys = ids.compactMap { id, index -> Key? in
            guard let base = id.baseAddress else { return nil }
            var word: UInt64 = 0
            let end = min(id.count, common.count + 8)
            for place in common.count..<end { word = word << 8 | UInt64(id[place]) }
            word <<= UInt64(8 * (8 - (end - common.count)))
            return Key(word: word, rest: base + end, restCount: id.count - end, index: index)
        }
        keys.sort { left, right in
            if left.word != right.word { return left.word < right.word }
            let order = memcmp(left.rest, right.rest, min(left.restCount, right.restCount))
            return order != 0 ? order < 0 : left.restCount < right.restCount
        }
        return keys.map(\.index)
    }

    /// Leaves out the profiles for which there is a reason.
    package func refuse(_ reason: (_ id: UnsafeBufferPointer<UInt8>) -> ProfileError?) -> [Refusal] {
        refuse { (index) throws(ProfileError) in
            if let reason = reason(try Self.id(of: record(index))) { throw reason }
        }
    }

    /// Merges each profile over the one that is stored.
    ///
    /// - Parameter stored: The stored row of an id with its hash under the table's seed.
    /// - Returns: Those that are too large then, and left out.
    func merge(
        over stored: (_ id: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> ProfileRow?,
        forgetting former: [UInt16: UInt16],
        directory: TextDictionaries.Directory
    ) -> [Refusal] {
        storedCount = 0
        return refuse { (index) throws(ProfileError) in
            let newer = record(index)
            guard let row = stored(try Self.id(of: newer), entries[index].hash) else { return }
            let merged = try merger.merge(
                RecordFormat.read(UnsafeRawBufferPointer(newer)), over: PackedProfile(row), forgetting: former,
                directory: directory)
            replace(index, with: merged)
            storedCount += 1
        }
    }

    private func refuse(_ check: (_ index: Int) throws(ProfileError) -> Void) -> [Refusal] {
        var refusals: [Refusal] = []
        for index in entries.indices where entries[index].count > 0 {
            do throws(ProfileError) {
                try check(index)
            } catch {
                let profile = try? RecordFormat.read(UnsafeRawBufferPointer(record(index)))
                let id = profile.map { String(decoding: $0.id, as: UTF8.self) } ?? ""
                refusals.append(
                    Refusal(line: entries[index].line, id: id, rows: profile?.version ?? 1, reason: error))
                entries[index].count = 0
            }
        }
        return refusals
    }

    private func merge(_ newer: UnsafeBufferPointer<UInt8>, into index: Int) throws(ProfileError) {
        let older = try RecordFormat.read(UnsafeRawBufferPointer(record(index)))
        replace(index, with: try merger.merge(RecordFormat.read(UnsafeRawBufferPointer(newer)), over: older))
    }

    private func record(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: entries[index].start, count: Int(entries[index].count))
    }

    private func replace(_ index: Int, with record: UnsafeBufferPointer<UInt8>) {
        if record.count > entries[index].capacity {
            // With as much again, so that many rows of one id do not leave as many records behind.
            let capacity = min(2 * record.count, ProfileLimits.recordBytesMax)
            entries[index].start = room(capacity)
            entries[index].capacity = UInt16(capacity)
        }
        copy(record, to: entries[index].start)
        entries[index].count = UInt16(record.count)
    }

    private func copy(_ record: UnsafeBufferPointer<UInt8>, to start: UnsafeMutablePointer<UInt8>) {
        if let source = record.baseAddress { start.update(from: source, count: record.count) }
    }

    private func room(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        if count > Self.blockBytes - blockUsed {
            blocks.append(.allocate(capacity: Self.blockBytes))
            blockUsed = 0
        }
        defer { blockUsed += count }
        return blocks[blocks.count - 1] + blockUsed
    }

    private func grow() {
        slots = Array(repeating: 0, count: 2 * slots.count)
        for index in entries.indices {
            var slot = Int(truncatingIfNeeded: entries[index].hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(index + 1)
        }
    }

    private static func id(of record: UnsafeBufferPointer<UInt8>) throws(ProfileError) -> UnsafeBufferPointer<UInt8> {
        guard let base = record.baseAddress else { throw .corrupt("a profile is cut short") }
        return RecordFormat.id(at: base)
    }

    private static func isSame(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        left.count == right.count && left.elementsEqual(right)
    }
}

extension ProfileTable {
    /// Merges each profile over the one that is stored under its id, if any.
    ///
    /// - Parameters:
    ///   - former: Attributes of former types, each with the one declared now.
    ///   - now: In seconds since 1970; one that has expired by then is replaced as if it had gone already.
    /// - Returns: Those that are too large then, and left out.
    package func merge(
        _ staged: StagedProfiles, forgetting former: [UInt16: UInt16], atSeconds now: Int64
    ) -> [StagedProfiles.Refusal] {
        withWriter { writer in
            guard writer.index.count > 0 else { return [] }
            return staged.merge(
                over: { writer.stored($0, hash: $1, atSeconds: now) }, forgetting: former, directory: writer.directory)
        }
    }

    /// Writes profiles that were merged over the stored ones, with no write between.
    package func insert(_ staged: StagedProfiles) {
        let added = staged.count - staged.storedCount
        withWriter { writer in
            // Few grow the index by themselves, and leave it smaller.
            if added > writer.index.count / 4 { writer.reserve(writer.index.count + added) }
        }
        let loader = ProfileLoader(self)
        do throws(ProfileError) {
            try staged.forEach { (_, record) throws(ProfileError) in try loader.load(UnsafeRawBufferPointer(record)) }
        } catch {
            preconditionFailure("what was packed can be read: \(error)")
        }
        loader.finish()
    }
}
