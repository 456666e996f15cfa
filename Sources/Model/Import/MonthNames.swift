/// What the months are called in a language.
package struct MonthNames: Sendable, Hashable {
    /// In small letters, without a point at the end, the longest first.
    private let names: [(bytes: [UInt8], month: Int64)]

    /// English, in full or the first three letters; `Sept` too, as British programs write it.
    package static let english = MonthNames([
        "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
        "september": 9, "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4,
        "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
    ])

    /// - Parameter names: Of any case, with a point at the end or without; from 1.
    package init(_ names: [String: Int64]) {
        var lowered: [String: Int64] = [:]
        for (name, month) in names {
            let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
            if !bare.isEmpty { lowered[bare.lowercased().normalForm] = month }
        }
        self.names = lowered.map { (bytes: Array($0.key.utf8), month: $0.value) }
            .sorted { ($0.bytes.count, $0.month) > ($1.bytes.count, $1.month) }
    }

    package static func == (left: MonthNames, right: MonthNames) -> Bool {
        left.names.elementsEqual(right.names) { $0.bytes == $1.bytes && $0.month == $1.month }
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(names.count) }

    /// - Returns: The month whose name a word is, and 0 when it is none.
    func month(_ word: UnsafeBufferPointer<UInt8>) -> Int64 {
        // Letters beyond ASCII take the library's way.
        let isPlain = word.allSatisfy { $0 < 0x80 }
        let lowered =
            isPlain
            ? word.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            : Array(String(decoding: word, as: UTF8.self).lowercased().normalForm.utf8)
        return names.first { $0.bytes == lowered }?.month ?? 0
    }
}
