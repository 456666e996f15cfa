package import CEL
package import Model

/// What conditions say of times in so many words.
package enum ConstantTime {
    /// - Returns: What `duration("…")` or `timestamp("…")` comes to, when microseconds hold it exactly.
    package static func value(of function: String, _ argument: Expression) -> Scalar? {
        let call = Expression(
            id: 0, offset: 0, kind: .call(function: function, target: nil, arguments: [argument]))
        switch Program(call).evaluate(NoHost()) {
        case .value(.timestamp(let moment)): return moment.microseconds.map { Scalar(Timestamp(microseconds: $0)) }
        case .value(.duration(let moment)): return moment.microseconds.map { Scalar(durationMicroseconds: $0) }
        default: return nil
        }
    }
}

/// For expressions of constants only.
package struct NoHost: Activation {
    /// Shows nothing.
    package init() {}

    /// Knows none.
    package func variable(_ name: String) -> Outcome? { nil }
    /// Knows none.
    package func field(_ path: [String]) -> Outcome { .unknown }
    /// Knows none.
    package func isPresent(_ path: [String]) -> Bool { false }
    /// Knows none.
    package func call(_ function: String, _ arguments: [Value]) -> Outcome? { nil }
}

extension Moment {
    /// nil when the moment lies between two microseconds or is too far away.
    package var microseconds: Int64? {
        let (product, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !isTooFar, nanoseconds % 1_000 == 0 else { return nil }
        let (sum, overflow) = product.addingReportingOverflow(nanoseconds / 1_000)
        return overflow ? nil : sum
    }
}
