/// Finds texts in texts, byte by byte: in UTF-8 that is code point by code point. Linear in time whatever the texts are.
///
/// Source: D. E. Knuth, J. H. Morris, V. R. Pratt, "Fast Pattern Matching in Strings" (1977).
struct TextSearch {
    private let needle: [UInt8]
    /// For each length of a matched beginning, the length of the longest other beginning that is also its end.
    private let borders: [Int]

    init(_ needle: [UInt8]) {
        self.needle = needle
        var borders = [Int](repeating: 0, count: needle.count + 1)
        var length = 0
        for index in needle.indices.dropFirst() {
            while length > 0, needle[index] != needle[length] { length = borders[length] }
            if needle[index] == needle[length] { length += 1 }
            borders[index + 1] = length
        }
        self.borders = borders
    }

    /// - Returns: Where the first occurrence at or after `start` begins.
    func first(in haystack: [UInt8], from start: Int = 0) -> Int? {
        var found: Int?
        scan(haystack, from: start) { place in
            found = place
            return false
        }
        return found
    }

    /// - Returns: Where the last occurrence at or before `end` begins.
    func last(in haystack: [UInt8], from end: Int) -> Int? {
        guard !needle.isEmpty else { return end }
        var found: Int?
        scan(haystack, from: 0) { place in
            guard place <= end else { return false }
            found = place
            return true
        }
        return found
    }

    /// Shows each occurrence, overlapping ones too, until `body` is false.
    private func scan(_ haystack: [UInt8], from start: Int, _ body: (Int) -> Bool) {
        guard !needle.isEmpty else {
            if start <= haystack.count { _ = body(start) }
            return
        }
        guard start < haystack.count else { return }
        var length = 0
        for index in start..<haystack.count {
            while length > 0, length == needle.count || haystack[index] != needle[length] { length = borders[length] }
            if haystack[index] == needle[length] { length += 1 }
            if length == needle.count, !body(index + 1 - length) { return }
        }
    }

    /// All occurrences from left to right that do not overlap, at most `limit`; of an empty needle, before each code point
    /// and at the end.
    func all(in haystack: [UInt8], limit: Int) -> [Int] {
        var found: [Int] = []
        var start = 0
        while found.count < limit, start <= haystack.count {
            guard let next = first(in: haystack, from: start) else { break }
            found.append(next)
            start = next + needle.count
            guard needle.isEmpty else { continue }
            start += 1
            while start < haystack.count, Self.isContinuation(haystack[start]) { start += 1 }
        }
        return found
    }

    static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }

    /// Code points in front of a byte.
    static func position(ofByte index: Int, in text: [UInt8]) -> Int {
        text[..<index].reduce(0) { $0 + (isContinuation($1) ? 0 : 1) }
    }

    /// - Returns: The byte at which the code point of that number begins, the count of bytes for the one behind the last; nil
    ///   outside of the text.
    static func byte(ofPosition position: Int64, in text: [UInt8]) -> Int? {
        guard position >= 0 else { return nil }
        var left = position
        for index in text.indices where !isContinuation(text[index]) {
            if left == 0 { return index }
            left -= 1
        }
        return left == 0 ? text.count : nil
    }
}
