/// What is wrong with bytes that should be text.
package enum TextProblem: String, Sendable {
    case notUTF8 = "is not valid UTF-8"
    case containsNUL = "holds a NUL character; remove it"
}

extension BorrowedText {
    /// What keeps the bytes from being text; for where it may take its time, see `Wire` for the request path.
    ///
    /// - Complexity: O(bytes).
    package var textProblem: TextProblem? {
        if bytes.contains(0) { return .containsNUL }
        return (try? UTF8Span(validating: bytes.span)) == nil ? .notUTF8 : nil
    }
}

extension String {
    /// An owned copy.
    ///
    /// - Precondition: `text` was validated.
    package init(_ text: BorrowedText) {
        self = String(decoding: text.bytes, as: UTF8.self)
    }
}
