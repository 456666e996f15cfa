/// How labels of domain names beyond ASCII are written in ASCII.
///
/// Source: RFC 3492, §6.
enum Punycode {
    /// Longer labels are none; it bounds the work, which grows with the square.
    static let labelBytesMax = 63
    private static let base: UInt32 = 36
    private static let tMin: UInt32 = 1
    private static let tMax: UInt32 = 26
    private static let hyphen = UInt8(ascii: "-")

    /// - Parameter label: Behind `xn--`, in lower case.
    /// - Returns: nil for what is none.
    static func decoded(_ label: some Collection<UInt8>) -> String? {
        let bytes = Array(label)
        guard !bytes.isEmpty, bytes.count <= labelBytesMax else { return nil }
        let delimiter = bytes.lastIndex(of: hyphen)
        guard delimiter != 0 else { return nil }
        var scalars = bytes[..<(delimiter ?? 0)].map { UInt32($0) }
        var position = delimiter.map { $0 + 1 } ?? 0
        var (scalar, index, bias): (UInt32, UInt32, UInt32) = (0x80, 0, 72)
        while position < bytes.count {
            let first = index
            var weight: UInt32 = 1
            var k = base
            while true {
                guard position < bytes.count, let digit = digit(bytes[position]) else { return nil }
                position += 1
                let (added, isTooLarge) = digit.multipliedReportingOverflow(by: weight)
                let (next, isBeyond) = index.addingReportingOverflow(added)
                guard !isTooLarge, !isBeyond else { return nil }
                index = next
                let threshold = threshold(k, bias)
                if digit < threshold { break }
                let (heavier, isTooHeavy) = weight.multipliedReportingOverflow(by: base - threshold)
                guard !isTooHeavy else { return nil }
                weight = heavier
                k += base
            }
            let count = UInt32(scalars.count) + 1
            bias = adapted(index - first, count, isFirst: first == 0)
            let (next, isBeyond) = scalar.addingReportingOverflow(index / count)
            // The first of them are control characters.
            guard !isBeyond, next >= 0xa0, Unicode.Scalar(next) != nil else { return nil }
            scalar = next
            index %= count
            scalars.insert(scalar, at: Int(index))
            index += 1
        }
        var text = String.UnicodeScalarView()
        for value in scalars { if let scalar = Unicode.Scalar(value) { text.append(scalar) } }
        return String(text)
    }

    /// - Returns: What stands behind `xn--`; nil for a label that is too long.
    static func encoded(_ label: some StringProtocol) -> String? {
        let scalars = label.unicodeScalars.map(\.value)
        guard scalars.count <= labelBytesMax else { return nil }
        var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
        let basicCount = UInt32(output.count)
        if basicCount > 0 { output.append(hyphen) }
        var (scalar, delta, bias): (UInt32, UInt32, UInt32) = (0x80, 0, 72)
        var handled = basicCount
        while handled < scalars.count {
            guard let next = scalars.filter({ $0 >= scalar }).min() else { return nil }
            // At most 63 characters below 0x110000: this stays below 2^32.
            delta += (next - scalar) * (handled + 1)
            scalar = next
            for value in scalars {
                if value < scalar { delta += 1 }
                guard value == scalar else { continue }
                var rest = delta
                var k = base
                while case let threshold = threshold(k, bias), rest >= threshold {
                    output.append(letter(threshold + (rest - threshold) % (base - threshold)))
                    rest = (rest - threshold) / (base - threshold)
                    k += base
                }
                output.append(letter(rest))
                bias = adapted(delta, handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            scalar += 1
        }
        return output.count <= labelBytesMax - 4 ? String(decoding: output, as: UTF8.self) : nil
    }

    private static func threshold(_ k: UInt32, _ bias: UInt32) -> UInt32 {
        k <= bias ? tMin : min(tMax, k - bias)
    }

    private static func adapted(_ delta: UInt32, _ count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var k: UInt32 = 0
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + 38)
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a"))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 26
        default: nil
        }
    }

    private static func letter(_ digit: UInt32) -> UInt8 {
        UInt8(digit < 26 ? UInt32(UInt8(ascii: "a")) + digit : UInt32(UInt8(ascii: "0")) + digit - 26)
    }
}
