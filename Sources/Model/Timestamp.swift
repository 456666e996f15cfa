/// A point in time: microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
@frozen package struct Timestamp: BitwiseCopyable, Sendable, Hashable, Comparable {
    package var microseconds: Int64

    @inlinable @inline(__always)
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    @inlinable @inline(__always)
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}
