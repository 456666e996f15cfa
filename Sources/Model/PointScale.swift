/// The unit in which all points of one ideal customer profile are whole numbers.
///
/// Points are written in decimal: .2 and .7 of 1.2 are exactly 75 %, which sums of binary fractions miss. Sums of whole
/// doubles below 2^53 are exact, and so is 100 times them; dividing then rounds once, to the double nearest to the true
/// ratio, which is the very double that a tier of that value is.
package struct PointScale: Sendable {
    private let factor: Double
    /// False for points that no such unit has, with more than nine decimals or too large: they are summed as they are.
    private let isExact: Bool

    private static let decimalsMax = 9
    /// Hundred times the sum stays below 2^53.
    private static let sumMax = 9e13

    /// - Parameter points: Of all criteria of the profile.
    package init(_ points: [Double]) {
        let sum = points.reduce(0) { $0 + $1.magnitude }
        var factor = 1.0
        var decimals = 0
        while decimals < Self.decimalsMax, !points.allSatisfy({ Self.isWhole($0, factor) }) {
            factor *= 10
            decimals += 1
        }
        self.factor = factor
        isExact = sum * factor <= Self.sumMax && points.allSatisfy { Self.isWhole($0, factor) }
    }

    /// - Returns: The points in the unit.
    package func whole(_ points: Double) -> Double { isExact ? (points * factor).rounded() : points }

    /// - Parameter whole: A sum of points in the unit.
    /// - Returns: The sum as it is written.
    package func points(_ whole: Double) -> Double { isExact ? whole / factor : whole }

    /// Whether points, as they are written in decimal, are whole when multiplied: then dividing gives them back.
    private static func isWhole(_ points: Double, _ factor: Double) -> Bool {
        (points * factor).rounded() / factor == points
    }
}
