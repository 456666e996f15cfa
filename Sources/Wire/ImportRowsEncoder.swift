package import Model

/// An encoded `bespoke.v1.ImportProfilesRequest`.
package struct ImportMessage: Sendable, Hashable {
    package let bytes: [UInt8]
    package let rowCount: Int
    /// Where its last row begins.
    package let lastLine: UInt64
}

/// Turns rows of an import into the bytes of `bespoke.v1.ImportProfilesRequest`, without making messages of them. Field numbers
/// are those of profile.proto and value.proto.
package struct ImportRowsEncoder {
    private let entity: Entity
    /// Names of the attributes, one after the other.
    private let names: [UInt8]
    private let spans: [ImportCells.Span]
    /// For one row at a time, which is written from its end to its beginning.
    private let arena: Arena
    private var message: [UInt8] = []
    private var rowCount = 0
    private var lastLine = 0

    /// Far below the daemon's message limit of 4 MiB, and small enough for the cache.
    private static let rowsMax = 500
    private static let bytesMax = 64 * 1_024
    /// A row has at most 1 MiB in its file, and as many attributes as the file has columns.
    private static let rowBytesMax = 16 << 20

    /// - Parameters:
    ///   - entity: Whose profiles they are.
    ///   - names: Of the attributes, which rows name by their place.
    package init(entity: Entity, names: [String]) {
        self.entity = entity
        var bytes: [UInt8] = []
        spans = names.map { name in
            defer { bytes += name.utf8 }
            return ImportCells.Span(start: bytes.count, count: name.utf8.count)
        }
        self.names = bytes
        arena = Arena(initialBytes: 16 * 1_024, budgetBytes: Self.rowBytesMax)
    }

    /// Adds a row.
    ///
    /// - Returns: The message before, when it was full.
    /// - Throws: `.invalid` for a time outside the years 1 to 9999; the row is left out.
    package mutating func append(_ row: ImportCells) throws(WireError) -> ImportMessage? {
        arena.reset()
        var writer = try ProtoWriter(arena)
        try row.bytes.withUnsafeBufferPointer { (texts) throws(WireError) in
            try names.withUnsafeBufferPointer { (names) throws(WireError) in
                try write(row, texts, names, &writer)
            }
        }
        let full = rowCount == Self.rowsMax || message.count + writer.byteCount > Self.bytesMax ? take() : nil
        message.append(contentsOf: writer.bytes)
        rowCount += 1
        lastLine = row.line
        return full
    }

    /// - Returns: The message so far, and the next one begins; nil when there is no row in it.
    package mutating func take() -> ImportMessage? {
        guard rowCount > 0 else { return nil }
        defer {
            message = []
            message.reserveCapacity(Self.bytesMax)
            rowCount = 0
        }
        return ImportMessage(bytes: message, rowCount: rowCount, lastLine: UInt64(lastLine))
    }

    private func write(
        _ row: ImportCells, _ texts: UnsafeBufferPointer<UInt8>, _ names: UnsafeBufferPointer<UInt8>,
        _ writer: inout ProtoWriter
    ) throws(WireError) {
        let rowStart = writer.byteCount
        var index = row.cells.count
        while index > 0 {
            index -= 1
            let cell = row.cells[index]
            let entryStart = writer.byteCount
            if let seconds = cell.observedAtSeconds {
                try writer.number(1, UInt64(bitPattern: seconds))
                try writer.message(2, since: entryStart)
            }
            let valueStart = writer.byteCount
            try value(cell.value, row, texts, &writer)
            try writer.message(1, since: valueStart)
            try writer.message(2, since: entryStart)
            try writer.element(1, Self.text(spans[cell.attribute], in: names))
            try writer.message(4, since: entryStart)
        }
        try writer.text(3, Self.text(row.account, in: texts))
        try writer.text(2, Self.text(row.id, in: texts))
        try writer.number(1, entity == .visitor ? 1 : 2)
        try writer.message(2, since: rowStart)
        try writer.number(1, UInt64(row.line))
        try writer.message(2, since: rowStart)
    }

    /// A `bespoke.v1.Value`, without its head.
    private func value(
        _ value: ImportCells.Value, _ row: ImportCells, _ texts: UnsafeBufferPointer<UInt8>,
        _ writer: inout ProtoWriter
    ) throws(WireError) {
        switch value {
        case .plain(let value): try plain(value, &writer)
        case .text(let span): try writer.element(4, Self.text(span, in: texts))
        case .texts(let span):
            let start = writer.byteCount
            var index = span.count
            while index > 0 {
                index -= 1
                try writer.element(1, Self.text(row.members[span.start + index], in: texts))
            }
            try writer.message(5, since: start)
        }
    }

    private func plain(_ value: Scalar, _ writer: inout ProtoWriter) throws(WireError) {
        switch value.kind {
        case .bool: try writer.member(1, UInt64(value.bool ? 1 : 0))
        case .int: try writer.member(2, UInt64(bitPattern: value.int))
        case .double: try writer.member(3, value.double)
        case .timestamp:
            let start = writer.byteCount
            let (seconds, nanos) = value.timestamp.secondsAndNanos
            _ = try Timestamp(seconds: seconds, nanos: nanos, "timestamp")
            try writer.number(2, UInt64(nanos))
            try writer.number(1, UInt64(bitPattern: seconds))
            try writer.message(6, since: start)
        default: preconditionFailure("A cell has a value that is known and no text.")
        }
    }

    private static func text(_ span: ImportCells.Span, in bytes: UnsafeBufferPointer<UInt8>) -> BorrowedText {
        BorrowedText(start: bytes.baseAddress.map { $0 + span.start }, count: span.count)
    }
}
