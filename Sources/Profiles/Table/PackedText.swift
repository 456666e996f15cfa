internal import Model

/// A text as rows and records hold it: spelt out, or a code of a dictionary.
enum PackedText {
    @inline(__always)
    static func read(
        _ cursor: inout PackedCursor, dictionary: Int, in directory: TextDictionaries.Directory
    ) -> BorrowedText {
        let word = cursor.varint()
        guard word & 1 == 1 else { return TextDictionaries.text(word >> 1, of: dictionary, in: directory) }
        let text = BorrowedText(start: cursor.next, count: Int(word >> 1))
        cursor.skip(text.count)
        return text
    }
}
