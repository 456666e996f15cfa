/// A point in time: microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
public struct Timestamp: BitwiseCopyable, Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z; negative before.
    public var microseconds: Int64

    /// A point in time, taken as it is.
    @inlinable @inline(__always)
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Whether one comes before the other.
    @inlinable @inline(__always)
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// Whole seconds since 1970.
    package var seconds: Int64 { microseconds / 1_000_000 }
}
