internal import Model

/// Unites the profiles of two ids of one person, and takes them apart again; all as the journal keeps them.
package enum ProfileUnion {
    /// A value that outlives the bytes it was read from.
    private struct Cell: Equatable {
        let attribute: UInt16
        let type: AttributeType
        let observedAtSeconds: Int64
        let bytes: [UInt8]
    }

    private struct Profile {
        var version: UInt64 = 0
        var account: [UInt8] = []
        var writtenAtSeconds: Int64 = 0
        var cells: [Cell] = []

        init(_ record: [UInt8]) throws(ProfileError) {
            let result = record.withUnsafeBytes { bytes in
                Result { () throws(ProfileError) -> Profile in try Profile(bytes) }
            }
            self = try result.get()
        }

        private init(_ bytes: UnsafeRawBufferPointer) throws(ProfileError) {
            let read = try RecordFormat.read(bytes)
            version = read.version
            account = Array(read.account)
            writtenAtSeconds = read.writtenAtSeconds
            cells = read.cells.map { cell in
                Cell(
                    attribute: cell.attribute, type: cell.type, observedAtSeconds: cell.observedAtSeconds,
                    bytes: Array(UnsafeBufferPointer(start: cell.start, count: cell.count)))
            }
        }
    }

    /// One profile of two: of each attribute the value that was learnt later, of two learnt at once the first's; the first's account.
    ///
    /// - Parameters:
    ///   - first: Nil for none, likewise `second`.
    ///   - id: Of the result.
    /// - Returns: Nil when there is neither.
    /// - Throws: `ProfileError.tooManyMembersInProfile`, `profileTooLarge`, `corrupt`.
    package static func united(_ first: [UInt8]?, _ second: [UInt8]?, id: String) throws(ProfileError) -> [UInt8]? {
        guard first != nil || second != nil else { return nil }
        guard let second else { return first }
        let other = try Profile(second)
        guard let first else { return try record(other, id: id) }
        var whole = try Profile(first)
        for cell in other.cells {
            guard let index = whole.cells.firstIndex(where: { $0.attribute == cell.attribute }) else {
                whole.cells.append(cell)
                continue
            }
            if cell.observedAtSeconds > whole.cells[index].observedAtSeconds { whole.cells[index] = cell }
        }
        if whole.account.isEmpty { whole.account = other.account }
        whole.version &+= other.version
        whole.writtenAtSeconds = max(whole.writtenAtSeconds, other.writtenAtSeconds)
        return try record(whole, id: id)
    }

    /// What is left of a person's profile without what one id brought: values that are still its are those of the others again.
    ///
    /// - Parameters:
    ///   - whole: As it stands now.
    ///   - part: What the id brought.
    ///   - rest: What the others brought.
    /// - Returns: Nil when nothing is left.
    /// - Throws: As `united`.
    package static func separated(
        _ whole: [UInt8], part: [UInt8], rest: [[UInt8]], id: String
    ) throws(ProfileError) -> [UInt8]? {
        var left = try Profile(whole)
        let brought = try Profile(part)
        var others: [Profile] = []
        for record in rest { others.append(try Profile(record)) }
        left.cells = left.cells.compactMap { cell in
            let known = others.compactMap { $0.cells.first { $0.attribute == cell.attribute } }
            guard brought.cells.contains(cell), !known.contains(cell) else { return cell }
            return known.max { $0.observedAtSeconds < $1.observedAtSeconds }
        }
        if !left.account.isEmpty, left.account == brought.account,
            !others.contains(where: { $0.account == left.account })
        {
            left.account = others.first { !$0.account.isEmpty }?.account ?? []
        }
        guard !left.cells.isEmpty || !left.account.isEmpty || !rest.isEmpty else { return nil }
        left.version &+= 1
        return try record(left, id: id)
    }

    private static func record(_ profile: Profile, id: String) throws(ProfileError) -> [UInt8] {
        let sorted = profile.cells.sorted { $0.attribute < $1.attribute }
        let bytes = sorted.flatMap(\.bytes)
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(ProfileError) -> [UInt8] in
                // A profile without values still needs a place that its cells, none, would point to.
                guard let base = bytes.baseAddress ?? UnsafePointer(bitPattern: 1) else { return [] }
                var cells: [PackedCell] = []
                var offset = 0
                for cell in sorted {
                    cells.append(
                        PackedCell(
                            attribute: cell.attribute, type: cell.type, observedAtSeconds: cell.observedAtSeconds,
                            start: base + offset, count: cell.bytes.count))
                    offset += cell.bytes.count
                }
                return try write(profile, cells, id: id)
            }
        }
        return try result.get()
    }

    private static func write(_ profile: Profile, _ cells: [PackedCell], id: String) throws(ProfileError) -> [UInt8] {
        try RecordMerger.checkMembers(cells)
        var writer = PackedWriter(capacity: ProfileLimits.recordBytesMax)
        let id = Array(id.utf8)
        id.withUnsafeBufferPointer { id in
            profile.account.withUnsafeBufferPointer { account in
                RecordFormat.write(
                    PackedProfile(
                        id: id, version: profile.version, account: account, writtenAtSeconds: profile.writtenAtSeconds,
                        cells: cells), to: &writer
                ) { cell, writer in writer.bytes(cell.start, count: cell.count) }
            }
        }
        guard !writer.overflowed else { throw .profileTooLarge }
        return Array(writer.contents)
    }
}

extension ProfileTable {
    /// A profile as the journal keeps it; nil when there is none.
    ///
    /// - Parameter now: As in `find`.
    package func journalRecord(of id: String, atSeconds now: Int64) -> [UInt8]? {
        id.withBytes { id in
            withWriter { writer in
                guard let row = writer.stored(id, hash: writer.hash(id), atSeconds: now) else { return nil }
                var record = PackedWriter(capacity: ProfileLimits.recordBytesMax)
                let directory = writer.directory
                RecordFormat.write(PackedProfile(row), to: &record) { ValuePacker.expand($0, in: directory, to: &$1) }
                precondition(!record.overflowed, "what is stored has fitted before")
                return Array(record.contents)
            }
        }
    }

    /// Puts a profile in the place of the one that its id has, if any; the next lookup on any loop sees it.
    ///
    /// - Parameter record: As `journalRecord` or `ProfileUnion` made it.
    /// - Throws: `ProfileError.corrupt`.
    package func replace(with record: [UInt8]) throws(ProfileError) {
        let loader = ProfileLoader(self)
        let result = record.withUnsafeBytes { record in
            Result { () throws(ProfileError) in try loader.load(record) }
        }
        try result.get()
        loader.finish()
    }
}
