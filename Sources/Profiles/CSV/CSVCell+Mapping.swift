internal import Model

/// Cells as an import mapping says that they are written.
extension CSVCell {
    /// What a conversion needs to know besides the cell.
    struct Conversion: Sendable {
        let rules: CellConversion
        /// Times behind it are still to come.
        let now: Timestamp
    }

    /// - Parameters:
    ///   - cell: Valid UTF-8.
    ///   - conversion: Nil without a mapping.
    /// - Returns: Nil when it says that nothing is known.
    static func value(
        _ cell: UnsafeBufferPointer<UInt8>, as column: ProfileCSV.Column, _ conversion: Conversion?
    ) throws(Refusal) -> AttributeValue? {
        let trimmed = trimmed(cell)
        guard let conversion else {
            // Without a mapping a text is taken as it stands.
            guard !(column.type == .string ? cell : trimmed).isEmpty else { return nil }
            return try value(cell, as: column)
        }
        let cell = trimmed
        guard !cell.isEmpty else { return nil }
        let rules = conversion.rules
        if rules.casing != .kept {
            let text = Array(cased(cell, rules.casing).utf8)
            return try Self.withBytes(text) { (bytes) throws(Refusal) in try read(bytes, as: column, conversion) }
        }
        return try read(cell, as: column, conversion)
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
        _ cell: UnsafeBufferPointer<UInt8>, as column: ProfileCSV.Column, _ conversion: Conversion
    ) throws(Refusal) -> AttributeValue? {
        let rules = conversion.rules
        if !rules.values.isEmpty, column.type != .strings,
            let found = rules.values[String(decoding: cell, as: UTF8.self)]
        {
            return found
        }
        switch column.type {
        case .int where !rules.takesPlainNumbers: return .int(try whole(try number(cell, rules)))
        case .double where !rules.takesPlainNumbers: return .double(try number(cell, rules))
        case .timestamp: return .timestamp(try time(cell, conversion))
        case .strings: return try members(cell, column, rules).map { .strings($0) }
        default: return try value(cell, as: column)
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
        _ cell: UnsafeBufferPointer<UInt8>, _ column: ProfileCSV.Column, _ rules: CellConversion
    ) throws(Refusal) -> [String]? {
        var members: [String] = []
        for part in cell.split(separator: rules.separator, omittingEmptySubsequences: true) {
            try add(UnsafeBufferPointer(rebasing: part), column, rules.values, to: &members)
        }
        return members.isEmpty ? nil : members
    }

    /// Adds what a member stands for, unless that is nothing.
    static func add(
        _ part: UnsafeBufferPointer<UInt8>, _ column: ProfileCSV.Column, _ values: [String: AttributeValue?],
        to members: inout [String]
    ) throws(Refusal) {
        let member = trimmed(part)
        guard !member.isEmpty else { return }
        if let found = values[String(decoding: member, as: UTF8.self)] {
            if case .string(let meant)? = found { members.append(meant) }
        } else {
            members.append(try text(member, column))
        }
        guard members.count <= ProfileLimits.setMembersMax else {
            throw Refusal(reason: "has more than \(ProfileLimits.setMembersMax) members")
        }
    }

    // MARK: Numbers

    private static func number(_ cell: UnsafeBufferPointer<UInt8>, _ rules: CellConversion) throws(Refusal) -> Double {
        var digits = cell
        var value: Double
        let suffix = rules.suffixes.first {
            cell.count > $0.text.utf8.count && cell.suffix($0.text.utf8.count).elementsEqual($0.text.utf8)
        }
        if let suffix { digits = trimmed(UnsafeBufferPointer(rebasing: cell.dropLast(suffix.text.utf8.count))) }
        if rules.decimal == .plain {
            value = try double(digits)
        } else {
            value = try withBytes(try ungrouped(digits, rules.decimal)) { (bytes) throws(Refusal) in try double(bytes) }
        }
        if let suffix { value = scaled(value, suffix.factor) }
        value = scaled(value, rules.factor) + rules.offset
        guard value.isFinite else { throw Refusal(reason: "is too large for a double") }
        return value
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
    private static func ungrouped(
        _ cell: UnsafeBufferPointer<UInt8>, _ decimal: CellConversion.Decimal
    ) throws(Refusal) -> [UInt8] {
        let mark = UInt8(ascii: decimal == .comma ? "," : ".")
        var result: [UInt8] = []
        var digits = 0
        var hasGroups = false
        var isPastMark = false
        var index = 0
        func refusal() -> Refusal {
            Refusal(reason: "is not a number such as \(decimal == .comma ? "1.234,5" : "1,234.5")")
        }
        while index < cell.count {
            let byte = cell[index]
            let spaceCount = separatorCount(cell, index, decimal)
            if (0x30...0x39).contains(byte) {
                result.append(byte)
                digits += 1
                index += 1
            } else if byte == mark, !isPastMark {
                guard !hasGroups || digits == 3 else { throw refusal() }
                result.append(UInt8(ascii: "."))
                isPastMark = true
                index += 1
            } else if spaceCount > 0, !isPastMark {
                guard hasGroups ? digits == 3 : (1...3).contains(digits) else { throw refusal() }
                hasGroups = true
                digits = 0
                index += spaceCount
            } else if index == 0, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
                result.append(byte)
                index += 1
            } else {
                throw refusal()
            }
        }
        guard isPastMark || !hasGroups || digits == 3 else { throw refusal() }
        return result
    }

    /// Bytes of what may stand between thousands; 0 for anything else.
    private static func separatorCount(
        _ cell: UnsafeBufferPointer<UInt8>, _ index: Int, _ decimal: CellConversion.Decimal
    ) -> Int {
        switch cell[index] {
        case 0x20, UInt8(ascii: "'"), UInt8(ascii: decimal == .comma ? "." : ","): return 1
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
