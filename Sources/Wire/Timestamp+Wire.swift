internal import CBespokeProto
package import Model

extension Timestamp {
    /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. Source: google/protobuf/timestamp.proto.
    private static let seconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// - Throws: `.invalid` when it lies outside the years 1 to 9999 or its nanoseconds outside a second.
    init(_ message: Google__Protobuf__Timestamp, _ field: @autoclosure () -> String) throws(WireError) {
        self = try Timestamp(seconds: message.seconds, nanos: message.nanos, field())
    }

    /// - Throws: As above.
    package init(seconds: Int64, nanos: Int32, _ field: @autoclosure () -> String) throws(WireError) {
        guard Self.seconds.contains(seconds), (0...999_999_999).contains(nanos) else {
            throw .invalid(
                field: field(), problem: "lies outside the years 1 to 9999, or its nanos outside 0 to 999999999")
        }
        self.init(microseconds: seconds * 1_000_000 + Int64(nanos) / 1_000)
    }

    /// Whole seconds, rounded down, and the nanoseconds beyond them.
    package var secondsAndNanos: (seconds: Int64, nanos: Int32) {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder >= 0
            ? (quotient, Int32(remainder) * 1_000) : (quotient - 1, Int32(remainder + 1_000_000) * 1_000)
    }
}
