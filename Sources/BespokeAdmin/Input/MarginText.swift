package import Experimentation

/// How much harm a guardrail accepts, as people write it.
package enum MarginText {
    /// - Parameter text: A share such as `0.02` or `2%`, or with `abs` behind it a number in the metric's own unit.
    /// - Returns: nil for anything else.
    package static func parse(_ text: String) -> Guardrail.Margin? {
        if text.hasSuffix("abs") { return number(text.dropLast(3)).map { .absolute($0) } }
        if text.hasSuffix("%") { return number(text.dropLast()).map { .relative($0 / 100) } }
        return number(text[...]).map { .relative($0) }
    }

    private static func number(_ text: Substring) -> Double? {
        guard let number = Double(text), number.isFinite, number >= 0 else { return nil }
        return number
    }
}
