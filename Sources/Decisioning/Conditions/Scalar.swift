internal import Model

/// A value during evaluation: 16 bytes, trivially copyable, text borrowed from the request or the table.
struct Scalar: BitwiseCopyable {
    enum Tag: UInt8 {
        /// Nothing is known.
        case missing
        /// There is a value, but it is older than the rules allow.
        case stale
        /// There is a value, but a purpose that it needs is not granted.
        case unconsented
        /// Computed from values of which some were missing and some unconsented.
        case missingAndUnconsented
        /// A computation failed, such as a division by zero.
        case failed
        case bool
        case int
        case double
        case text
        case texts
        case timestamp
        /// Microseconds.
        case duration
    }

    let tag: Tag
    /// Bytes of a text, members of texts; 0 otherwise.
    let count: UInt32
    let payload: UInt64

    init(tag: Tag, count: UInt32 = 0, payload: UInt64 = 0) {
        self.tag = tag
        self.count = count
        self.payload = payload
    }

    init(_ value: Bool) { self.init(tag: .bool, payload: value ? 1 : 0) }
    init(_ value: Int64) { self.init(tag: .int, payload: UInt64(bitPattern: value)) }
    init(_ value: Double) { self.init(tag: .double, payload: value.bitPattern) }
    init(_ value: Timestamp) { self.init(tag: .timestamp, payload: UInt64(bitPattern: value.microseconds)) }
    init(durationMicroseconds: Int64) { self.init(tag: .duration, payload: UInt64(bitPattern: durationMicroseconds)) }
    init(_ text: BorrowedText) {
        self.init(tag: .text, count: UInt32(text.count), payload: UInt64(UInt(bitPattern: text.start)))
    }
    init(_ texts: UnsafeBufferPointer<BorrowedText>) {
        self.init(tag: .texts, count: UInt32(texts.count), payload: UInt64(UInt(bitPattern: texts.baseAddress)))
    }

    init(_ value: FeatureValue) {
        switch value.kind {
        case .missing: self.init(tag: .missing)
        case .stale: self.init(tag: .stale)
        case .unconsented: self.init(tag: .unconsented)
        case .bool: self.init(value.bool)
        case .int: self.init(value.int)
        case .double: self.init(value.double)
        case .string: self.init(value.text)
        case .strings: self.init(value.texts)
        case .timestamp: self.init(value.timestamp)
        }
    }

    static var missing: Scalar { Scalar(tag: .missing) }
    static var unconsented: Scalar { Scalar(tag: .unconsented) }
    static var failed: Scalar { Scalar(tag: .failed) }

    var isKnown: Bool { tag.rawValue >= Tag.bool.rawValue }

    /// Whether there is a value that is not too old, be it withheld.
    var isThere: Bool { tag.rawValue > Tag.stale.rawValue }

    /// The accessors below presume the tag of their name.
    var bool: Bool { payload != 0 }
    var int: Int64 { Int64(bitPattern: payload) }
    var double: Double { Double(bitPattern: payload) }
    var microseconds: Int64 { Int64(bitPattern: payload) }
    var text: BorrowedText { BorrowedText(start: UnsafePointer(bitPattern: UInt(payload)), count: Int(count)) }
    var texts: UnsafeBufferPointer<BorrowedText> {
        UnsafeBufferPointer(start: UnsafePointer(bitPattern: UInt(payload)), count: Int(count))
    }

    /// What a comparison with this value comes to when the value is not known.
    var lack: Verdict {
        switch tag {
        case .missing, .stale: .lacksData
        case .unconsented: .lacksConsent
        case .missingAndUnconsented: .lacksBoth
        default: .failed
        }
    }

    /// What an operation on two values comes to when one of them is not known: unknown wins over failure.
    static func lack(_ left: Scalar, _ right: Scalar) -> Verdict {
        var bits: UInt8 = 0
        if !left.isKnown { bits |= left.lack.bits }
        if !right.isKnown { bits |= right.lack.bits }
        return Verdict(merging: bits)
    }
}

extension Scalar.Tag {
    init(_ type: AttributeType) {
        switch type {
        case .bool: self = .bool
        case .int: self = .int
        case .double: self = .double
        case .string: self = .text
        case .strings: self = .texts
        case .timestamp: self = .timestamp
        }
    }

    /// - Precondition: It was made from a type.
    var attributeType: AttributeType {
        switch self {
        case .bool: .bool
        case .int: .int
        case .double: .double
        case .text: .string
        case .texts: .strings
        case .timestamp: .timestamp
        default: preconditionFailure("No attribute has this type.")
        }
    }
}
