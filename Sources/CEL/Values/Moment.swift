/// Seconds since 1970 of a timestamp, or of a duration, and the nanoseconds beyond them: 0 to 999,999,999.
package struct Moment: Sendable, Hashable, Comparable {
    package var seconds: Int64
    package var nanoseconds: Int64

    /// Carries nanoseconds beyond a second over.
    package init(seconds: Int64, nanoseconds: Int64) {
        let carried = nanoseconds.flooredQuotient(1_000_000_000)
        self.seconds = seconds &+ carried
        self.nanoseconds = nanoseconds - carried * 1_000_000_000
    }

    /// The moment that many microseconds later.
    package func adding(microseconds: Int64) -> Moment {
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Moment(seconds: self.seconds &+ seconds, nanoseconds: nanoseconds + rest * 1_000)
    }

    package static func < (left: Moment, right: Moment) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Neither overflows for timestamps and durations within their ranges.
    static func + (left: Moment, right: Moment) -> Moment {
        Moment(seconds: left.seconds &+ right.seconds, nanoseconds: left.nanoseconds + right.nanoseconds)
    }

    static func - (left: Moment, right: Moment) -> Moment {
        Moment(seconds: left.seconds &- right.seconds, nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    static let zero = Moment(seconds: 0, nanoseconds: 0)

    /// - Throws: When the year is not 1 to 9999.
    func checkedTimestamp() throws(Fault) -> Value {
        guard -62_135_596_800...253_402_300_799 ~= seconds else {
            throw Fault("a timestamp lies in the years 1 to 9999")
        }
        return .timestamp(self)
    }

    /// - Throws: When the nanoseconds do not fit into 64 bits, which is beyond 292 years either way.
    func checkedDuration() throws(Fault) -> Value {
        let (product, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !isTooLong, !product.addingReportingOverflow(nanoseconds).overflow else {
            throw Fault("a duration is at most 292 years long")
        }
        return .duration(self)
    }
}

extension Int64 {
    /// The quotient, rounded towards negative infinity.
    func flooredQuotient(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
