/// The changes of one zone from a file in the Time Zone Information Format.
///
/// Source: RFC 9636, The Time Zone Information Format (TZif), sections 3.1 to 3.3.
struct TimeZoneFile {
    /// In order; the first holds from the beginning of time.
    private(set) var changes: [ZoneOffsets.Change] = []

    /// The last year for which the rule in the footer is written out as changes.
    private static let lastYear = 2100
    private static let changeCountMax = 10_000

    /// - Parameter bytes: The file.
    /// - Returns: nil when the bytes are not a file of version 2 or later.
    init?(_ bytes: [UInt8]) {
        guard let old = Header(bytes, at: 0), old.version >= UInt8(ascii: "2") else { return nil }
        let start = Header.byteCount + old.bodyByteCount(timeByteCount: 4)
        guard let header = Header(bytes, at: start), header.changeCount <= TimeZoneFile.changeCountMax else {
            return nil
        }
        let times = start + Header.byteCount
        let types = times + header.changeCount * 8
        let records = types + header.changeCount
        let footer = start + Header.byteCount + header.bodyByteCount(timeByteCount: 8)
        guard footer <= bytes.count, header.typeCount > 0 else { return nil }

        func offset(ofType type: Int) -> Int64? {
            guard type < header.typeCount else { return nil }
            return Int64(Int32(truncatingIfNeeded: bytes.bigEndian(at: records + type * 6, byteCount: 4)))
        }
        guard let first = offset(ofType: 0) else { return nil }
        changes.append(ZoneOffsets.Change(from: .min, offsetSeconds: first))
        for index in 0..<header.changeCount {
            guard let offset = offset(ofType: Int(bytes[types + index])) else { return nil }
            changes.append(
                ZoneOffsets.Change(from: bytes.bigEndian(at: times + index * 8, byteCount: 8), offsetSeconds: offset))
        }
        appendFooter(bytes[footer...])
    }

    private mutating func appendFooter(_ bytes: ArraySlice<UInt8>) {
        let line = bytes.drop { $0 == UInt8(ascii: "\n") }.prefix { $0 != UInt8(ascii: "\n") }
        guard let rule = PosixTimeZone(line), let last = changes.last else { return }
        if changes.count == 1, rule.daylight == nil {
            changes.append(ZoneOffsets.Change(from: Int64.min + 1, offsetSeconds: Int64(rule.standardOffset)))
            return
        }
        let firstYear = last.from < 0 ? 1970 : Int(last.from / 31_556_952) + 1970
        for year in firstYear...max(firstYear, TimeZoneFile.lastYear) {
            for change in rule.changes(inYear: year) where change.from > last.from { changes.append(change) }
        }
    }

    private struct Header {
        static let byteCount = 44

        let version: UInt8
        private let isUTCount: Int
        private let isStandardCount: Int
        private let leapCount: Int
        let changeCount: Int
        let typeCount: Int
        private let nameByteCount: Int

        init?(_ bytes: [UInt8], at start: Int) {
            guard start + Header.byteCount <= bytes.count, bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
                return nil
            }
            func number(_ index: Int) -> Int { Int(bytes.bigEndian(at: start + 20 + index * 4, byteCount: 4)) }
            version = bytes[start + 4]
            isUTCount = number(0)
            isStandardCount = number(1)
            leapCount = number(2)
            changeCount = number(3)
            typeCount = number(4)
            nameByteCount = number(5)
        }

        func bodyByteCount(timeByteCount: Int) -> Int {
            changeCount * (timeByteCount + 1) + typeCount * 6 + nameByteCount + leapCount * (timeByteCount + 4)
                + isStandardCount + isUTCount
        }
    }
}

extension [UInt8] {
    /// The number in `byteCount` bytes, most significant first; 8 bytes are read as signed.
    fileprivate func bigEndian(at start: Int, byteCount: Int) -> Int64 {
        var value: UInt64 = 0
        for index in start..<start + byteCount { value = value << 8 | UInt64(self[index]) }
        return Int64(bitPattern: value)
    }
}
