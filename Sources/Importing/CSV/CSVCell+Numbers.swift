internal import Model

/// Numbers as an import mapping says that they are written.
extension CSVCell {
    /// What a cell says without what stands around its digits.
    private struct Parts {
        /// With a decimal point or comma, and what stands between thousands; without a sign.
        var digits: UnsafeBufferPointer<UInt8>
        var isNegative = false
        /// What stands before them, and what behind.
        var prefix: Conversion.Affix?
        var suffix: Conversion.Affix?
    }

    static func double(
        _ cell: UnsafeBufferPointer<UInt8>, _ conversion: Conversion
    ) throws(Refusal) -> Double {
        try inNormalForm(cell) { (cell) throws(Refusal) in try normalDouble(cell, conversion) }
    }

    private static func normalDouble(
        _ cell: UnsafeBufferPointer<UInt8>, _ conversion: Conversion
    ) throws(Refusal) -> Double {
        let parts = try parts(cell, conversion)
        let value = try withPlainDigits(parts, conversion.rules.decimal) { (digits) throws(Refusal) in
            try converted(try rounded(digits), digits, parts, conversion)
        }
        guard value.isFinite else { throw Refusal(reason: "is too large for a double") }
        return value
    }

    /// What stands around digits is compared with what the mapping says, whose letters have this form.
    private static func inNormalForm<Result>(
        _ cell: UnsafeBufferPointer<UInt8>, _ read: (UnsafeBufferPointer<UInt8>) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        guard !NormalForm.isCertain(cell) else { return try read(cell) }
        return try Array(String(decoding: cell, as: UTF8.self).normalForm.utf8).withUnsafeBufferPointer(read)
    }

    /// The double that is nearest to what the number is once it is converted: it is rounded once.
    private static func converted(
        _ value: Double, _ digits: UnsafeBufferPointer<UInt8>, _ parts: Parts, _ conversion: Conversion
    ) throws(Refusal) -> Double {
        let (before, behind) = (parts.prefix?.factor ?? 1, parts.suffix?.factor ?? 1)
        guard conversion.scales || before != 1 || behind != 1 else { return try kept(value, digits) }
        // A whole number times or divided by one is exact, or rounded once.
        if value == value.rounded(), abs(value) < 0x1p53, !conversion.scales, before == 1 || behind == 1 {
            let factor = before * behind
            let result = scaled(value, factor)
            let isWhole = factor == factor.rounded() || (1 / factor) == (1 / factor).rounded()
            if isWhole, abs(result) < 0x1p53 { return result }
        }
        if let exact = exactly(digits, parts, conversion)?.double { return exact }
        // More digits than can be held exactly.
        return scaled(scaled(scaled(value, before), behind), conversion.rules.factor) + conversion.rules.offset
    }

    /// What a number is once it is converted; nil when 128 bits do not hold it.
    private static func exactly(
        _ digits: UnsafeBufferPointer<UInt8>, _ parts: Parts, _ conversion: Conversion
    ) -> ExactNumber? {
        guard var value = ExactNumber(digits) else { return nil }
        for affix in [parts.prefix, parts.suffix] {
            guard let affix else { continue }
            guard let factor = affix.exactFactor, let product = value.times(factor) else { return nil }
            value = product
        }
        guard let factor = conversion.exactFactor, let offset = conversion.exactOffset else { return nil }
        return value.times(factor)?.plus(offset)
    }

    /// Without rounding: what scaling makes a fraction of is refused.
    static func whole(
        _ cell: UnsafeBufferPointer<UInt8>, _ conversion: Conversion
    ) throws(Refusal) -> Int64 {
        try inNormalForm(cell) { (cell) throws(Refusal) in try normalWhole(cell, conversion) }
    }

    private static func normalWhole(
        _ cell: UnsafeBufferPointer<UInt8>, _ conversion: Conversion
    ) throws(Refusal) -> Int64 {
        let parts = try parts(cell, conversion)
        return try withPlainDigits(parts, conversion.rules.decimal) { (digits) throws(Refusal) in
            if parts.prefix == nil, parts.suffix == nil, !conversion.scales {
                return try int(withoutEmptyFraction(digits))
            }
            // Whether it is a number at all is said in the same words as elsewhere.
            _ = try rounded(digits)
            guard let value = exactly(digits, parts, conversion) else {
                throw Refusal(reason: "has too many digits to be converted")
            }
            guard let whole = value.whole else {
                throw Refusal(reason: "is not a whole number once it is converted; a double takes it")
            }
            guard let whole = Int64(exactly: whole) else { throw Refusal(reason: "is beyond 64 bits") }
            return whole
        }
    }

    /// `12.00` as `12`.
    private static func withoutEmptyFraction(_ digits: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard let point = digits.firstIndex(of: UInt8(ascii: ".")), point > 0,
            digits[point...].dropFirst().allSatisfy({ $0 == 0x30 })
        else { return digits }
        return UnsafeBufferPointer(rebasing: digits[..<point])
    }

