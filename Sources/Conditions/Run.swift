/// Consecutive rows of a flat table.
public struct Run: BitwiseCopyable, Hashable, Sendable {
    /// Where it begins.
    public var first: UInt32 = 0
    /// How many rows.
    public var count: UInt32 = 0

    /// No rows.
    @inlinable
    public init() {}

    /// - Precondition: Both fit 32 bits.
    @inlinable
    public init(first: Int, count: Int) {
        self.first = UInt32(first)
        self.count = UInt32(count)
    }

    /// Where the rows stand in their table.
    @inlinable @inline(__always)
    public var indices: Range<Int> { Int(first)..<Int(first) + Int(count) }
}
