/// Reads and writes durations, such as `1h30m` and `5400s`.
///
/// Source: the form that Go's `time.ParseDuration` reads, which google/cel-spec refers to.
enum DurationText {
    /// - Throws: When the text is no duration, or one beyond 292 years.
    static func parse(_ text: String) throws(Fault) -> Value {
        guard let nanoseconds = nanoseconds(Array(text.utf8.prefix(256))[...]) else {
            let words =
                "`\(text.shortened)` is no duration; one is written with h, m, s, ms, us or ns, such as `336h` or `1h30m`"
            throw Fault(words)
        }
        guard let nanoseconds = Int64(exactly: nanoseconds) else { throw Fault("a duration is at most 292 years long") }
        return .duration(Moment(seconds: 0, nanoseconds: nanoseconds))
    }

    /// Numbers with units, in any order, after one sign.
    private static func nanoseconds(_ bytes: ArraySlice<UInt8>) -> Int128? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        var rest = isNegative || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
        if rest.elementsEqual("0".utf8) { return 0 }
        guard !rest.isEmpty else { return nil }
        var total: Int128 = 0
        while !rest.isEmpty {
            let whole = rest.prefix(while: Lexer.isDigit)
            rest = rest.dropFirst(whole.count)
            var fraction: ArraySlice<UInt8> = []
            if rest.first == UInt8(ascii: ".") {
                fraction = rest.dropFirst().prefix(while: Lexer.isDigit)
                rest = rest.dropFirst(1 + fraction.count)
            }
            guard whole.count + fraction.count > 0, whole.count <= 18, let unit = unit(&rest) else { return nil }
            total += Int128(Digits.number(whole) ?? 0) * unit
            // Digits beyond what the unit can show are cut.
            var place = unit
            for digit in fraction {
                place /= 10
                total += Int128(digit - UInt8(ascii: "0")) * place
            }
        }
        return isNegative ? -total : total
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) -> Int128? {
        let units: [(name: StaticString, nanoseconds: Int128)] = [
            ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("h", 3_600_000_000_000),
            ("m", 60_000_000_000), ("s", 1_000_000_000),
        ]
        for (name, nanoseconds) in units {
            let bytes = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            guard rest.starts(with: bytes) else { continue }
            rest = rest.dropFirst(bytes.count)
            return nanoseconds
        }
        return nil
    }

    /// Seconds, with as many digits behind the point as it takes.
    static func text(_ duration: Moment) -> String {
        let isNegative = duration < .zero
        let length = isNegative ? Moment.zero - duration : duration
        let fraction = length.nanoseconds == 0 ? "" : "." + Digits.fraction(length.nanoseconds)
        return "\(isNegative ? "-" : "")\(length.seconds)\(fraction)s"
    }
}
