internal import Model

/// Cells as an import mapping says that they are written.
extension CSVCell {
    /// What a conversion needs to know besides the cell.
    final class Conversion: Sendable {
        let rules: CellConversion
        /// What `rules.values` has.
        let values: WordTable<AttributeValue?>
        /// Times behind it are still to come.
        let now: Timestamp
        let takesPlainNumbers: Bool
        /// Whether letters change.
        let isCased: Bool
        let suffixes: [(text: [UInt8], factor: Double)]

        init(rules: CellConversion, now: Timestamp) {
            self.rules = rules
            self.now = now
            takesPlainNumbers = rules.takesPlainNumbers
            isCased = rules.casing != .kept
            suffixes = rules.suffixes.map { (Array($0.text.utf8), $0.factor) }
            values = WordTable(rules.values)
        }
    }

    /// - Parameters:
    ///   - cell: Valid UTF-8.
    ///   - conversion: Nil without a mapping.
    ///   - row: Takes the texts.
    /// - Returns: Nil when it says that nothing is known.
    static func value(
        _ cell: UnsafeBufferPointer<UInt8>, as column: ProfileCSV.Column, _ conversion: Conversion?,
        _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Value? {
        let trimmed = trimmed(cell)
        guard let conversion else {
            // Without a mapping a text is taken as it stands.
            guard !(column.type == .string ? cell : trimmed).isEmpty else { return nil }
            return try value(cell, as: column, &row)
        }
        guard !trimmed.isEmpty else { return nil }
        guard conversion.isCased else { return try read(trimmed, as: column, conversion, &row) }
        return try withCased(trimmed, conversion.rules.casing) { (bytes) throws(Refusal) in
            try read(bytes, as: column, conversion, &row)
        }
    }

    /// - Parameter body: Gets the cell in the case wanted.
    static func withCased<Result>(
        _ cell: UnsafeBufferPointer<UInt8>, _ casing: CellConversion.Casing,
        _ body: (UnsafeBufferPointer<UInt8>) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        // What is beyond ASCII takes the library's way.
        guard cell.count <= ProfileLimits.textBytesMax, cell.allSatisfy({ $0 < 0x80 }) else {
            return try withBytes(Array(cased(cell, casing).utf8), body)
        }
        let first =
            switch casing {
            case .lower: UInt8(ascii: "A")
            case .upper, .kept: UInt8(ascii: "a")
            }
        return try withRoom(cell.count) { (room) throws(Refusal) in
            for (index, byte) in cell.enumerated() { room[index] = byte &- first < 26 ? byte ^ 0x20 : byte }
            return try body(UnsafeBufferPointer(room))
        }
    }

    /// On the stack when it is small.
    private static func withRoom<Result>(
        _ byteCount: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { (room) in
            room.initialize(repeating: 0)
            return Swift.Result { () throws(Refusal) in try body(room) }
        }.get()
    }

    static func cased(_ cell: UnsafeBufferPointer<UInt8>, _ casing: CellConversion.Casing) -> String {
        let text = String(decoding: cell, as: UTF8.self)
        return switch casing {
        case .kept: text
        case .lower: text.lowercased()
        case .upper: text.uppercased()
        }
    }

    private static func read(
        _ cell: UnsafeBufferPointer<UInt8>, as column: ProfileCSV.Column, _ conversion: Conversion,
        _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Value? {
        if column.type != .strings, let found = conversion.values[cell] { return found.map { row.value($0) } }
        switch column.type {
        case .int where !conversion.takesPlainNumbers: return .int(try whole(try number(cell, conversion)))
        case .double where !conversion.takesPlainNumbers: return .double(try number(cell, conversion))
        case .timestamp: return .timestamp(try time(cell, conversion))
        case .strings: return try members(cell, column, conversion, &row).map { .texts($0) }
        default: return try value(cell, as: column, &row)
        }
    }

    private static func time(_ cell: UnsafeBufferPointer<UInt8>, _ conversion: Conversion) throws(Refusal) -> Timestamp
    {
        guard let time = conversion.rules.date.parse(cell) else {
            throw Refusal(reason: "is not a time written as \(conversion.rules.date.name)")
        }
        if conversion.rules.isPast, time > conversion.now { throw Refusal(reason: "is still to come") }
        return time
    }

    /// - Returns: Nil when nothing is left.
    private static func members(
        _ cell: UnsafeBufferPointer<UInt8>, _ column: ProfileCSV.Column, _ conversion: Conversion,
        _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Span? {
        let first = row.members.count
        var start = 0
        while let part = part(of: cell, separator: conversion.rules.separator, &start) {
            try add(part, column, conversion, to: &row, since: first)
        }
        let count = row.members.count - first
        return count == 0 ? nil : ImportCells.Span(start: first, count: count)
    }

    /// Adds what a member stands for, unless that is nothing.
    ///
    /// - Parameter first: Where the set's members begin.
    static func add(
        _ part: UnsafeBufferPointer<UInt8>, _ column: ProfileCSV.Column, _ conversion: Conversion?,
        to row: inout ImportCells, since first: Int
    ) throws(Refusal) {
        let member = trimmed(part)
        guard !member.isEmpty else { return }
        if let found = conversion?.values[member] {
            if case .string(let meant)? = found { row.addMember(row.text(meant)) }
        } else {
            row.addMember(try text(member, column, &row))
        }
        guard row.members.count - first <= ProfileLimits.setMembersMax else {
            throw Refusal(reason: "has more than \(ProfileLimits.setMembersMax) members")
        }
    }

    // MARK: Numbers

    private static func number(
        _ cell: UnsafeBufferPointer<UInt8>, _ conversion: Conversion
    ) throws(Refusal) -> Double {
        var digits = cell
        var suffixFactor: Double?
        for suffix in conversion.suffixes where ends(cell, with: suffix.text) {
            digits = trimmed(UnsafeBufferPointer(rebasing: cell.dropLast(suffix.text.count)))
            suffixFactor = suffix.factor
            break
        }
        var value =
            switch conversion.rules.decimal {
            case .plain: try double(digits)
            case .point: try grouped(digits, hasComma: false)
            case .comma: try grouped(digits, hasComma: true)
            }
        if let suffixFactor { value = scaled(value, suffixFactor) }
        value = scaled(value, conversion.rules.factor) + conversion.rules.offset
        guard value.isFinite else { throw Refusal(reason: "is too large for a double") }
        return value
    }

    /// Whether there is something before the suffix, too.
    private static func ends(_ cell: UnsafeBufferPointer<UInt8>, with suffix: [UInt8]) -> Bool {
        guard cell.count > suffix.count else { return false }
        let start = cell.count - suffix.count
        for index in 0..<suffix.count where cell[start + index] != suffix[index] { return false }
        return true
    }

    /// A hundredth is a division: 35 × 0.01 is not 0.35, but 35 / 100 is.
    private static func scaled(_ value: Double, _ factor: Double) -> Double {
        let divisor = 1 / factor
        return abs(factor) < 1 && divisor == divisor.rounded() ? value / divisor : value * factor
    }

    private static func whole(_ value: Double) throws(Refusal) -> Int64 {
        let rounded = value.rounded()
        // What scaling leaves of a fraction is far below this.
        guard abs(value - rounded) <= 1e-9 * max(1, abs(value)) else { throw Refusal(reason: "is not a whole number") }
        guard abs(rounded) <= 9_007_199_254_740_992 else {
            throw Refusal(reason: "is beyond 53 bits, which is the most for numbers that are converted")
        }
        return Int64(rounded)
    }

    /// Takes out what stands between thousands; the decimal mark becomes a point.
    private static func grouped(
        _ cell: UnsafeBufferPointer<UInt8>, hasComma: Bool
    ) throws(Refusal) -> Double {
        try withRoom(cell.count) { (room) throws(Refusal) in
            let count = try ungroup(cell, hasComma: hasComma, into: room)
            return try double(UnsafeBufferPointer(rebasing: room[..<count]))
        }
    }

    /// - Parameters:
    ///   - hasComma: For the decimal mark.
    ///   - room: As long as the cell.
    /// - Returns: How much of it is filled.
    private static func ungroup(
        _ cell: UnsafeBufferPointer<UInt8>, hasComma: Bool, into room: UnsafeMutableBufferPointer<UInt8>
    ) throws(Refusal) -> Int {
        let mark = UInt8(ascii: hasComma ? "," : ".")
        var count = 0
        var digits = 0
        var hasGroups = false
        var isPastMark = false
        var index = 0
        func append(_ byte: UInt8) {
            room[count] = byte
            count += 1
        }
        func refusal() -> Refusal {
            Refusal(reason: "is not a number such as \(hasComma ? "1.234,5" : "1,234.5")")
        }
        while index < cell.count {
            let byte = cell[index]
            let spaceCount = separatorCount(cell, index, hasComma: hasComma)
            if (0x30...0x39).contains(byte) {
                append(byte)
                digits += 1
                index += 1
            } else if byte == mark, !isPastMark {
                guard !hasGroups || digits == 3 else { throw refusal() }
                append(UInt8(ascii: "."))
                isPastMark = true
                index += 1
            } else if spaceCount > 0, !isPastMark {
                guard hasGroups ? digits == 3 : (1...3).contains(digits) else { throw refusal() }
                hasGroups = true
                digits = 0
                index += spaceCount
            } else if index == 0, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
                append(byte)
                index += 1
            } else {
                throw refusal()
            }
        }
        guard isPastMark || !hasGroups || digits == 3 else { throw refusal() }
        return count
    }

    /// Bytes of what may stand between thousands; 0 for anything else.
    private static func separatorCount(
        _ cell: UnsafeBufferPointer<UInt8>, _ index: Int, hasComma: Bool
    ) -> Int {
        switch cell[index] {
        case 0x20, UInt8(ascii: "'"), UInt8(ascii: hasComma ? "." : ","): return 1
        // A no-break space, a narrow one, and the typographic apostrophe.
        case 0xC2 where index + 1 < cell.count && cell[index + 1] == 0xA0: return 2
        case 0xE2
        where index + 2 < cell.count && cell[index + 1] == 0x80 && (cell[index + 2] == 0xAF || cell[index + 2] == 0x99):
            return 3
        default: return 0
        }
    }

    static func withBytes<Result>(
        _ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        try bytes.withUnsafeBufferPointer(body)
    }
}
