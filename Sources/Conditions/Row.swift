/// Where one row stands in a flat table of `Element`s, or nowhere.
///
/// Four bytes, whatever the element; the element says to which table the row belongs, so that a campaign is not taken for a variant.
@frozen
public struct Row<Element>: BitwiseCopyable, Hashable, Sendable {
    /// The position; the greatest number for none.
    public let index: UInt32

    /// - Parameter index: The position, as an operand of a node or a number of a `TextIndex` holds it.
    @inlinable @inline(__always)
    public init(_ index: UInt32) { self.index = index }

    /// - Precondition: The position fits 32 bits.
    @inlinable @inline(__always)
    public init(_ position: Int) { index = UInt32(position) }

    /// Nowhere for nil.
    @inlinable @inline(__always)
    public init(orNone position: Int?) { self = position.map { Row($0) } ?? Row.none }

    /// Nowhere for nil.
    @inlinable @inline(__always)
    public init(orNone index: UInt32?) { self.init(index ?? .max) }

    /// Stands nowhere.
    @inlinable @inline(__always)
    public static var none: Row { Row(UInt32.max) }

    /// Whether it stands nowhere.
    @inlinable @inline(__always)
    public var isNone: Bool { index == .max }

    /// Where it stands, for tables that run beside that of its elements.
    ///
    /// - Precondition: It stands somewhere.
    @inlinable @inline(__always)
    public var position: Int { Int(index) }

    // By hand, for what the compiler writes is not inlined in other modules.

    /// Whether both stand at the same place.
    @inlinable @inline(__always)
    public static func == (left: Row, right: Row) -> Bool { left.index == right.index }

    /// By its position.
    @inlinable
    public func hash(into hasher: inout Hasher) { hasher.combine(index) }
}

/// Rows named one behind the other in a table of children.
@frozen
public struct Rows<Element>: Sequence, IteratorProtocol {
    @usableFromInline var cursor: UnsafePointer<UInt32>
    @usableFromInline let end: UnsafePointer<UInt32>

    /// - Parameters:
    ///   - run: Where they are named.
    ///   - children: The table in which it lies.
    @inlinable @inline(__always)
    public init(_ run: Run<Row<Element>>, in children: UnsafePointer<UInt32>) {
        cursor = children + Int(run.first)
        end = cursor + Int(run.count)
    }

    /// The next row; nil behind the last.
    @inlinable @inline(__always)
    public mutating func next() -> Row<Element>? {
        guard cursor != end else { return nil }
        defer { cursor += 1 }
        return Row(cursor.pointee)
    }
}

extension UnsafePointer {
    /// - Precondition: The row is one of the table.
    @inlinable @inline(__always)
    public subscript(row: Row<Pointee>) -> Pointee { self[row.position] }
}

extension UnsafeBufferPointer {
    /// - Precondition: The row is one of the table.
    @inlinable @inline(__always)
    public subscript(row: Row<Element>) -> Element { self[row.position] }
}

extension Array {
    /// - Precondition: The row is one of the table.
    @inlinable
    public subscript(row: Row<Element>) -> Element { self[row.position] }
}
