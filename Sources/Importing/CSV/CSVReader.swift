internal import Profiles
package import Model

/// How a CSV file is written, and what it may not exceed.
package struct CSVOptions: Sendable {
    /// Between fields: one ASCII character other than a quote or a line end.
    package var delimiter = UInt8(ascii: ",")
    /// How the file's bytes are text.
    package var encoding = TextEncoding.utf8
    /// Whether a file in UTF-8 that begins with the mark of UTF-16 is read as its mark says, rather than refused.
    package var followsMark = false
    /// Of the content of one row.
    package var rowBytesMax = 1 << 20
    /// Fields of one row: as many as an export may have.
    package var columnsMax = ProfileLimits.attributesMax + 2
    /// Lines before the first row that are passed over, whatever they hold; a line `sep=;` is one of them.
    package var skippedLines = 0
    /// An ASCII character: lines before the first row that begin with it are passed over, and empty lines with them.
    package var comment: UInt8?

    /// The defaults: commas, rows up to 1 MiB, up to 4,098 fields, nothing before the first row.
    package init() {}
}

/// One row as the reader found it; its bytes are valid only while the reader's callback runs.
package struct CSVRow {
    /// What makes a row unreadable; the reader goes on with the next line.
    package enum Fault: Equatable, Sendable, CustomStringConvertible {
        case tooLong(bytesMax: Int)
        case tooManyColumns(max: Int)
        case textAfterQuote(field: Int)
        case openQuote
        case notUTF8(field: Int)
        case notText(field: Int, encoding: TextEncoding)
        /// The bytes are UTF-8, and the file is read in an encoding with a character for each byte.
        case misread(named: TextEncoding)

        /// One sentence for whoever wrote the file.
        package var description: String {
            switch self {
            case .tooLong(let max): "the row is longer than \(max) bytes; a closing quote may be missing"
            case .tooManyColumns(let max): "the row has more than \(max) fields"
            case .textAfterQuote(let field):
                "field \(field) has text after its closing quote; write a quote within quotes twice"
            case .openQuote: "the row ends within quotes; a closing quote is missing"
            case .notUTF8(let field):
                "field \(field) is not UTF-8; name the file's encoding, such as windows-1252, or convert it to UTF-8"
            case .notText(let field, let encoding):
                "field \(field) holds bytes that are no text in \(encoding.name); name the encoding that the file has"
            case .misread(let named):
                "the row is written in UTF-8, but is read as \(named.name); name utf-8 as the file's encoding"
            }
        }
    }

    /// Where the row begins, from 1.
    package let line: Int
    /// Nil when the row can be read.
    package let fault: Fault?
    /// Whether there is an empty line between it and the row before.
    package let followsEmptyLine: Bool
    private let bytes: UnsafeBufferPointer<UInt8>
    private let fields: UnsafeBufferPointer<CSVField>

    init(
        line: Int, fault: Fault?, followsEmptyLine: Bool, bytes: UnsafeBufferPointer<UInt8>,
        fields: UnsafeBufferPointer<CSVField>
    ) {
        self.line = line
        self.fault = fault
        self.followsEmptyLine = followsEmptyLine
        self.bytes = bytes
        self.fields = fields
    }

    /// Fields; at least one.
    package var count: Int { fields.count }

    /// A field's content, quotes taken off; UTF-8 when there is no fault.
    ///
    /// - Precondition: `index` is in `0..<count`.
    package subscript(index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[fields[index].start..<fields[index].end])
    }

    /// Whether a field stands between quotes.
    ///
    /// - Precondition: `index` is in `0..<count`.
    package func isQuoted(_ index: Int) -> Bool { fields[index].isQuoted }
}

/// Where in a row's bytes the content of a field is.
struct CSVField: BitwiseCopyable {
    let start: Int
    let end: Int
    let isQuoted: Bool
}

