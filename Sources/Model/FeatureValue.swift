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

/// A value as the request path sees it: 16 bytes, trivially copyable, its text borrowed.
///
/// Source of the values: the request (arena), a stored profile (row), or a constant (decision table).
public struct FeatureValue: BitwiseCopyable, @unchecked Sendable {
    // Sendable: see `BorrowedText`.

    /// What the payload holds. The order is part of no contract.
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// Nothing is known. A comparison with it is unknown, never false.
        case missing
        /// There is a value, but it is older than the attribute's maximum age: counts as unknown.
        case stale
        /// There is a value, but its purpose is not granted: counts as unknown and is never read.
        case unconsented
        case bool
        case int
        case double
        case string
        case strings
        case timestamp
    }

    /// What the payload holds.
    public let kind: Kind
    /// Bytes of a string, members of a set; 0 otherwise.
    public let count: UInt32
    /// Integer, bit pattern, or address, as `kind` says.
    @usableFromInline let payload: UInt64

    @inlinable @inline(__always)
    init(kind: Kind, count: UInt32 = 0, payload: UInt64 = 0) {
        self.kind = kind
        self.count = count
        self.payload = payload
    }

    /// Nothing is known.
    @inlinable @inline(__always)
    public static var missing: FeatureValue { FeatureValue(kind: .missing) }
    /// Too old to count.
    @inlinable @inline(__always)
    public static var stale: FeatureValue { FeatureValue(kind: .stale) }
    /// Not to be read.
    @inlinable @inline(__always)
    public static var unconsented: FeatureValue { FeatureValue(kind: .unconsented) }

    /// A value of kind `.bool`.
    @inlinable @inline(__always)
    public init(_ value: Bool) { self.init(kind: .bool, payload: value ? 1 : 0) }
    /// A value of kind `.int`.
    @inlinable @inline(__always)
    public init(_ value: Int64) { self.init(kind: .int, payload: UInt64(bitPattern: value)) }
    /// A value of kind `.double`.
    @inlinable @inline(__always)
    public init(_ value: Double) { self.init(kind: .double, payload: value.bitPattern) }
    /// A value of kind `.timestamp`.
    @inlinable @inline(__always)
    public init(_ value: Timestamp) { self.init(kind: .timestamp, payload: UInt64(bitPattern: value.microseconds)) }

    /// - Precondition: The text is at most `UInt32.max` bytes long.
    @inlinable @inline(__always)
    public init(_ text: BorrowedText) {
        self.init(
            kind: .string, count: UInt32(text.count), payload: UInt64(UInt(bitPattern: text.start)))
    }

    /// - Parameter members: The texts of a set, in any order; the memory outlives the value.
    @inlinable @inline(__always)
    public init(_ members: UnsafeBufferPointer<BorrowedText>) {
        self.init(
            kind: .strings, count: UInt32(members.count), payload: UInt64(UInt(bitPattern: members.baseAddress)))
    }

    /// Whether a comparison with this value can be anything but unknown.
    @inlinable @inline(__always)
    public var isKnown: Bool { kind.rawValue >= Kind.bool.rawValue }

    /// - Precondition: `kind` is `.bool`; the same holds for the accessors below with their kinds.
    @inlinable @inline(__always)
    public var bool: Bool { payload != 0 }
    /// - Precondition: `kind` is `.int`.
    @inlinable @inline(__always)
    public var int: Int64 { Int64(bitPattern: payload) }
    /// - Precondition: `kind` is `.double`.
    @inlinable @inline(__always)
    public var double: Double { Double(bitPattern: payload) }
    /// - Precondition: `kind` is `.timestamp`.
    @inlinable @inline(__always)
    public var timestamp: Timestamp { Timestamp(microseconds: Int64(bitPattern: payload)) }
    /// - Precondition: `kind` is `.string`.
    @inlinable @inline(__always)
    public var text: BorrowedText {
        BorrowedText(start: UnsafePointer(bitPattern: UInt(payload)), count: Int(count))
    }
    /// - Precondition: `kind` is `.strings`.
    @inlinable @inline(__always)
    public var texts: UnsafeBufferPointer<BorrowedText> {
        UnsafeBufferPointer(start: UnsafePointer(bitPattern: UInt(payload)), count: Int(count))
    }
}
