internal import CXXHash
internal import Model

/// Turns records of the journal into rows, each in one pass: what `RecordFormat.read` and `RowComposer.writeRow` do in
/// two, for the start of a daemon. Both refuse the same records.
struct RecordTranslator: ~Copyable {
    private static let bitmapBytes = ProfileLimits.attributesMax / 8

    /// Storage codes of the schema's types, by attribute.
    private let types: [UInt8]
    private let seed: UInt64
    private var codes: CodeCache
    /// The values of one row, each after its own time, if any.
    private var values = PackedWriter(capacity: 2 * ProfileLimits.recordBytesMax)
    /// The presence bits, then the bits of own times; zeros but while a record is translated.
    private let bits: UnsafeMutablePointer<UInt8>

    init(types: [AttributeType], seed: UInt64) {
        self.types = types.map(\.rawValue)
        self.seed = seed
        codes = CodeCache(seed: seed)
        bits = .allocate(capacity: 2 * Self.bitmapBytes)
        bits.initialize(repeating: 0, count: 2 * Self.bitmapBytes)
    }

    deinit {
        bits.deallocate()
    }

    /// Writes a record's row after what the writer holds.
    ///
    /// - Returns: The hash of the id under the table's seed.
    /// - Throws: `ProfileError.corrupt`, with nothing written.
    mutating func translate(
        _ record: UnsafeRawBufferPointer, for table: ProfileTable, to rows: inout PackedWriter
    ) throws(ProfileError) -> UInt64 {
        var reader = try CheckedCursor(checksummed: record, of: "a profile")
        let head = try RecordFormat.readHead(&reader)
        values.reset()
        // The count of attributes up to the last one present, and the latest time at which a value was learnt.
        var next = 0
        var latest: Int64 = 0
        var hasOwnTimes = false
        // Afterwards the bits are zeros again, whatever has come of it.
        defer { bits.update(repeating: 0, count: (next + 7) / 8) }
        defer { if hasOwnTimes { (bits + Self.bitmapBytes).update(repeating: 0, count: (head.count + 7) / 8) } }
        var members = 0
        for ordinal in 0..<head.count {
            let value = try RecordFormat.readValueHead(&reader, next: &next)
            let number = Int(value.attribute)
            guard number < types.count, types[number] == value.type.rawValue else { throw foreign(value) }
            bits[number / 8] |= 1 &<< UInt8(number % 8)
            var time = head.base
            if value.hasOwnTime {
                hasOwnTimes = true
                bits[Self.bitmapBytes + ordinal / 8] |= 1 &<< UInt8(ordinal % 8)
                time = try RecordFormat.readTime(&reader, relativeTo: head.base)
                RowComposer.writeOwnTime(time, base: head.base, to: &values)
            }
            latest = max(latest, time)
            members += try translate(value, &reader, table)
        }
        try RecordFormat.checkEnd(&reader, members: members)
        guard !values.overflowed else { throw .profileTooLarge }
        let account = head.account.isEmpty ? nil : accountCode(head.account, table)
        write(
            head, accountCode: account, writtenAtSeconds: head.format == 1 ? latest : head.writtenAtSeconds,
            bitmapCount: (next + 7) / 8, hasOwnTimes: hasOwnTimes, to: &rows)
        return XXH64(head.id.baseAddress, head.id.count, seed)
    }

    /// - Returns: Members when it is a set, else 0.
    @inline(__always)
    private mutating func translate(
        _ value: RecordFormat.ValueHead, _ reader: inout CheckedCursor, _ table: ProfileTable
    ) throws(ProfileError) -> Int {
        switch value.type {
        case .string:
            try translateText(&reader, of: Int(value.attribute), table)
            return 0
        case .strings:
            let count = try PackedValue.checkMemberCount(&reader)
            values.varint(UInt64(count))
            for _ in 0..<count { try translateText(&reader, of: Int(value.attribute), table) }
            return count
        default:
            let offset = reader.offset
            guard let start = reader.position else { throw reader.damaged("an early end") }
            try PackedValue.checkNumber(value.type, &reader)
            // The record's checksum stands behind its values.
            values.short(start, count: reader.offset - offset)
            return 0
        }
    }

