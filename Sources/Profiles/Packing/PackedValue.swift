internal import Model

/// How single values are written, in rows and in records alike.
///
/// - bool: one byte. int: zigzag varint.
/// - double: a varint whose low three bits are the decimal places of an exact decimal number, or 7 before the eight
///   bytes.
/// - timestamp: a varint whose low two bits are the unit (0 µs, 1 s, 2 days) of the distance from 2024-01-01.
/// - string: a varint `length × 2 + 1` before the bytes, or `code × 2` for a text of the attribute's dictionary (rows
///   only).
/// - strings: the number of members, then each as a string.
enum PackedValue {
    /// 2024-01-01T00:00:00Z; near the times to be stored, so that they are short.
    static let epochSeconds: Int64 = 1_704_067_200
    private static let microsecondsPerDay: Int64 = 86_400_000_000
    private static let powersOfTen: (Double, Double, Double, Double, Double, Double, Double) = (
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000
    )
    private static let rawDouble: UInt64 = 7

    @inline(__always)
    private static func powerOfTen(_ exponent: UInt64) -> Double {
        switch exponent {
        case 0: powersOfTen.0
        case 1: powersOfTen.1
        case 2: powersOfTen.2
        case 3: powersOfTen.3
        case 4: powersOfTen.4
        case 5: powersOfTen.5
        default: powersOfTen.6
        }
    }

    /// - Precondition: The value is finite.
    static func write(_ value: Double, to writer: inout PackedWriter) {
        // Below 2^52 every whole number is a double and the varint is no longer than the eight bytes.
        // Zero with a sign has no decimal form.
        if !(value == 0 && value.sign == .minus) {
            for places in 0...6 as ClosedRange<UInt64> {
                let scaled = (value * powerOfTen(places)).rounded()
                guard scaled.magnitude < 4_503_599_627_370_496 else { break }
                if scaled / powerOfTen(places) == value {
                    return writer.varint(ZigZag.encode(Int64(scaled)) << 3 | places)
                }
            }
        }
        writer.varint(rawDouble)
        writer.fixed(value.bitPattern)
    }

    @inline(__always)
    static func readDouble(_ cursor: inout PackedCursor) -> Double {
        let word = cursor.varint()
        let places = word & 7
        if places == rawDouble { return Double(bitPattern: cursor.fixed()) }
        let scaled = Double(ZigZag.decode(word >> 3))
        return places == 0 ? scaled : scaled / powerOfTen(places)
    }

    /// Whether a time lies within the years 1 to 9999.
    @inline(__always)
    static func canWrite(_ value: Timestamp) -> Bool {
        value.microseconds >= ProfileLimits.secondsMin * 1_000_000
            && value.microseconds <= ProfileLimits.secondsMax * 1_000_000 + 999_999
    }

    /// - Precondition: `canWrite`, so that the shifted number fits.
    static func write(_ value: Timestamp, to writer: inout PackedWriter) {
        let distance = value.microseconds - epochSeconds * 1_000_000
        if distance % microsecondsPerDay == 0 {
            writer.varint(ZigZag.encode(distance / microsecondsPerDay) << 2 | 2)
        } else if distance % 1_000_000 == 0 {
            writer.varint(ZigZag.encode(distance / 1_000_000) << 2 | 1)
        } else {
            writer.varint(ZigZag.encode(distance) << 2)
        }
    }

    @inline(__always)
    static func readTimestamp(_ cursor: inout PackedCursor) -> Timestamp {
        let word = cursor.varint()
        let distance = ZigZag.decode(word >> 2)
        let unit: Int64 =
            switch word & 3 {
            case 2: microsecondsPerDay
            case 1: 1_000_000
            default: 1
            }
        return Timestamp(microseconds: distance &* unit &+ epochSeconds &* 1_000_000)
    }

    /// Why a value cannot be written as one of a type.
    enum Refusal { case wrongType, notFinite, timestampOutOfRange }

    /// Writes a value that is no text. An attribute of doubles takes whole numbers that a double holds.
    ///
    /// - Returns: Why not; nil when it is written.
    @inline(__always)
    static func write(_ value: Scalar, as type: AttributeType, to writer: inout PackedWriter) -> Refusal? {
        switch (type, value.kind) {
        case (.bool, .bool): writer.byte(value.bool ? 1 : 0)
        case (.int, .int): writer.varint(ZigZag.encode(value.int))
        case (.double, .double):
            guard value.double.isFinite else { return .notFinite }
            write(value.double, to: &writer)
        case (.double, .int):
            guard let same = Double(exactly: value.int) else { return .wrongType }
            write(same, to: &writer)
        case (.timestamp, .timestamp):
            guard canWrite(value.timestamp) else { return .timestampOutOfRange }
            write(value.timestamp, to: &writer)
        default: return .wrongType
        }
        return nil
    }

