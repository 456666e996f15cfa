/// Consecutive rows of a flat table of `Element`s.
///
/// A run of `Row`s lies in a table of children and names rows of another table.
@frozen
public struct Run<Element>: BitwiseCopyable, Hashable, Sendable {
    /// Where it begins.
    public var first: UInt32 = 0
    /// How many rows.
    public var count: UInt32 = 0

    /// No rows.
    @inlinable
    public init() {}

    /// As the operands of a node hold them.
    @inlinable @inline(__always)
    public init(first: UInt32, count: UInt32) { (self.first, self.count) = (first, count) }

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
