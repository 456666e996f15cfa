internal import Model

extension BorrowedText {
    /// The text in another letter case, in the arena; nil when the arena is full.
    ///
    /// `title` sets the first letter of each word in upper case and the others in lower case.
    func cased(_ letterCase: PieceRow.LetterCase, _ arena: UnsafeMutablePointer<ByteArena>) -> BorrowedText? {
        // A letter becomes at most three, of at most six bytes together for each two that it had.
        let capacity = count * 3 + 4
        guard let target = arena.pointee.reserve(capacity) else { return nil }
        var written = 0
        var isAtStart = true
        var offset = 0
        while offset < count {
            let (scalar, byteCount) = scalar(at: offset)
            offset += byteCount
            let isLetter = scalar.properties.isAlphabetic || scalar.properties.isCaseIgnorable
            if scalar.isASCII {
                target[written] = UInt8(ascii: scalar.ascii(letterCase, isAtStart: isAtStart))
                written += 1
            } else {
                let mapped = scalar.mapped(letterCase, isAtStart: isAtStart)
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
