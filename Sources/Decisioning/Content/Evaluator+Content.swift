internal import Conditions
internal import Model

extension Evaluator {
    private var arena: UnsafeMutablePointer<ByteArena> { state.pointee.arena }

    /// The content of each field; what is the same for everybody stands ready in the table.
    func contents(_ run: Run<ContentRow>) -> UnsafeBufferPointer<TextPair> {
        let start = state.pointee.contents + state.pointee.contentCount
        for (position, index) in zip(0..., run.indices) {
            let row = table.pointee.contents[index]
            let text = row.pieces.count == 0 ? row.text : rendered(row)
            (start + position).initialize(to: TextPair(name: row.name, text: text))
        }
        state.pointee.contentCount += Int(run.count)
        return UnsafeBufferPointer(start: start, count: Int(run.count))
    }

    /// The address to which a click on an ad leads: the ad's own, with the UTM values that bring the page it promises.
    ///
    /// Without an address of its own the ad gets the query alone, which resolves against the page that the caller
    /// serves.
    func landingURL(_ variant: VariantRow, _ fields: UnsafeBufferPointer<TextPair>) -> BorrowedText {
        guard variant.landingQuery.count > 0 else { return .empty }
        guard !variant.landingContent.isNone else { return variant.landingQuery }
        let base = fields[variant.landingContent].text
        guard base.count > 0 else { return variant.landingQuery }
        let mark = base.bytes.firstIndex(of: UInt8(ascii: "#")) ?? base.count
        let address = base.prefix(mark)
        let pathCount = address.firstIndex(of: UInt8(ascii: "?")) ?? mark
        var writer = ContentWriter(arena, escaping: .none, maximumLength: .max)
        writer.write(literal: address.prefix(pathCount))
        var separator = UInt8(ascii: "?")
        if pathCount < mark {
            // A UTM value of its own would come first and count.
            forEachParameter(of: address.dropFirst(pathCount + 1), without: variant.landingMask) { parameter in
                writer.write(byte: separator)
                writer.write(literal: parameter)
                separator = UInt8(ascii: "&")
            }
        }
        writer.write(byte: separator)
        writer.write(literal: variant.landingQuery.dropFirst(1))
        writer.write(literal: base.dropFirst(mark))
        return writer.finish()
    }

    func rendered(_ row: ContentRow) -> BorrowedText {
        var writer = ContentWriter(arena, escaping: row.escaping, maximumLength: row.maximumLength)
        for index in row.pieces.indices {
            let piece = table.pointee.pieces[index]
            if piece.source == .literal {
                writer.write(literal: piece.text)
            } else if !write(piece, &writer) {
                writer.write(value: piece.fallback, letterCase: .asIs, maximumLength: piece.maximumLength)
            }
        }
        return writer.finish()
    }

    /// - Returns: Whether there was anything to write; an empty text counts as missing.
    private func write(_ piece: PieceRow, _ writer: inout ContentWriter) -> Bool {
        switch piece.source {
        case .slot: return write(value(piece.slot), piece, &writer)
        case .role: return write(role(), piece, &writer)
        case .stage: return write(stage(), piece, &writer)
        case .literal: return false
        case .personaName, .personaTitle, .personaOutcome, .personaObjection:
            let persona = persona()
            guard !persona.isNone else { return false }
            return write(word(of: table.pointee.personas[persona].view.pointee, piece), piece, &writer)
        }
    }

    /// What a piece takes from a persona; empty when the persona does not have it.
    private func word(of persona: PersonaView, _ piece: PieceRow) -> BorrowedText {
        switch piece.source {
        case .personaName: return persona.name
        case .personaTitle: return persona.title
        case .personaOutcome: return persona.outcome
        default:
            for objection in persona.objections where sameBytes(objection.name, piece.text) { return objection.text }
            return .empty
        }
    }

    private func write(_ text: BorrowedText, _ piece: PieceRow, _ writer: inout ContentWriter) -> Bool {
        guard text.count > 0 else { return false }
        writer.write(value: text, letterCase: piece.letterCase, maximumLength: piece.maximumLength)
        return true
    }

    /// Members joined by a comma and a space.
    private func write(
        _ texts: UnsafeBufferPointer<BorrowedText>, _ piece: PieceRow, _ writer: inout ContentWriter
    ) -> Bool {
        guard texts.count > 0 else { return false }
        var joined = ContentWriter(arena, escaping: .none, maximumLength: .max)
        for (position, text) in zip(0..., texts) {
            if position > 0 {
                joined.write(byte: UInt8(ascii: ","))
                joined.write(byte: UInt8(ascii: " "))
            }
            joined.write(literal: text)
        }
        return write(joined.finish(), piece, &writer)
    }

    private func write(_ value: Scalar, _ piece: PieceRow, _ writer: inout ContentWriter) -> Bool {
        switch value.kind {
        case .string: return write(value.text, piece, &writer)
        case .strings: return write(value.texts, piece, &writer)
        case .bool:
            let word: StaticString = value.bool ? "true" : "false"
            return write(BorrowedText(start: word.utf8Start, count: word.utf8CodeUnitCount), piece, &writer)
        case .int:
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
                write(decimal(value.int, in: digits), piece, &writer)
            }
        case .double:
            if let whole = Int64(exactly: value.double) { return write(Scalar(whole), piece, &writer) }
            return write(described: value.double.description, piece, &writer)
        case .timestamp: return write(described: Timestamp(microseconds: value.microseconds).text, piece, &writer)
        default: return AttributeValue(value).map { write(described: $0.plainText, piece, &writer) } ?? false
        }
    }

    private func write(described text: String, _ piece: PieceRow, _ writer: inout ContentWriter) -> Bool {
        var text = text
        return text.withUTF8 { write(BorrowedText(start: $0.baseAddress, count: $0.count), piece, &writer) }
    }
}

extension Timestamp {
    /// RFC 3339 in UTC, such as `2026-11-20T10:00:00Z`; with a fraction only when there is one.
    var text: String {
        let second = microseconds.flooredQuotient(1_000_000)
        let fraction = microseconds - second * 1_000_000
        let day = second.flooredQuotient(86_400)
        let secondOfDay = Int(second - day * 86_400)
        let civil = CivilDate(dayNumber: day)
        func digits(_ value: Int, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let date = "\(digits(Int(civil.year), 4))-\(digits(Int(civil.month), 2))-\(digits(Int(civil.day), 2))"
        let time =
            "\(digits(secondOfDay / 3_600, 2)):\(digits(secondOfDay / 60 % 60, 2)):\(digits(secondOfDay % 60, 2))"
        return fraction == 0 ? "\(date)T\(time)Z" : "\(date)T\(time).\(digits(Int(fraction), 6))Z"
    }
}
