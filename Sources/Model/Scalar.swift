/// A value as the request path sees it: 16 bytes, trivially copyable, its text borrowed.
///
/// Source of the values: the request (arena), a stored profile (row), a constant (decision table), or what a condition
/// computes from them.
public struct Scalar: BitwiseCopyable, @unchecked Sendable {
    // Sendable: see `BorrowedText`.

    /// What the payload holds. The order is part of no contract.
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// Nothing is known. A comparison with it is unknown, never false.
        case missing
        /// There is a value, but it is older than the attribute's maximum age: counts as unknown.
        case stale
        /// There is a value, but its purpose is not granted: counts as unknown and is never read.
        case unconsented
        /// Computed from values of which some were missing and some unconsented.
        case missingAndUnconsented
        /// A computation failed, such as a division by zero.
        case failed
        // From here on known.
        case bool
        case int
        case double
        case string
        case strings
        case timestamp
        /// Microseconds; computed only, no attribute has this kind.
        case duration
    }

    /// What the payload holds.
    public let kind: Kind
    /// Bytes of a string, members of a set; 0 otherwise.
    public let count: UInt32
    /// Integer, bit pattern, or address, as `kind` says.
    public let payload: UInt64

    /// A value of any kind, its payload as `payload` says.
    @inlinable @inline(__always)
    public init(kind: Kind, count: UInt32 = 0, payload: UInt64 = 0) {
        self.kind = kind
        self.count = count
        self.payload = payload
    }

    /// Nothing is known.
    @inlinable @inline(__always)
    public static var missing: Scalar { Scalar(kind: .missing) }
    /// Too old to count.
    @inlinable @inline(__always)
    public static var stale: Scalar { Scalar(kind: .stale) }
    /// Not to be read.
    @inlinable @inline(__always)
    public static var unconsented: Scalar { Scalar(kind: .unconsented) }

    /// What a failed computation comes to.
    @inlinable @inline(__always)
    public static var failed: Scalar { Scalar(kind: .failed) }

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

    /// A value of kind `.duration`.
    @inlinable @inline(__always)
    public init(durationMicroseconds: Int64) {
        self.init(kind: .duration, payload: UInt64(bitPattern: durationMicroseconds))
    }

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

    /// Whether there is a value that is not too old, be it withheld.
    @inlinable @inline(__always)
    public var isThere: Bool { kind.rawValue > Kind.stale.rawValue }

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
    /// - Precondition: `kind` is `.timestamp` or `.duration`.
    @inlinable @inline(__always)
    public var microseconds: Int64 { Int64(bitPattern: payload) }
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