    /// - Precondition: A value of the type, which is no text, was written there.
    @inline(__always)
    static func read(_ type: AttributeType, _ cursor: inout PackedCursor) -> Scalar {
        switch type {
        case .bool: Scalar(cursor.byte() != 0)
        case .int: Scalar(ZigZag.decode(cursor.varint()))
        case .double: Scalar(readDouble(&cursor))
        case .timestamp: Scalar(readTimestamp(&cursor))
        case .string, .strings: preconditionFailure("A text is read where its bytes are kept.")
        }
    }

    /// A text spelt out.
    static func write(_ text: UnsafeBufferPointer<UInt8>, to writer: inout PackedWriter) {
        writer.varint(UInt64(text.count) << 1 | 1)
        writer.bytes(text.baseAddress, count: text.count)
    }

    @inline(__always)
    static func skip(_ type: AttributeType, _ cursor: inout PackedCursor) {
        switch type {
        case .bool: cursor.skip(1)
        case .int, .timestamp: _ = cursor.varint()
        case .double: if cursor.varint() & 7 == rawDouble { cursor.skip(8) }
        case .string: skipText(&cursor)
        case .strings: for _ in 0..<cursor.varint() { skipText(&cursor) }
        }
    }

    @inline(__always)
    private static func skipText(_ cursor: inout PackedCursor) {
        let word = cursor.varint()
        if word & 1 == 1 { cursor.skip(Int(word >> 1)) }
    }

    /// Checks a value of a stored record: shape, limits, UTF-8.
    ///
    /// - Returns: The number of members when it is a set, else 0.
    static func check(_ type: AttributeType, _ cursor: inout CheckedCursor) throws(ProfileError) -> Int {
        switch type {
        case .string: try checkText(&cursor)
        case .strings:
            let count = try checkMemberCount(&cursor)
            for _ in 0..<count { try checkText(&cursor) }
            return count
        default: try checkNumber(type, &cursor)
        }
        return 0
    }

    /// The same for a value that is no text.
    @inline(__always)
    static func checkNumber(_ type: AttributeType, _ cursor: inout CheckedCursor) throws(ProfileError) {
        // Nearly all are short, and then their lowest bits say enough.
        let before = cursor
        if let (bytes, count) = cursor.shortVarint() {
            let isFine =
                switch type {
                case .bool: bytes & 0xFF <= 1
                case .double: bytes & 7 != rawDouble
                case .timestamp: count <= 3 && bytes & 3 != 3
                case .int, .string, .strings: true
                }
            if isFine { return }
            cursor = before
        }
        try checkAnyNumber(type, &cursor)
    }

    @inline(never)
    private static func checkAnyNumber(_ type: AttributeType, _ cursor: inout CheckedCursor) throws(ProfileError) {
        switch type {
        case .bool:
            guard try cursor.byte() <= 1 else { throw cursor.damaged("a bool that is neither") }
        case .timestamp:
            let word = try cursor.varint()
            let unit: Int64 = word & 3 == 2 ? microsecondsPerDay : word & 3 == 1 ? 1_000_000 : 1
            let scaled = ZigZag.decode(word >> 2).multipliedReportingOverflow(by: unit)
            guard word & 3 != 3, !scaled.overflow else { throw cursor.damaged("a time out of range") }
        case .double:
            if try cursor.varint() & 7 == rawDouble, !Double(bitPattern: try cursor.fixed()).isFinite {
                throw cursor.damaged("a number that is not finite")
            }
        case .int, .string, .strings: _ = try cursor.varint()
        }
    }

    @inline(__always)
    static func checkMemberCount(_ cursor: inout CheckedCursor) throws(ProfileError) -> Int {
        let count = try cursor.varint()
        guard count <= ProfileLimits.setMembersMax else { throw cursor.damaged("too many members") }
        return Int(count)
    }

    /// The bytes of a text; whether they are UTF-8 is left to the caller.
    @inline(__always)
    static func checkLength(_ cursor: inout CheckedCursor) throws(ProfileError) -> UnsafeBufferPointer<UInt8> {
        let word = try cursor.varint()
        guard word & 1 == 1, word >> 1 <= ProfileLimits.textBytesMax else { throw cursor.damaged("a bad text") }
        let start = cursor.position
        try cursor.skip(word >> 1)
        return UnsafeBufferPointer(start: start, count: Int(word >> 1))
    }

    private static func checkText(_ cursor: inout CheckedCursor) throws(ProfileError) {
        guard UTF8Check.isValid(try checkLength(&cursor)) else { throw cursor.damaged("a text that is not UTF-8") }
    }
}
