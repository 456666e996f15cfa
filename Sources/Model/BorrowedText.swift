/// UTF-8 bytes that somebody else keeps alive: a request's arena, a profile row's dictionary or the decision table.
///
/// Trivially copyable: copying costs no reference counting. Whoever stores one states who owns the bytes.
public struct BorrowedText: BitwiseCopyable, @unchecked Sendable {
    // Sendable: an immutable view; the owner guarantees that the bytes do not change while views of them exist.
    /// The first byte; nil for an empty text.
    public let start: UnsafePointer<UInt8>?
    /// In bytes.
    public let count: Int

    /// A view of `count` bytes that live as long as the view is used.
    @inlinable @inline(__always)
    public init(start: UnsafePointer<UInt8>?, count: Int) {
        self.start = start
        self.count = count
    }

    /// No bytes.
    @inlinable @inline(__always)
    public static var empty: BorrowedText { BorrowedText(start: nil, count: 0) }

    /// The bytes, borrowed like the text.
    @inlinable @inline(__always)
    public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }
}
