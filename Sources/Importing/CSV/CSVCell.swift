internal import Profiles
internal import Model

/// Why a cell is no value of its attribute.
package struct CellRefusal: Error, Sendable, Hashable {
    /// In words that follow the column's name.
    package let reason: String

    /// - Parameter reason: In words that follow the column's name.
    package init(reason: String) {
        self.reason = reason
    }
}

/// Reads single cells as values of attributes.
enum CSVCell {
    typealias Refusal = CellRefusal

    /// - Parameters:
    ///   - cell: Not empty, without spaces around it; valid UTF-8.
    ///   - row: Takes the texts.
    static func value(
        _ cell: UnsafeBufferPointer<UInt8>, as column: ProfileCSV.Column, _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Value {
        switch column.type {
        case .bool: .plain(Scalar(try bool(cell)))
        case .int: .plain(Scalar(try int(cell)))
        case .double: .plain(Scalar(try double(cell)))
        case .string: .text(try text(cell, column, &row))
        case .strings: .texts(try texts(cell, column, &row))
        case .timestamp: .plain(Scalar(try timestamp(cell)))
        }
    }

    /// Without white space and invisible characters around it.
    @inline(__always)
    static func trimmed(_ cell: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard let first = cell.first, let last = cell.last else { return cell }
        // Nearly every cell begins and ends with a letter or digit of ASCII.
        return first &- 0x21 < 0x5F && last &- 0x21 < 0x5F ? cell : TextEdges.trimmed(cell)
    }

    /// Calls `body` with the cell as people see it: every kind of space is a plain one, what is invisible is left out.
    @inline(__always)
    static func withPlainSpaces<Result>(
        _ cell: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        var high: UInt8 = 0
        for byte in cell { high |= byte }
        return high < 0x80 ? try body(cell) : try withBytes(TextEdges.plain(cell), body)
    }

    private static func bool(_ cell: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Bool {
        func isWord(_ word: StaticString) -> Bool {
            guard word.utf8CodeUnitCount == cell.count else { return false }
            for index in 0..<cell.count where cell[index] | 0x20 != word.utf8Start[index] { return false }
            return true
        }
        if cell.count == 1, cell[0] == UInt8(ascii: "1") || cell[0] == UInt8(ascii: "0") {
            return cell[0] == UInt8(ascii: "1")
        }
        if isWord("true") || isWord("yes") { return true }
        if isWord("false") || isWord("no") { return false }
        throw Refusal(reason: "is not a bool; write true or false, yes or no, 1 or 0")
    }

    static func int(_ cell: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Int64 {
        var index = 0
        let isNegative = cell.first == UInt8(ascii: "-")
        if isNegative || cell.first == UInt8(ascii: "+") { index = 1 }
        guard index < cell.count else { throw Refusal(reason: "is not a whole number") }
        var value: Int64 = 0
        while index < cell.count {
            guard let digit = digit(cell[index]) else {
                throw Refusal(reason: "is not a whole number; write digits only, without separators or units")
            }
            // Built on the negative side, which reaches one further.
            let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowedAgain) = tens.subtractingReportingOverflow(digit)
            guard !overflowed, !overflowedAgain else { throw Refusal(reason: "is beyond 64 bits") }
            value = next
            index += 1
        }
        guard isNegative || value != .min else { throw Refusal(reason: "is beyond 64 bits") }
        return isNegative ? value : -value
    }

    /// As `rounded`, but a whole number is that number.
    static func double(_ cell: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Double {
        try kept(try rounded(cell), cell)
    }

    /// Decimal notation, with an exponent or without; correctly rounded.
    ///
    /// Source: W. D. Clinger, "How to Read Floating Point Numbers Accurately" (1990), for the short numbers: an exact
    /// integer divided by an exact power of ten is rounded once.
    static func rounded(_ cell: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Double {
        var mantissa: UInt64 = 0
        var digits = 0
        var places = 0
        var isPastPoint = false
        let isNegative = cell.first == UInt8(ascii: "-")
        var index = isNegative || cell.first == UInt8(ascii: "+") ? 1 : 0
        while index < cell.count, digits <= 15 {
            if let digit = digit(cell[index]) {
                mantissa = mantissa * 10 + UInt64(digit)
                digits += 1
                if isPastPoint { places += 1 }
            } else if cell[index] == UInt8(ascii: "."), !isPastPoint {
                isPastPoint = true
            } else {
                break
            }
            index += 1
        }
        if index == cell.count, digits > 0, digits <= 15 {
            var power = 1.0
            for _ in 0..<places { power *= 10 }
            let magnitude = Double(mantissa) / power
            return isNegative ? -magnitude : magnitude
        }
        return try longDouble(cell)
    }

    private static func longDouble(_ cell: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Double {
        // The library also reads words and hexadecimal numbers: those are refused first.
        let isDecimal = cell.allSatisfy { digit($0) != nil || "+-.eE".utf8.contains($0) }
        guard isDecimal, let value = Double(String(decoding: cell, as: UTF8.self)) else {
            throw Refusal(reason: "is not a number; write digits with a decimal point, without separators or units")
        }
        guard value.isFinite else { throw Refusal(reason: "is too large for a double") }
        let mantissa = cell.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        guard value != 0 || !mantissa.contains(where: { (0x31...0x39).contains($0) }) else {
            throw Refusal(reason: "is too small for a double, which would make it 0")
        }
        return value
    }

    /// - Parameter value: What `rounded` makes of the cell.
    /// - Throws: Of a whole number, when it is another one. That a program writes a double in as few digits as name it
    ///   (1152921504606847000 for 2⁶⁰, as JavaScript does) is no other one.
    static func kept(_ value: Double, _ cell: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Double {
        guard value.magnitude >= 0x1p53, DoubleDigits.areLost(by: value, cell) else { return value }
        throw Refusal(reason: DoubleDigits.problem(value))
    }

    static func text(
        _ cell: UnsafeBufferPointer<UInt8>, _ column: ProfileCSV.Column, _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Span {
        guard cell.count <= ProfileLimits.textBytesMax else {
            throw Refusal(
                reason: "is \(cell.count) bytes long; the longest text is \(ProfileLimits.textBytesMax) bytes")
        }
        guard !cell.contains(0) else { throw Refusal(reason: "holds a NUL character") }
        if !column.allowed.isEmpty, !column.allowedWords.contains(cell) {
            let text = String(decoding: cell, as: UTF8.self)
            let meant = Spelling.nearest(to: text, among: column.allowed)
            let list = column.allowed.prefix(10).joined(separator: ", ") + (column.allowed.count > 10 ? ", …" : "")
            throw Refusal(
                reason: "is none of the declared values"
                    + (meant.map { "; did you mean \($0)?" } ?? "; they are \(list)"))
        }
        return row.text(cell)
    }

    /// Members between `|`, spaces around them taken off, empty ones left out; or a JSON array of texts, taken as they stand.
    private static func texts(
        _ cell: UnsafeBufferPointer<UInt8>, _ column: ProfileCSV.Column, _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Span {
        let first = row.members.count
        if let members = SetText.members(cell) {
            guard members.count <= ProfileLimits.setMembersMax else {
                throw Refusal(reason: "has more than \(ProfileLimits.setMembersMax) members")
            }
            for member in members {
                row.addMember(
                    try withBytes(member) { (member) throws(Refusal) in try text(member, column, &row) })
            }
            return ImportCells.Span(start: first, count: members.count)
        }
        var start = 0
        while let part = part(of: cell, separator: UInt8(ascii: "|"), &start) {
            let member = trimmed(part)
            guard !member.isEmpty else { continue }
            guard row.members.count - first < ProfileLimits.setMembersMax else {
                throw Refusal(reason: "has more than \(ProfileLimits.setMembersMax) members")
            }
            row.addMember(try text(member, column, &row))
        }
        return ImportCells.Span(start: first, count: row.members.count - first)
    }

    /// - Parameter start: Where the part begins; moved behind its separator.
    /// - Returns: Nil behind the last part.
    static func part(
        of cell: UnsafeBufferPointer<UInt8>, separator: UInt8, _ start: inout Int
    ) -> UnsafeBufferPointer<UInt8>? {
        guard start <= cell.count else { return nil }
        var end = start
        while end < cell.count, cell[end] != separator { end += 1 }
        defer { start = end + 1 }
        return UnsafeBufferPointer(rebasing: cell[start..<end])
    }

    /// The same, but a part that stands in quotes, as programs write members with a separator in them, is what is between them. A
    /// quote within is content, unless a separator or the end is behind it.
    static func quotablePart(
        of cell: UnsafeBufferPointer<UInt8>, separator: UInt8, _ start: inout Int
    ) -> UnsafeBufferPointer<UInt8>? {
        guard start <= cell.count else { return nil }
        let quote = UInt8(ascii: "\"")
        var open = start
        while open < cell.count, cell[open] == 0x20 { open += 1 }
        guard open < cell.count, cell[open] == quote else { return part(of: cell, separator: separator, &start) }
        var close = open + 1
        while close < cell.count {
            var behind = close + 1
            while behind < cell.count, cell[behind] == 0x20 { behind += 1 }
            if cell[close] == quote, behind >= cell.count || cell[behind] == separator {
                start = behind + 1
                return UnsafeBufferPointer(rebasing: cell[(open + 1)..<close])
            }
            close += 1
        }
        return part(of: cell, separator: separator, &start)
    }

    private static func timestamp(_ cell: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Timestamp {
        guard let time = try withPlainSpaces(cell, { TimestampText.parse($0) }) else {
            throw Refusal(
                reason: "is not a time; write it as 2026-11-20T10:00:00Z or 2026-11-20, with days that exist")
        }
        return time
    }

    @inline(__always)
    private static func digit(_ byte: UInt8) -> Int64? {
        byte >= 0x30 && byte <= 0x39 ? Int64(byte - 0x30) : nil
    }
}
