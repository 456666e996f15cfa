/// Why an input cannot be analysed. Each case says what, its value and what is allowed.
package enum StatisticsError: Error, Equatable, Sendable {
    /// A number outside its range, or not finite.
    case outOfRange(what: String, value: Double, allowed: String)
    /// An experiment that has no arm besides its control.
    case tooFewArms(count: Int)
    /// More arms than an analysis takes.
    case tooManyArms(count: Int, limit: Int)
    /// The control is not among the arms.
    case unknownControl(name: String, arms: [String])
    /// Two arms of the same name.
    case duplicateArm(name: String)
    /// Two lists that belong together differ in length.
    case lengthsDiffer(what: String, expected: Int, actual: Int)
}

extension StatisticsError: CustomStringConvertible {
    /// What is wrong and how to mend it.
    package var description: String {
        switch self {
        case .outOfRange(let what, let value, let allowed): "\(what) is \(value): use \(allowed)"
        case .tooFewArms(let count): "\(count) arms cannot be compared: give a control and at least one other arm"
        case .tooManyArms(let count, let limit): "\(count) arms are too many: use at most \(limit)"
        case .unknownControl(let name, let arms):
            "the control \(name) is not an arm: name one of \(arms.joined(separator: ", "))"
        case .duplicateArm(let name): "two arms are named \(name): give each a name of its own"
        case .lengthsDiffer(let what, let expected, let actual): "\(what): expected \(expected), got \(actual)"
        }
    }

    /// - Throws: `outOfRange` for an alpha with which nothing would be said.
    static func checkAlpha(_ alpha: Double) throws(StatisticsError) {
        guard alpha > 0, alpha <= AnalysisSettings.alphaMax else {
            throw .outOfRange(
                what: "alpha", value: alpha, allowed: "a number above 0, at most \(AnalysisSettings.alphaMax)")
        }
    }

    static func check(
        _ what: String, _ value: Double, in range: ClosedRange<Double>, open: Bool = false
    ) throws(StatisticsError) {
        let inside = open ? value > range.lowerBound && value < range.upperBound : range.contains(value)
        guard inside else {
            let ends = open ? "strictly between \(range.lowerBound) and" : "\(range.lowerBound) to"
            throw .outOfRange(what: what, value: value, allowed: "a number \(ends) \(range.upperBound)")
        }
    }
}