    /// A hundredth is a division: 35 × 0.01 is not 0.35, but 35 / 100 is.
    private static func scaled(_ value: Double, _ factor: Double) -> Double {
        let divisor = 1 / factor
        return abs(factor) < 1 && divisor == divisor.rounded() ? value / divisor : value * factor
    }

    /// - Parameter body: Gets digits with a sign or without, and a point where they have a fraction.
    private static func withPlainDigits<Result>(
        _ parts: Parts, _ decimal: CellConversion.Decimal,
        _ body: (UnsafeBufferPointer<UInt8>) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        if decimal == .plain, !parts.isNegative { return try body(parts.digits) }
        return try withRoom(parts.digits.count + 1) { (room) throws(Refusal) in
            var count = 0
            if parts.isNegative {
                room[0] = UInt8(ascii: "-")
                count = 1
            }
            let rest = UnsafeMutableBufferPointer(rebasing: room[count...])
            switch decimal {
            case .plain:
                for (index, byte) in parts.digits.enumerated() { rest[index] = byte }
                count += parts.digits.count
            case .point, .comma:
                count += try ungroup(parts.digits, hasComma: decimal == .comma, into: rest)
            case .either:
                count += try ungroup(parts.digits, hasComma: try hasDecimalComma(parts.digits), into: rest)
            }
            return try body(UnsafeBufferPointer(rebasing: room[..<count]))
        }
    }

    // MARK: What stands around the digits

    private static func parts(
        _ cell: UnsafeBufferPointer<UInt8>, _ conversion: Conversion
    ) throws(Refusal) -> Parts {
        var parts = Parts(digits: cell)
        let isLocal = conversion.rules.decimal != .plain
        var signs = 0
        if isLocal, cell.count > 2, cell.first == UInt8(ascii: "("), cell.last == UInt8(ascii: ")") {
            parts.digits = trimmed(UnsafeBufferPointer(rebasing: cell[1..<cell.count - 1]))
            (parts.isNegative, signs) = (true, 1)
        }
        takeSign(&parts, &signs)
        try takePrefix(&parts, conversion)
        takeSign(&parts, &signs)
        try takeSuffix(&parts, conversion)
        // As SAP writes it.
        if isLocal, parts.digits.count > 1, parts.digits.last == UInt8(ascii: "-") {
            parts.digits = trimmed(UnsafeBufferPointer(rebasing: parts.digits.dropLast()))
            parts.isNegative = true
            signs += 1
        }
        guard signs <= 1 else { throw Refusal(reason: "has more than one sign") }
        return parts
    }

