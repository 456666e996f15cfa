/// What happens to a cell before it is the value of an attribute.
///
/// In this order: spaces and invisible characters around it are taken off, its letters are cased, it is looked up in `values`; what is not found there
/// is read as a number, a time or a set, and numbers are scaled.
package struct CellConversion: Sendable {
    /// What becomes of letters.
    package enum Casing: String, Sendable, Hashable, CaseIterable {
        case kept
        case lower
        case upper

        /// The text in that case.
        package func applied(to text: String) -> String {
            switch self {
            case .kept: text
            case .lower: text.lowercased()
            case .upper: text.uppercased()
            }
        }
    }

    /// How numbers are written.
    package enum Decimal: String, Sendable, Hashable, CaseIterable {
        /// Digits with a decimal point, nothing between thousands.
        case plain
        /// `1,234.5`: the comma, a space or an apostrophe may stand between thousands, the comma as India writes it too.
        case point
        /// `1.234,5`: the point, a space or an apostrophe may.
        case comma
        /// As `point`, and as `comma` where it can be nothing else; what may be a thousand and a bit more than one is refused.
        case either
    }

    /// What stands behind a number or before it, and what it multiplies it with.
    package struct Suffix: Sendable, Hashable {
        package let text: String
        package let factor: Double

        package init(text: String, factor: Double) {
            self.text = text
            self.factor = factor
        }
    }

    package var casing = Casing.kept
    /// What cells stand for, or the members of a set; nil for unknown. Cells that are not here are read as they are.
    package var values: [String: AttributeValue?] = [:]
    /// What cells stand for that are not there: nil for unknown; without it they are read as they are.
    package var otherwise: AttributeValue??
    package var decimal = Decimal.plain
    /// Longest first.
    package var prefixes: [Suffix] = []
    /// Longest first.
    package var suffixes: [Suffix] = []
    package var factor = 1.0
    /// Added behind the factor.
    package var offset = 0.0
    package var date = DateFormat()
    /// Whether a time that is still to come is refused.
    package var isPast = false
    /// Between the members of a set; an ASCII character.
    package var separator = UInt8(ascii: "|")

    /// For a text: between several of which the first that stands for something counts; an ASCII character.
    package var firstOf: UInt8?

    package init() {}

    /// Whether numbers are read digit by digit as they stand.
    package var takesPlainNumbers: Bool {
        decimal == .plain && prefixes.isEmpty && suffixes.isEmpty && factor == 1 && offset == 0
    }
}
