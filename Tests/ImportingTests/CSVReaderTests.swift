internal import TestSupport
internal import Importing
internal import Profiles
internal import Testing

@Suite struct CSVReaderTests {
    /// A row as owned text, or its fault.
    private struct Found: Equatable, CustomStringConvertible {
        var line: Int
        var fields: [String] = []
        var fault: CSVRow.Fault?

        init(_ line: Int, _ fields: [String]) {
            self.line = line
            self.fields = fields
        }

        init(_ line: Int, fault: CSVRow.Fault) {
            self.line = line
            self.fault = fault
        }

        var description: String { "\(line): \(fault.map { "\($0)" } ?? "\(fields)")" }
    }

    private func read(
        _ bytes: [UInt8], pieceLength: Int = .max, options: CSVOptions = CSVOptions()
    ) throws -> [Found] {
        var reader = CSVReader(options: options)
        var found: [Found] = []
        func take(_ row: CSVRow) {
            if let fault = row.fault { return found.append(Found(row.line, fault: fault)) }
            found.append(Found(row.line, (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) }))
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            try rest.prefix(pieceLength).withUnsafeBufferPointer { try reader.feed($0, take) }
            rest = rest.dropFirst(pieceLength)
        }
        reader.finish(take)
        return found
    }

    private func expect(_ text: String, _ rows: [Found], options: CSVOptions = CSVOptions()) throws {
        for length in [1, 2, 3, 7, .max] {
            #expect(try read(Array(text.utf8), pieceLength: length, options: options) == rows, "pieces of \(length)")
        }
    }

    @Test func `Rows end with LF or CR LF, the last one with either or none`() throws {
        try expect("a,b\nc,d\r\ne,f", [Found(1, ["a", "b"]), Found(2, ["c", "d"]), Found(3, ["e", "f"])])
        try expect("a\n", [Found(1, ["a"])])
        try expect("a\r\n", [Found(1, ["a"])])
        try expect("", [])
    }

    @Test func `Empty fields count, empty lines do not`() throws {
        try expect(",\n\n\r\n,,\n\"\"\n", [Found(1, ["", ""]), Found(4, ["", "", ""]), Found(5, [""])])
        try expect("a,", [Found(1, ["a", ""])])
        try expect("a,\r\n", [Found(1, ["a", ""])])
    }

    @Test func `Quotes hold delimiters, line ends and quotes; lines are counted within`() throws {
        try expect(
            "\"a,\"\"b\"\"\r\nc\",d\n\"\",\"e\"\r\n",
            [Found(1, ["a,\"b\"\r\nc", "d"]), Found(3, ["", "e"])])
        try expect("\"a\"", [Found(1, ["a"])])
        try expect("\"a\"\r", [Found(1, ["a"])])
    }

    @Test func `A quote inside a plain field is content`() throws {
        try expect("5\" nail,a\"b\"\n", [Found(1, ["5\" nail", "a\"b\""])])
    }

    @Test func `A carriage return that ends no line is content`() throws {
        try expect("a\rb,c\r\r\n", [Found(1, ["a\rb", "c\r"])])
    }

    @Test func `Text after a closing quote spoils its row only`() throws {
        try expect("\"a\"b,c\nd,e\n", [Found(1, fault: .textAfterQuote(field: 1)), Found(2, ["d", "e"])])
        try expect("x,\"a\"\rb\nd\n", [Found(1, fault: .textAfterQuote(field: 2)), Found(2, ["d"])])
    }

    @Test func `A quote that is never closed is reported at its row`() throws {
        try expect("a\n\"b\nc", [Found(1, ["a"]), Found(2, fault: .openQuote)])
    }

    @Test func `A row that is too long or too wide is passed over`() throws {
        var options = CSVOptions()
        options.rowBytesMax = 10
        options.columnsMax = 3
        try expect("0123456789\n", [Found(1, ["0123456789"])], options: options)
        try expect(
            "01234567890\na\n", [Found(1, fault: .tooLong(bytesMax: 10)), Found(2, ["a"])], options: options)
        try expect(
            "a,\"0123\n4567890\nb\"\nc\n",
            [Found(1, fault: .tooLong(bytesMax: 10)), Found(3, ["b\""]), Found(4, ["c"])], options: options)
        try expect("a,b,c\n", [Found(1, ["a", "b", "c"])], options: options)
        try expect("a,b,c,d\ne\n", [Found(1, fault: .tooManyColumns(max: 3)), Found(2, ["e"])], options: options)
    }

    @Test func `However a file is cut, the same rows come out`() throws {
        var random = SeededGenerator(seed: 7)
        let parts = [
            "a", "bc", ",", "\n", "\r\n", "\r", "\"", "\"x\"", "\"\"", "\"a\nb\"", "ä", "\u{10000}", ",,", "1234567",
        ]
        var options = CSVOptions()
        (options.rowBytesMax, options.columnsMax) = (24, 6)
        for _ in 0..<4_000 {
            var bytes: [UInt8] = []
            for _ in 0..<random.below(24) { bytes += Array(parts[random.below(parts.count)].utf8) }
            if random.below(20) == 0 { bytes.append(0xFF) }
            // No row is whole in one byte, nearly every row is in all of them.
            #expect(
                try read(bytes, options: options) == (try read(bytes, pieceLength: 1, options: options)), "\(bytes)")
        }
    }

    @Test func `A line of many megabytes is not kept in memory`() throws {
        var reader = CSVReader()
        var faults: [CSVRow.Fault?] = []
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0..<64 { try piece.withUnsafeBufferPointer { try reader.feed($0) { faults.append($0.fault) } } }
        try Array("\na\n".utf8).withUnsafeBufferPointer { try reader.feed($0) { faults.append($0.fault) } }
        #expect(faults == [.tooLong(bytesMax: 1 << 20), nil])
    }

    @Test func `Bytes that are not UTF-8 are reported with their field`() throws {
        for bytes in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]] {
            let file = Array("é,".utf8) + bytes + Array("\nok\n".utf8)
            for length in [1, .max] {
                #expect(
                    try read(file, pieceLength: length) == [Found(1, fault: .notUTF8(field: 2)), Found(2, ["ok"])])
            }
        }
    }

    @Test func `A character cut in two by the delimiter is not UTF-8`() throws {
        #expect(try read([0xC3, UInt8(ascii: ","), 0xA9]) == [Found(1, fault: .notUTF8(field: 1))])
    }

    @Test func `A byte order mark is passed over, UTF-16 is refused`() throws {
        try expect("\u{FEFF}id,b\n", [Found(1, ["id", "b"])])
        #expect(try read([0xEF, 0xBB]) == [Found(1, fault: .notUTF8(field: 1))])
        for mark in [[0xFF, 0xFE], [0xFE, 0xFF]] as [[UInt8]] {
            for length in [1, .max] {
                #expect(throws: CSVError.utf16) { try read(mark + [0x61, 0], pieceLength: length) }
            }
        }
    }

    @Test func `Another delimiter leaves commas alone`() throws {
        var options = CSVOptions()
        options.delimiter = UInt8(ascii: ";")
        try expect("a,b;\"c;d\"\n", [Found(1, ["a,b", "c;d"])], options: options)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `What is quoted is read back, whatever it is and however it is cut`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ab,\"\n\r é日;".unicodeScalars)
        var rows: [[String]] = []
        for _ in 0..<50 {
            rows.append(
                (0...random.below(4)).map { _ in
                    var text = String.UnicodeScalarView()
                    for _ in 0..<random.below(8) { text.append(alphabet[random.below(alphabet.count)]) }
                    return String(text)
                })
        }
        var file: [UInt8] = []
        for row in rows {
            for (index, field) in row.enumerated() {
                if index > 0 { file.append(UInt8(ascii: ",")) }
                file.append(UInt8(ascii: "\""))
                for byte in field.utf8 {
                    file.append(byte)
                    if byte == UInt8(ascii: "\"") { file.append(byte) }
                }
                file.append(UInt8(ascii: "\""))
            }
            file += random.below(2) == 0 ? [13, 10] : [10]
        }
        let found = try read(file, pieceLength: 1 + random.below(20))
        #expect(found.map { $0.fields.map { Array($0.utf8) } } == rows.map { $0.map { Array($0.utf8) } })
        #expect(found.allSatisfy { $0.fault == nil })
    }
}