    private static func takeSign(_ parts: inout Parts, _ signs: inout Int) {
        guard let first = parts.digits.first else { return }
        var length = 0
        if first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            length = 1
        } else if parts.digits.starts(with: minusSign) {
            length = minusSign.count
        }
        guard length > 0, parts.digits.count > length else { return }
        parts.isNegative = parts.isNegative || first != UInt8(ascii: "+")
        signs += 1
        parts.digits = trimmed(UnsafeBufferPointer(rebasing: parts.digits.dropFirst(length)))
    }

    /// U+2212, the typographic minus sign.
    private static let minusSign: [UInt8] = [0xE2, 0x88, 0x92]

    private static func takePrefix(_ parts: inout Parts, _ conversion: Conversion) throws(Refusal) {
        let cell = parts.digits
        for prefix in conversion.prefixes where cell.count > prefix.text.count && cell.starts(with: prefix.text) {
            parts.digits = trimmed(UnsafeBufferPointer(rebasing: cell.dropFirst(prefix.text.count)))
            parts.prefix = prefix
            return
        }
        guard conversion.rules.decimal != .plain else { return }
        let text = cell.prefix { !(0x28...0x39).contains($0) }
        guard (1...16).contains(text.count), text.count < cell.count, (0x30...0x39).contains(cell[text.count]) else {
            return
        }
        let words = String(decoding: trimmed(UnsafeBufferPointer(rebasing: text)), as: UTF8.self)
        throw Refusal(
            reason:
                "has `\(words)` in front; say what it stands for in the mapping, such as prefixes: {\"\(words)\": 1}")
    }

    private static func takeSuffix(_ parts: inout Parts, _ conversion: Conversion) throws(Refusal) {
        let cell = parts.digits
        for suffix in conversion.suffixes where ends(cell, with: suffix.text) {
            // `-$1,234.50 USD` and `$3 M` are numbers; two currencies are two.
            if let prefix = parts.prefix, isCurrency(prefix.text), isCurrency(suffix.text) {
                throw Refusal(reason: "has a currency in front and behind its digits")
            }
            parts.digits = trimmed(UnsafeBufferPointer(rebasing: cell.dropLast(suffix.text.count)))
            parts.suffix = suffix
            return
        }
    }

    /// Whether it ends with the sign of one, such as `$` or `US$`.
    private static func isCurrency(_ text: [UInt8]) -> Bool {
        String(decoding: text, as: UTF8.self).unicodeScalars.contains {
            $0.properties.generalCategory == .currencySymbol
        }
    }

    /// Whether there is something before the suffix, too.
    private static func ends(_ cell: UnsafeBufferPointer<UInt8>, with suffix: [UInt8]) -> Bool {
        guard cell.count > suffix.count else { return false }
        let start = cell.count - suffix.count
        for index in 0..<suffix.count where cell[start + index] != suffix[index] { return false }
        return true
    }

    // MARK: Thousands

    /// Where groups of digits end, as they are read.
    private struct Groups {
        var digits = 0
        /// Digits before the first separator.
        var first = 0
        /// What stands between them.
        var separator: UInt8?
        /// Groups of two digits, behind the first, as India writes them.
        var pairs = 0
        var triples = 0

        /// - Returns: False when a group of this length cannot stand before a further one.
        mutating func end(separator: UInt8) -> Bool {
            defer { digits = 0 }
            guard let known = self.separator else {
                self.separator = separator
                first = digits
                return (1...3).contains(digits)
            }
            if digits == 2 { pairs += 1 } else { triples += 1 }
            return known == separator && (digits == 3 || digits == 2)
        }

        /// Whether the last group is one, and the others go with it.
        var areComplete: Bool { separator == nil || (digits == 3 && (pairs == 0 || (triples == 0 && first < 3))) }
    }

    /// Which of both marks stands before a fraction, in a number by whoever wrote it.
    private static func hasDecimalComma(_ digits: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Bool {
        let (comma, point) = (UInt8(ascii: ","), UInt8(ascii: "."))
        let lastComma = digits.lastIndex(of: comma)
        let lastPoint = digits.lastIndex(of: point)
        if let lastComma, let lastPoint { return lastComma > lastPoint }
        guard let last = lastComma ?? lastPoint else { return false }
        let isComma = lastComma != nil
        // What stands there twice is between thousands.
        guard digits.firstIndex(of: digits[last]) == last else { return !isComma }
        let before = digits[..<last]
        let mayGroup =
            digits.count - last == 4 && (1...3).contains(before.count) && before.first != 0x30
            && before.allSatisfy { (0x30...0x39).contains($0) }
        guard mayGroup else { return isComma }
        guard isComma else {
            throw Refusal(
                reason:
                    "may be a whole number or have a fraction; say `decimal: point` or `decimal: comma` in the mapping")
        }
        return false
    }

    /// Takes out what stands between thousands; the decimal mark becomes a point.
    ///
    /// - Parameters:
    ///   - cell: Without a sign; its spaces are plain ones.
    ///   - hasComma: For the decimal mark.
    ///   - room: As long as the cell.
    /// - Returns: How much of it is filled.
    private static func ungroup(
        _ cell: UnsafeBufferPointer<UInt8>, hasComma: Bool, into room: UnsafeMutableBufferPointer<UInt8>
    ) throws(Refusal) -> Int {
        let mark = UInt8(ascii: hasComma ? "," : ".")
        let refusal = Refusal(reason: "is not a number such as \(hasComma ? "1.234,5" : "1,234.5")")
        var count = 0
        var groups = Groups()
        var isPastMark = false
        var index = 0
        while index < cell.count {
            let byte = cell[index]
            index += 1
            if (0x30...0x39).contains(byte) {
                room[count] = byte
                count += 1
                if !isPastMark { groups.digits += 1 }
            } else if byte == mark, !isPastMark {
                guard groups.areComplete else { throw refusal }
                room[count] = UInt8(ascii: ".")
                count += 1
                isPastMark = true
            } else {
                let length = separatorLength(cell, index - 1, hasComma: hasComma)
                // Zero thousands are not written: `0.125` is an eighth in the other convention.
                guard groups.separator != nil || room[0] != 0x30 || count == 0 else { throw refusal }
                guard length > 0, !isPastMark, groups.end(separator: byte) else { throw refusal }
                index += length - 1
            }
        }
        guard groups.areComplete, groups.pairs == 0 || groups.separator == UInt8(ascii: ",") else { throw refusal }
        return count
    }

    /// Bytes of what may stand between thousands; 0 for anything else.
    private static func separatorLength(
        _ cell: UnsafeBufferPointer<UInt8>, _ index: Int, hasComma: Bool
    ) -> Int {
        switch cell[index] {
        case 0x20, UInt8(ascii: "'"), UInt8(ascii: hasComma ? "." : ","): return 1
        // The typographic apostrophe.
        case 0xE2 where index + 2 < cell.count && cell[index + 1] == 0x80 && cell[index + 2] == 0x99: return 3
        default: return 0
        }
    }
}
