internal import Profiles
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
        /// Whether there is more to a text than `values`: asked for each cell, so that the others cost nothing.
        let hasOtherWords: Bool
        let prefixes: [Affix]
        let suffixes: [Affix]
        /// Whether numbers are multiplied or added to, whatever stands around them.
        let scales: Bool
        /// Nil when it cannot be written exactly.
        let exactFactor: ExactNumber?
        let exactOffset: ExactNumber?

        /// What stands before or behind digits.
        struct Affix: Sendable {
            let text: [UInt8]
            let factor: Double
            /// Nil when it cannot be written exactly.
            let exactFactor: ExactNumber?

            init(_ suffix: CellConversion.Suffix) {
                text = Array(suffix.text.utf8)
                factor = suffix.factor
                exactFactor = ExactNumber(suffix.factor)
            }
        }

        init(rules: CellConversion, now: Timestamp) {
            self.rules = rules
            self.now = now
            takesPlainNumbers = rules.takesPlainNumbers
            isCased = rules.casing != .kept
            hasOtherWords = rules.firstOf != nil || rules.otherwise != nil
            prefixes = rules.prefixes.map { Affix($0) }
            suffixes = rules.suffixes.map { Affix($0) }
            scales = rules.factor != 1 || rules.offset != 0
            exactFactor = ExactNumber(rules.factor)
            exactOffset = ExactNumber(rules.offset)
            values = WordTable(rules.values)
        }
    }

    /// - Parameters:
    ///   - cell: Valid UTF-8.
    ///   - conversion: Nil without a mapping.
    ///   - isExact: Whether a text is taken as it stands, the empty one included. An empty cell says nothing otherwise.
    ///   - row: Takes the texts.
    /// - Returns: Nil when it says that nothing is known.
    static func value(
        _ cell: UnsafeBufferPointer<UInt8>, as column: ProfileCSV.Column, _ conversion: Conversion?,
        isExact: Bool = false, _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Value? {
        let trimmed = trimmed(cell)
        guard let conversion else {
            // A list of values without the empty one can only mean that nothing is known.
            if isExact, column.type == .string, !cell.isEmpty || column.allowed.isEmpty {
                return .text(try text(cell, column, &row))
            }
            return trimmed.isEmpty ? nil : try value(trimmed, as: column, &row)
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
    static func withRoom<Result>(
        _ byteCount: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { (room) in
            room.initialize(repeating: 0)
            return Swift.Result { () throws(Refusal) in try body(room) }
        }.get()
    }

    static func cased(_ cell: UnsafeBufferPointer<UInt8>, _ casing: CellConversion.Casing) -> String {
        casing.applied(to: String(decoding: cell, as: UTF8.self))
    }

    private static func read(
        _ cell: UnsafeBufferPointer<UInt8>, as column: ProfileCSV.Column, _ conversion: Conversion,
        _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Value? {
        if column.type != .strings, let found = conversion.values[cell] { return found.map { row.value($0) } }
        if conversion.hasOtherWords, column.type != .strings {
            if let separator = conversion.rules.firstOf {
                return try first(of: cell, separator, column, conversion, &row)
            }
            if let otherwise = conversion.rules.otherwise { return otherwise.map { row.value($0) } }
        }
        switch column.type {
        case .int where !conversion.takesPlainNumbers:
            return .plain(
                Scalar(try withPlainSpaces(cell) { (cell) throws(Refusal) in try whole(cell, conversion) }))
        case .double where !conversion.takesPlainNumbers:
            return .plain(
                Scalar(try withPlainSpaces(cell) { (cell) throws(Refusal) in try double(cell, conversion) }))
        case .timestamp: return .plain(Scalar(try time(cell, conversion)))
        case .strings: return try members(cell, column, conversion, &row).map { .texts($0) }
        default: return try value(cell, as: column, &row)
        }
    }

    /// Of several texts the first that stands for something.
    private static func first(
        of cell: UnsafeBufferPointer<UInt8>, _ separator: UInt8, _ column: ProfileCSV.Column, _ conversion: Conversion,
        _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Value? {
        var start = 0
        while let part = quotablePart(of: cell, separator: separator, &start) {
            let member = trimmed(part)
            guard !member.isEmpty else { continue }
            guard let found = conversion.values[member] ?? conversion.rules.otherwise else {
                return .text(try text(member, column, &row))
            }
            if let found { return row.value(found) }
        }
        return nil
    }

    private static func time(_ cell: UnsafeBufferPointer<UInt8>, _ conversion: Conversion) throws(Refusal) -> Timestamp
    {
        let time = try time(cell, conversion.rules.date)
        if conversion.rules.isPast, time > conversion.now { throw Refusal(reason: "is still to come") }
        return time
    }

    static func time(_ cell: UnsafeBufferPointer<UInt8>, _ date: DateFormat) throws(Refusal) -> Timestamp {
        guard let time = try withPlainSpaces(cell, { date.parse($0) }) else {
            throw Refusal(reason: "is not a time written as \(date.name)\(date.hint)")
        }
        return time
    }

    /// - Returns: Nil when nothing is left.
    private static func members(
        _ cell: UnsafeBufferPointer<UInt8>, _ column: ProfileCSV.Column, _ conversion: Conversion,
        _ row: inout ImportCells
    ) throws(Refusal) -> ImportCells.Span? {
        let first = row.members.count
        if let members = SetText.members(cell) {
            for member in members {
                try withBytes(member) { (member) throws(Refusal) in
                    // An empty member that is written out is one.
                    if member.isEmpty, conversion.values[member] == nil { return row.addMember(row.text(member)) }
                    try add(member, column, conversion, to: &row, since: first)
                }
            }
            let count = row.members.count - first
            // `[]` says that there are none, which is known.
            return count == 0 && !members.isEmpty ? nil : ImportCells.Span(start: first, count: count)
        }
        var start = 0
        while let part = quotablePart(of: cell, separator: conversion.rules.separator, &start) {
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
        if let found = conversion?.values[member] ?? conversion?.rules.otherwise {
            if case .string(let meant)? = found { row.addMember(row.text(meant)) }
        } else {
            row.addMember(try text(member, column, &row))
        }
        guard row.members.count - first <= ProfileLimits.setMembersMax else {
            throw Refusal(reason: "has more than \(ProfileLimits.setMembersMax) members")
        }
    }

    static func withBytes<Result>(
        _ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        try bytes.withUnsafeBufferPointer(body)
    }
}
