package import Model

/// Reads profiles from JSON lines: an object a line.
///
/// Without a mapping a line is `{"id": …, "account": …, "attributes": {…}}`, or what `profiles export` writes. With one, its
/// members are what columns are in CSV; those of objects within it are named with points, such as `properties.email`.
package struct ProfileNDJSON {
    private var reader: LineReader
    private let lines: ProfileLine
    private let isWide: Bool
    private let bytesMax: Int
    /// The first bytes, until they are enough to know a mark of UTF-16.
    private var head: [UInt8]? = []
    private var hasLine = false
    /// Lines that the mapping leaves out, by a member of theirs.
    package private(set) var leftOutCount = 0

    /// - Parameters:
    ///   - columns: What the rule set declares for this kind of profile.
    ///   - options: Encoding and the limit of a row.
    ///   - now: Nothing can be known since a later time; nil when the daemon is to look at that.
    package init(
        columns: [ProfileCSV.Column], entity: Entity, options: CSVOptions = CSVOptions(), now: Timestamp? = nil
    ) {
        self.init(
            ProfileLine(columns: columns, entity: entity, mapping: nil, now: now), options)
    }

    /// - Parameters:
    ///   - columns: What the rule set declares for the mapping's kind of profile.
    ///   - options: The limit of a row; the encoding is the mapping's.
    ///   - now: What past times are compared with.
    package init(
        columns: [ProfileCSV.Column], mapping: ImportMapping, options: CSVOptions = CSVOptions(), now: Timestamp
    ) {
        var options = options
        options.encoding = mapping.encoding
        self.init(ProfileLine(columns: columns, entity: mapping.entity, mapping: mapping, now: now), options)
    }

    private init(_ lines: ProfileLine, _ options: CSVOptions) {
        self.lines = lines
        reader = LineReader(encoding: options.encoding, lineBytesMax: options.rowBytesMax)
        bytesMax = options.rowBytesMax
        isWide = options.encoding == .utf16
    }

    /// Takes the next piece of the file.
    ///
    /// - Returns: The rows that are complete, good and bad, in order.
    /// - Throws: `CSVError.utf16`, at the beginning of a file.
    package mutating func feed(_ piece: UnsafeBufferPointer<UInt8>) throws(CSVError) -> [ProfileCSV.Row] {
        if let start = head {
            let bytes = start + piece.prefix(2)
            if !isWide, bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { throw .utf16 }
            head = bytes.count < 2 ? bytes : nil
        }
        var rows: [ProfileCSV.Row] = []
        let (lines, bytesMax) = (lines, bytesMax)
        var leftOut = 0
        reader.feed(piece) { rows += Self.rows($0, $1, lines, bytesMax: bytesMax, &leftOut) }
        leftOutCount += leftOut
        if !rows.isEmpty || leftOut > 0 { hasLine = true }
        return rows
    }

    /// Ends the file.
    ///
    /// - Returns: The last row, when no line end followed it.
    /// - Throws: `CSVError.noLines`.
    package mutating func finish() throws(CSVError) -> [ProfileCSV.Row] {
        var rows: [ProfileCSV.Row] = []
        let (lines, bytesMax) = (lines, bytesMax)
        var leftOut = 0
        reader.finish { rows += Self.rows($0, $1, lines, bytesMax: bytesMax, &leftOut) }
        leftOutCount += leftOut
        guard hasLine || !rows.isEmpty || leftOut > 0 else { throw .noLines }
        return rows
    }

    /// - Returns: One row, or none for an empty line.
    private static func rows(
        _ line: Int, _ content: LineReader.Content, _ lines: ProfileLine, bytesMax: Int, _ leftOut: inout Int
    ) -> [ProfileCSV.Row] {
        func refused(_ reason: String) -> [ProfileCSV.Row] {
            let reject = ProfileCSV.Reject(line: line, column: "", reason: reason, cell: "")
            return [ProfileCSV.Row(line: line, id: "", account: nil, values: [], rejects: [reject])]
        }
        switch content {
        case .tooLong: return refused("the line is longer than \(bytesMax) bytes; put one object on each line")
        case .bytes(let bytes):
            guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { return [] }
            do throws(JSONError) {
                let json = try JSONParser.parse(bytes)
                guard !lines.leavesOut(json) else {
                    leftOut += 1
                    return []
                }
                return [lines.row(line, json)]
            } catch {
                let place = error.place.split(separator: ", ").last.map { $0 + ": " } ?? ""
                return refused(place + error.problem)
            }
        }
    }
}