/// Why a file cannot be read at all.
package enum CSVError: Error, Equatable, Sendable, CustomStringConvertible {
    case utf16
    /// The file begins with the mark of one encoding and is read in another.
    case otherEncoding(marked: TextEncoding, named: TextEncoding)
    case empty
    /// A file of JSON lines without one.
    case noLines
    /// The header row is unreadable.
    case badHeader(line: Int, reason: String)
    case noIDColumn
    case duplicateColumn(String)
    case unknownColumn(String, suggestion: String?)
    /// How the header and the mapping differ, a sentence each.
    case mapping([String])

    /// One sentence for whoever wrote the file.
    package var description: String {
        switch self {
        case .utf16: "the file is written in UTF-16; name its encoding, utf-16, or convert it to UTF-8"
        case .otherEncoding(let marked, let named):
            "the file begins with the mark of \(marked.name), but is read as \(named.name); name \(marked.name) as its encoding"
        case .empty: "the file is empty; its first row must name the columns"
        case .noLines: "the file is empty; it must have a JSON object on each line"
        case .badHeader(let line, let reason): "line \(line), the header: \(reason)"
        case .noIDColumn: "the header has no column `id`; name the column that holds the profiles' ids so"
        case .duplicateColumn(let name): "the header has the column `\(name)` twice; remove one"
        case .mapping(let problems): problems.joined(separator: "; ")
        case .unknownColumn(let name, let suggestion):
            Self.otherFile(beginningWith: name)
                ?? "the column `\(name)` is no attribute of the rule set"
                + (suggestion.map { "; did you mean `\($0)`?" } ?? "; remove it, or declare it under attributes first")
        }
    }

    /// What the file is, when its first column is none that anybody would name so.
    private static func otherFile(beginningWith name: String) -> String? {
        if name.hasPrefix("[") || name.hasPrefix("{") {
            return "the file is JSON, not CSV; write one object a line, and name its format, ndjson"
        }
        // What workbooks and other archives begin with. Source: .ZIP File Format Specification, 4.3.7.
        if name.hasPrefix("PK") { return "the file is a workbook or an archive, not CSV; save it as CSV first" }
        for (separator, words) in [(Character(";"), "semicolons"), ("\t", "tabs"), ("|", "bars")]
        where name.contains(separator) {
            return
                "the header is one column, with \(words) in it; name its delimiter, `\(separator == "\t" ? "\\t" : "\(separator)")`"
        }
        return nil
    }
}

