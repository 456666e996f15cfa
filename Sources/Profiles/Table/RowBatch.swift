internal import CXXHash
internal import Model

/// Rows on their way from the journal into a table, composed without its lock.
struct RowBatch: ~Copyable {
    /// A row that waits to enter the table.
    struct Row {
        let offset: Int
        let count: Int
        /// Of the id, under the table's seed.
        let hash: UInt64
    }

    /// Rows that enter the table together: few enough to stay in a core's cache.
    private static let rowsMax = 256
    private static let bytesMax = 48 * 1_024
    /// Of one row, and of the values of one record.
    private static let rowBytesMax = 2 * ProfileLimits.recordBytesMax

    /// Storage codes of the schema's types, by attribute.
    private let types: [UInt8]
    private let seed: UInt64
    private var codes = CodeCache()
    private var cells: [PackedCell] = []
    private var values = PackedWriter(capacity: rowBytesMax)
    private var rows = PackedWriter(capacity: bytesMax + rowBytesMax)
    private var waiting: [Row] = []

    /// - Parameter types: Of the schema's attributes, by id.
    init(types: [AttributeType], seed: UInt64) {
        self.types = types.map(\.storageCode)
        self.seed = seed
        waiting.reserveCapacity(Self.rowsMax)
    }

    mutating func add(_ record: UnsafeRawBufferPointer, to table: ProfileTable) throws(ProfileError) {
        // Handed over, so that the array is not shared while it grows.
        var reused = cells
        cells = []
        reused.removeAll(keepingCapacity: true)
        var profile = try RecordFormat.read(record, cells: consume reused)
        values.reset()
        try compact(&profile.cells, table)
        let code = profile.account.isEmpty ? nil : code(of: profile.account, in: TextDictionaries.accounts, table)
        let offset = rows.count
        RowComposer.writeRow(profile, accountCode: code, to: &rows)
        let count = rows.count - offset
        precondition(!rows.overflowed && count <= UInt16.max, "a row is hardly larger than its record, which fits")
        waiting.append(Row(offset: offset, count: count, hash: XXH64(profile.id.baseAddress, profile.id.count, seed)))
        cells = profile.cells
        if waiting.count == Self.rowsMax || rows.count >= Self.bytesMax { flush(into: table) }
    }

    mutating func flush(into table: ProfileTable) {
        guard !waiting.isEmpty else { return }
        table.insert(waiting, from: rows.pointer(at: 0))
        waiting.removeAll(keepingCapacity: true)
        rows.reset()
    }

    /// Turns the cells of a record into those of a row: texts become codes where they have one.
    private mutating func compact(_ cells: inout [PackedCell], _ table: ProfileTable) throws(ProfileError) {
        for position in cells.indices {
            let cell = cells[position]
            let number = Int(cell.attribute)
            guard number < types.count, types[number] == cell.type.storageCode else {
                throw .corrupt("a profile has attribute \(cell.attribute) as \(cell.type.name), unlike the schema")
            }
            var cursor = PackedCursor(cell.start)
            var count: UInt64 = 1
            let start = values.count
            switch cell.type {
            case .bool, .int, .double, .timestamp: continue
            case .string: break
            case .strings:
                count = cursor.varint()
                values.varint(count)
            }
            for _ in 0..<count {
                // Records spell every text out.
                let length = Int(cursor.varint() >> 1)
                let bytes = UnsafeBufferPointer(start: cursor.next, count: length)
                cursor.skip(length)
                if let code = code(of: bytes, in: number, table) {
                    values.varint(code << 1)
                } else {
                    PackedValue.write(bytes, to: &values)
                }
            }
            cells[position] = PackedCell(
                attribute: cell.attribute, type: cell.type, observedAtSeconds: cell.observedAtSeconds,
                start: values.pointer(at: start), count: values.count - start)
        }
        guard !values.overflowed else { throw .profileTooLarge }
    }

    private mutating func code(
        of text: UnsafeBufferPointer<UInt8>, in dictionary: Int, _ table: ProfileTable
    ) -> UInt64? {
        guard text.count >= 2, text.count <= TextDictionaries.textBytesMax, let start = text.baseAddress else {
            return nil
        }
        let hash = XXH64(start, text.count, seed)
        if let code = codes.find(text, hash: hash, dictionary: dictionary) { return code }
        guard let (code, entry) = table.code(of: text, hash: hash, in: dictionary) else { return nil }
        codes.keep(code, entry: entry, hash: hash, dictionary: dictionary)
        return code
    }
}
