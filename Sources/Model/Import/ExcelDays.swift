/// Times as spreadsheets count them: days, with the time of day as a fraction.
///
/// Source: ECMA-376, Part 1, §18.17.4.1, with the day that does not exist: in the system from 1900, day 60 is 29 February 1900.
enum ExcelDays {
    /// 31 December 9999.
    private static let dayMax: Int64 = 2_958_465
    /// 1 January 1970 in the system from 1900, as days from March 1900 on count.
    private static let epoch: Int64 = 25_569
    private static let epoch1904: Int64 = 24_107
    private static let fakeDay: Int64 = 60
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// - Returns: What clocks show, as if they showed UTC, to the millisecond: spreadsheets keep no more. Nil for what is no such
    ///   number, and for the day that does not exist.
    static func parse(_ text: UnsafeBufferPointer<UInt8>, from1904: Bool = false) -> Timestamp? {
        var day: Int64 = 0
        var index = 0
        while index < text.count, (0x30...0x39).contains(text[index]) {
            day = day * 10 + Int64(text[index] - 0x30)
            guard day <= dayMax else { return nil }
            index += 1
        }
        guard index > 0 else { return nil }
        var fraction = 0.0
        if index < text.count {
            guard text[index] == UInt8(ascii: "."), index + 1 < text.count else { return nil }
            var unit = 0.1
            for byte in text[(index + 1)...] {
                guard (0x30...0x39).contains(byte) else { return nil }
                fraction += Double(byte - 0x30) * unit
                unit /= 10
            }
        }
        var days = day - (from1904 ? epoch1904 : epoch)
        if !from1904 {
            guard day > 0, day != fakeDay else { return nil }
            if day < fakeDay { days += 1 }
        }
        let milliseconds = Int64((fraction * Double(millisecondsPerDay)).rounded())
        return Timestamp(microseconds: (days * millisecondsPerDay + milliseconds) * 1_000)
    }
}