    @inline(__always)
    private mutating func translateText(
        _ reader: inout CheckedCursor, of dictionary: Int, _ table: ProfileTable
    ) throws(ProfileError) {
        let text = try PackedValue.checkLength(&reader)
        guard text.count >= 2, text.count <= TextDictionaries.textBytesMax, let start = text.baseAddress else {
            return try writeUncoded(text, reader)
        }
        // The record's checksum stands behind its texts.
        let key = codes.key(of: start, count: text.count, dictionary: dictionary)
        if let code = codes.find(key) { return values.shortVarint(code &<< 1) }
        guard UTF8Check.isValid(text) else { throw reader.damaged("a text that is not UTF-8") }
        guard let code = ask(table, text, key, dictionary) else { return PackedValue.write(text, to: &values) }
        values.varint(code &<< 1)
    }

    private mutating func writeUncoded(
        _ text: UnsafeBufferPointer<UInt8>, _ reader: CheckedCursor
    ) throws(ProfileError) {
        guard UTF8Check.isValid(text) else { throw reader.damaged("a text that is not UTF-8") }
        PackedValue.write(text, to: &values)
    }

    private mutating func accountCode(_ id: UnsafeBufferPointer<UInt8>, _ table: ProfileTable) -> UInt64? {
        guard id.count >= 2, id.count <= TextDictionaries.textBytesMax, let start = id.baseAddress else { return nil }
        let key = codes.key(of: start, count: id.count, dictionary: TextDictionaries.accounts)
        return codes.find(key) ?? ask(table, id, key, TextDictionaries.accounts)
    }

    private mutating func ask(
        _ table: ProfileTable, _ text: UnsafeBufferPointer<UInt8>, _ key: CodeCache.Key, _ dictionary: Int
    ) -> UInt64? {
        let hash = XXH64(text.baseAddress, text.count, seed)
        guard let (code, entry) = table.code(of: text, hash: hash, in: dictionary) else { return nil }
        codes.keep(code, entry: entry, for: key)
        return code
    }

    /// As `RowComposer.writeRow`, with the record's base time.
    private func write(
        _ head: RecordFormat.Head, accountCode: UInt64?, writtenAtSeconds: Int64, bitmapCount: Int, hasOwnTimes: Bool,
        to rows: inout PackedWriter
    ) {
        let start = rows.count
        _ = rows.zeros(2)
        var flags: UInt8 = 0
        if !head.account.isEmpty { flags |= ProfileRow.hasAccount }
        if head.base != 0 { flags |= ProfileRow.hasBaseTime }
        if hasOwnTimes { flags |= ProfileRow.hasOwnTimes }
        rows.byte(UInt8(head.id.count - 1))
        rows.byte(flags)
        rows.bytes(head.id.baseAddress, count: head.id.count)
        rows.varint(head.version)
        if let accountCode {
            rows.varint(accountCode << 1)
        } else if !head.account.isEmpty {
            PackedValue.write(head.account, to: &rows)
        }
        if head.base != 0 { rows.varint(ZigZag.encode(head.base - PackedValue.epochSeconds)) }
        RowComposer.writeOwnTime(writtenAtSeconds, base: RowComposer.writeTimeBase(head.base), to: &rows)
        rows.varint(UInt64(bitmapCount))
        rows.bytes(bits, count: bitmapCount)
        if hasOwnTimes { rows.bytes(bits + Self.bitmapBytes, count: (head.count + 7) / 8) }
        rows.bytes(values.contents.baseAddress, count: values.count)
        RowComposer.writeLength(of: start, to: &rows)
    }

    @inline(never)
    private func foreign(_ value: RecordFormat.ValueHead) -> ProfileError {
        .corrupt("a profile has attribute \(value.attribute) as \(value.type.name), unlike the schema")
    }
}
