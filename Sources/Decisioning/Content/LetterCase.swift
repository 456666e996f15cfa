internal import Model

extension BorrowedText {
    /// The text in another letter case, in the arena; nil when the arena is full.
    ///
    /// Unicode's full mappings, of any language: `ß` becomes `SS`, and a `Σ` that ends a word `ς`. `title` sets the first letter of each word in upper case and the others in lower case.
    func cased(_ letterCase: PieceRow.LetterCase, _ arena: UnsafeMutablePointer<ByteArena>) -> BorrowedText? {
        // A letter becomes at most three, of at most six bytes together for each two that it had.
        let capacity = count * 3 + 4
        guard let target = arena.pointee.reserve(capacity) else { return nil }
        var written = 0
        var isAtStart = true
        var offset = 0
        while offset < count {
            let (scalar, byteCount) = scalar(at: offset)
            let start = offset
            offset += byteCount
            let isLetter = scalar.properties.isAlphabetic || scalar.properties.isCaseIgnorable
            if scalar.isASCII {
                target[written] = UInt8(ascii: scalar.ascii(letterCase, isAtStart: isAtStart))
                written += 1
            } else {
                let isLower = letterCase == .lower || letterCase == .title && !isAtStart
                let mapped =
                    isLower && scalar == "Σ" && endsWord(sigmaAt: start)
                    ? "ς" : scalar.mapped(letterCase, isAtStart: isAtStart)
                guard written + mapped.utf8.count <= capacity - (count - offset) else { continue }
                for byte in mapped.utf8 {
                    target[written] = byte
                    written += 1
                }
            }
            isAtStart = !(isLetter || ("0"..."9").contains(scalar))
        }
        return BorrowedText(start: UnsafePointer(target), count: written)
    }

    /// Whether a sigma is the last letter of a word of several: a letter with case stands before it and none behind, whatever
    /// apostrophes and marks lie between.
    ///
    /// Source: The Unicode Standard, section 3.13, Table 3-17, Final_Sigma; where a scalar is both, as ICU has it: ignorable.
    private func endsWord(sigmaAt offset: Int) -> Bool {
        var before = offset
        while true {
            guard before > 0 else { return false }
            before -= 1
            while before > 0, bytes[before] & 0xC0 == 0x80 { before -= 1 }
            let properties = scalar(at: before).scalar.properties
            if properties.isCaseIgnorable { continue }
            guard properties.isCased else { return false }
            break
        }
        var behind = offset + scalar(at: offset).byteCount
        while behind < count {
            let (scalar, byteCount) = scalar(at: behind)
            guard scalar.properties.isCaseIgnorable else { return !scalar.properties.isCased }
            behind += byteCount
        }
        return true
    }
}

extension Unicode.Scalar {
    fileprivate func ascii(_ letterCase: PieceRow.LetterCase, isAtStart: Bool) -> Unicode.Scalar {
        switch letterCase {
        case .asIs: self
        case .upper: asciiUpper
        case .lower: asciiLower
        case .title: isAtStart ? asciiUpper : asciiLower
        }
    }

    private var asciiUpper: Unicode.Scalar { ("a"..."z").contains(self) ? Unicode.Scalar(UInt8(value) & 0xDF) : self }
    private var asciiLower: Unicode.Scalar { ("A"..."Z").contains(self) ? Unicode.Scalar(UInt8(value) | 0x20) : self }

    fileprivate func mapped(_ letterCase: PieceRow.LetterCase, isAtStart: Bool) -> String {
        switch letterCase {
        case .asIs: String(self)
        case .upper: properties.uppercaseMapping
        case .lower: properties.lowercaseMapping
        case .title: isAtStart ? properties.titlecaseMapping : properties.lowercaseMapping
        }
    }
}