/// Reads CSV as it arrives, in pieces of any size.
///
/// Fields may stand in double quotes, within which a quote is written twice and line ends are content. A quote within a
/// field that does not begin with one is content, which RFC 4180 forbids but many programs write. Lines end with LF or
/// CR LF; empty lines are passed over; a byte order mark is too, and a first line `sep=;`, with which spreadsheets are told the
/// delimiter: it counts then.
///
/// Source: RFC 4180, §2.
package struct CSVReader {
    private enum State {
        case fieldStart
        case unquoted
        case quoted
        /// Behind a quote within quotes: the field's end, or the first half of a quote.
        case quoteInQuoted
        /// Behind that and a carriage return, which only a line feed may follow.
        case returnAfterQuote
        /// Behind a fault: everything up to the line's end is passed over.
        case skipping
    }

    private let options: CSVOptions
    private var delimiter: UInt8
    private var encoding: TextEncoding
    private var transcoder: TextTranscoder?
    private var state = State.fieldStart
    private var bytes: [UInt8] = []
    private var fields: [CSVField] = []
    private var fault: CSVRow.Fault?
    private var line = 1
    private var rowLine = 1
    private var linesToSkip: Int
    private var isInPreamble: Bool
    /// Of the preamble.
    private var isAmidLine = false
    private var hasEmptyLine = false
    /// The first bytes of the file, kept until it is known whether they are a byte order mark or name the delimiter.
    private var head: [UInt8]? = []

    /// - Precondition: The delimiter is ASCII and neither a quote nor a line end; the limits are positive.
    package init(options: CSVOptions = CSVOptions()) {
        precondition(
            options.delimiter < 0x80 && ![Self.quote, Self.lineFeed, Self.carriageReturn].contains(options.delimiter),
            "a delimiter is one ASCII character other than a quote or a line end")
        precondition(options.rowBytesMax > 0 && options.columnsMax > 0, "limits are positive")
        self.options = options
        delimiter = options.delimiter
        linesToSkip = options.skippedLines
        isInPreamble = options.skippedLines > 0 || options.comment != nil
        encoding = options.encoding
        transcoder = options.encoding == .utf8 ? nil : TextTranscoder(options.encoding)
    }

    /// Takes the next piece of the file and hands over the rows that are complete.
    ///
    /// - Throws: `CSVError.utf16` and `otherEncoding`, at the beginning of a file.
    package mutating func feed(_ piece: UnsafeBufferPointer<UInt8>, _ body: (CSVRow) -> Void) throws(CSVError) {
        guard let text = transcoder?.feed(piece) else { return try take(piece, body) }
        try text.withUnsafeBufferPointer { (text) throws(CSVError) in try take(text, body) }
    }

    /// Whether each byte is a character.
    private var isSingleByte: Bool { encoding == .windows1252 || encoding == .latin1 }

    private mutating func take(_ piece: UnsafeBufferPointer<UInt8>, _ body: (CSVRow) -> Void) throws(CSVError) {
        guard var start = head else { return parse(behindPreamble(piece), body) }
        start += piece
        if Self.utf16Marks.contains(where: { start.starts(with: $0) }) {
            guard options.followsMark, transcoder == nil else { throw .utf16 }
            return try followMark(start, body)
        }
        if isSingleByte {
            for (mark, encoding) in Self.misreadMarks where start.starts(with: mark) {
                throw .otherEncoding(marked: encoding, named: options.encoding)
            }
        }
        let marks = [Self.byteOrderMark] + Self.utf16Marks + Self.misreadMarks.map(\.bytes)
        let isMarkPossible = marks.contains { $0.count > start.count && $0.starts(with: start) }
        guard !isMarkPossible, !Self.mayNameDelimiter(Self.withoutMark(start)) else {
            head = start
            return
        }
        head = nil
        begin(start, body)
    }

    /// - Parameter start: The first bytes of the file, with the mark of UTF-16.
    private mutating func followMark(_ start: [UInt8], _ body: (CSVRow) -> Void) throws(CSVError) {
        encoding = .utf16
        var reader = TextTranscoder(.utf16)
        let text = start.withUnsafeBufferPointer { reader.feed($0) }
        transcoder = reader
        head = []
        try text.withUnsafeBufferPointer { (text) throws(CSVError) in try take(text, body) }
    }

    /// - Parameter start: The first bytes of the file, enough to know what they are.
    private mutating func begin(_ start: [UInt8], _ body: (CSVRow) -> Void) {
        var content = Self.withoutMark(start)
        if let (named, byteCount) = Self.namedDelimiter(content) {
            delimiter = named
            content = content.dropFirst(byteCount)
            line += 1
            rowLine = line
            linesToSkip = max(0, linesToSkip - 1)
        }
        content.withUnsafeBufferPointer { parse(behindPreamble($0), body) }
    }

    /// - Returns: What is left of the piece.
    private mutating func behindPreamble(_ piece: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard isInPreamble else { return piece }
        var start = 0
        while start < piece.count {
            let byte = piece[start]
            let isPassedOver =
                linesToSkip > 0 || byte == options.comment || byte == Self.lineFeed || byte == Self.carriageReturn
            guard isAmidLine || isPassedOver else {
                isInPreamble = false
                break
            }
            isAmidLine = true
            while start < piece.count, piece[start] != Self.lineFeed { start += 1 }
            guard start < piece.count else { break }
            start += 1
            line += 1
            rowLine = line
            linesToSkip = max(0, linesToSkip - 1)
            isAmidLine = false
        }
        return UnsafeBufferPointer(rebasing: piece[start...])
    }

    private static func withoutMark(_ start: [UInt8]) -> ArraySlice<UInt8> {
        start.starts(with: byteOrderMark) ? start.dropFirst(3) : start[...]
    }

    /// - Returns: The delimiter that a line `sep=;` names, and the bytes of that line; nil for any other line.
    private static func namedDelimiter(_ content: ArraySlice<UInt8>) -> (delimiter: UInt8, byteCount: Int)? {
        let line = content.prefix { $0 != lineFeed }
        let hasReturn = line.last == carriageReturn
        let words = hasReturn ? line.dropLast() : line
        guard words.count == 5, isDelimiterHint(words), let named = words.last, named < 0x80,
            ![quote, lineFeed, carriageReturn].contains(named)
        else { return nil }
        return (named, min(line.count + 1, content.count))
    }

    /// Whether more bytes could make it a line `sep=;`.
    private static func mayNameDelimiter(_ content: ArraySlice<UInt8>) -> Bool {
        content.count < 7 && !content.contains(lineFeed) && isDelimiterHint(content.prefix(5))
    }

    private static func isDelimiterHint(_ words: ArraySlice<UInt8>) -> Bool {
        zip(words, "sep=".utf8).allSatisfy { $0 == $1 || ($1 != UInt8(ascii: "=") && $0 | 0x20 == $1) }
    }

    /// Hands over the last row when the file does not end with a line end.
    package mutating func finish(_ body: (CSVRow) -> Void) {
        if let start = head {
            head = nil
            begin(start, body)
        }
        if let rest = transcoder?.finish(), !rest.isEmpty { rest.withUnsafeBufferPointer { parse($0, body) } }
        if state == .quoted { fault = .openQuote }
        endRow(body)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let utf16Marks: [[UInt8]] = [[0xFF, 0xFE], [0xFE, 0xFF]]
    /// What marks become that are read as Western European letters.
    private static let misreadMarks: [(bytes: [UInt8], encoding: TextEncoding)] = [
        (Array("\u{EF}\u{BB}\u{BF}".utf8), .utf8), (Array("\u{FF}\u{FE}".utf8), .utf16),
        (Array("\u{FE}\u{FF}".utf8), .utf16),
    ]

    private mutating func parse(_ piece: UnsafeBufferPointer<UInt8>, _ body: (CSVRow) -> Void) {
        var index = 0
        while index < piece.count {
            let start = index
            switch state {
            case .fieldStart:
                if fields.isEmpty, takeWholeRow(piece, &index, body) { continue }
                if piece[index] == Self.quote {
                    state = .quoted
                    index += 1
                } else {
                    state = .unquoted
                }
            case .unquoted:
                while index < piece.count, piece[index] != delimiter, piece[index] != Self.lineFeed {
                    index += 1
                }
                append(piece[start..<index])
                if state == .unquoted, index < piece.count { end(at: piece[index], &index, body) }
            case .quoted:
                // One byte beyond the limit at most, so that the place of a fault does not depend on how the file is
                // cut.
                let limit = min(piece.count, start + options.rowBytesMax - bytes.count + 1)
                while index < limit, piece[index] != Self.quote {
                    if piece[index] == Self.lineFeed { line += 1 }
                    index += 1
                }
                append(piece[start..<index])
                if state == .quoted, index < limit {
                    state = .quoteInQuoted
                    index += 1
                }
            case .quoteInQuoted:
                closeQuote(piece[index], &index, body)
            case .returnAfterQuote:
                if piece[index] == Self.lineFeed {
                    end(at: Self.lineFeed, &index, body)
                } else {
                    fail(.textAfterQuote(field: fields.count + 1))
                }
            case .skipping:
                while index < piece.count, piece[index] != Self.lineFeed { index += 1 }
                if index < piece.count { end(at: Self.lineFeed, &index, body) }
            }
        }
    }

    /// Hands over a row that stands in the piece as it is, without copying it; that is nearly every row.
    ///
    /// - Returns: False for a row that is cut, too long, has a quote within quotes or is faulty: nothing has been done then.
    private mutating func takeWholeRow(
        _ piece: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ body: (CSVRow) -> Void
    ) -> Bool {
        let delimiter = delimiter
        let limit = min(piece.count, index + options.rowBytesMax)
        var lineCount = 1
        var hasQuotes = false
        var position = index
        defer { fields.removeAll(keepingCapacity: true) }
        while position < limit {
            var start = position
            var end: Int
            let isQuoted = piece[position] == Self.quote
            if piece[position] == Self.quote {
                start += 1
                end = start
                while end < limit, piece[end] != Self.quote {
                    if piece[end] == Self.lineFeed { lineCount += 1 }
                    end += 1
                }
                position = end + 1
                hasQuotes = true
                if position < limit, piece[position] == Self.carriageReturn { position += 1 }
                guard position < limit, piece[position] == Self.lineFeed || piece[position - 1] == Self.quote else {
                    return false
                }
            } else {
                while position < limit, piece[position] != delimiter, piece[position] != Self.lineFeed { position += 1 }
                end = position
            }
            guard position < limit, fields.count < options.columnsMax else { return false }
            if piece[position] == Self.lineFeed {
                if end > start, piece[end - 1] == Self.carriageReturn, end == position { end -= 1 }
                fields.append(CSVField(start: start - index, end: end - index, isQuoted: isQuoted))
                break
            }
            guard piece[position] == delimiter else { return false }
            fields.append(CSVField(start: start - index, end: end - index, isQuoted: isQuoted))
            position += 1
        }
        guard position < limit else { return false }
        let isEmpty = fields.count == 1 && fields[0].start == fields[0].end && !hasQuotes
        if !isEmpty {
            let bytes = UnsafeBufferPointer(rebasing: piece[index..<position])
            fields.withUnsafeBufferPointer { fields in
                body(
                    CSVRow(
                        line: rowLine, fault: encodingFault(bytes, fields), followsEmptyLine: hasEmptyLine,
                        bytes: bytes, fields: fields))
            }
        }
        hasEmptyLine = isEmpty
        index = position + 1
        line += lineCount
        rowLine = line
        return true
    }

    /// What follows a quote within quotes.
    private mutating func closeQuote(_ byte: UInt8, _ index: inout Int, _ body: (CSVRow) -> Void) {
        switch byte {
        case Self.quote:
            bytes.append(Self.quote)
            state = .quoted
            index += 1
        case delimiter, Self.lineFeed:
            end(at: byte, &index, body)
        case Self.carriageReturn:
            state = .returnAfterQuote
            index += 1
        default:
            fail(.textAfterQuote(field: fields.count + 1))
        }
    }

    private mutating func append(_ run: Slice<UnsafeBufferPointer<UInt8>>) {
        // Beyond the limit only the fault is kept.
        guard bytes.count + run.count <= options.rowBytesMax else {
            return fail(.tooLong(bytesMax: options.rowBytesMax))
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: run))
    }

    private mutating func fail(_ fault: CSVRow.Fault) {
        self.fault = self.fault ?? fault
        state = .skipping
    }

    /// Ends a field, and with a line feed the row.
    private mutating func end(at byte: UInt8, _ index: inout Int, _ body: (CSVRow) -> Void) {
        index += 1
        guard byte == Self.lineFeed else {
            if fields.count + 1 >= options.columnsMax { return fail(.tooManyColumns(max: options.columnsMax)) }
            endField()
            state = .fieldStart
            return
        }
        line += 1
        endRow(body)
    }

    private mutating func endRow(_ body: (CSVRow) -> Void) {
        if bytes.last == Self.carriageReturn, bytes.count > (fields.last?.end ?? 0), state == .unquoted {
            bytes.removeLast()
        }
        // A line with nothing on it; a pair of quotes is a field.
        let isQuoted = state == .quoteInQuoted || state == .returnAfterQuote
        let isEmpty = fields.isEmpty && bytes.isEmpty && fault == nil && !isQuoted
        endField()
        if !isEmpty {
            bytes.withUnsafeBufferPointer { bytes in
                fields.withUnsafeBufferPointer { fields in
                    let fault = fault ?? encodingFault(bytes, fields)
                    body(
                        CSVRow(
                            line: rowLine, fault: fault, followsEmptyLine: hasEmptyLine, bytes: bytes, fields: fields))
                }
            }
        }
        hasEmptyLine = isEmpty
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        fault = nil
        state = .fieldStart
        rowLine = line
    }

    private mutating func endField() {
        let isQuoted = state == .quoteInQuoted || state == .returnAfterQuote
        fields.append(CSVField(start: fields.last?.end ?? 0, end: bytes.count, isQuoted: isQuoted))
    }

    private func encodingFault(
        _ bytes: UnsafeBufferPointer<UInt8>, _ fields: UnsafeBufferPointer<CSVField>
    ) -> CSVRow.Fault? {
        var hasHighBit: UInt8 = 0
        for byte in bytes { hasHighBit |= byte }
        guard hasHighBit >= 0x80 else { return nil }
        if isSingleByte, MisreadText.isUTF8(bytes, readAs: encoding) { return .misread(named: encoding) }
        for (index, field) in fields.enumerated() {
            guard UTF8Check.isValid(UnsafeBufferPointer(rebasing: bytes[field.start..<field.end])) else {
                return encoding == .utf8
                    ? .notUTF8(field: index + 1) : .notText(field: index + 1, encoding: encoding)
            }
        }
        return nil
    }
}
