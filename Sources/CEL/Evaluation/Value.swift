/// A value of the language.
package enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([Value])
    case map(MapValue)
    case timestamp(Moment)
    case duration(Moment)
    /// The name of a type, such as `int`.
    case type(String)
    /// A structure of the host, by the path that leads to it, such as `request.utm`.
    case object([String])

    /// What `type` gives for the value.
    package var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .type: "type"
        case .object(let path): path.joined(separator: ".")
        }
    }
}

/// Seconds since 1970 of a timestamp, or of a duration, and the nanoseconds beyond them: 0 to 999,999,999.
package struct Moment: Sendable, Hashable, Comparable {
    package var seconds: Int64
    package var nanoseconds: Int64

    /// Carries nanoseconds beyond a second over.
    package init(seconds: Int64, nanoseconds: Int64) {
        let carried = nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : -((999_999_999 - nanoseconds) / 1_000_000_000)
        self.seconds = seconds &+ carried
        self.nanoseconds = nanoseconds - carried * 1_000_000_000
    }

    /// The moment that many microseconds later.
    package func adding(microseconds: Int64) -> Moment {
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Moment(seconds: self.seconds &+ seconds, nanoseconds: nanoseconds + rest * 1_000)
    }

    package static func < (left: Moment, right: Moment) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    static func + (left: Moment, right: Moment) -> Moment {
        Moment(seconds: left.seconds &+ right.seconds, nanoseconds: left.nanoseconds + right.nanoseconds)
    }

    static func - (left: Moment, right: Moment) -> Moment {
        Moment(seconds: left.seconds &- right.seconds, nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    /// The years 1 to 9999.
    var isTimestamp: Bool { (-62_135_596_800...253_402_300_799).contains(seconds) }
    /// At most about 10,000 years either way.
    var isDuration: Bool { (-315_576_000_000...315_576_000_000).contains(seconds) }
}

/// A map, in the order in which its entries were written. Numbers that are equal are one key, whatever their type.
package struct MapValue: Sendable {
    enum Key: Hashable, Sendable {
        case bool(Bool)
        case int(Int64)
        case uint(UInt64)
        case string(String)
    }

    package private(set) var entries: [(key: Value, value: Value)] = []
    private var positions: [Key: Int] = [:]

    package init() {}

    /// - Returns: Whether the key was not there yet.
    mutating func insert(_ key: Value, _ value: Value, at place: Key) -> Bool {
        guard positions[place] == nil else { return false }
        positions[place] = entries.count
        entries.append((key, value))
        return true
    }

    func value(at place: Key) -> Value? { positions[place].map { entries[$0].value } }

    /// - Returns: nil when the value cannot be a key.
    static func key(_ value: Value) -> Key? {
        switch value {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): Int64(exactly: value).map { .int($0) } ?? .uint(value)
        case .double(let value): Int64(exactly: value).map { .int($0) } ?? UInt64(exactly: value).map { .uint($0) }
        case .string(let value): .string(value)
        default: nil
        }
    }
}

/// What an evaluation came to.
package enum Outcome: Sendable {
    case value(Value)
    /// An error, in words.
    case failure(String)
    /// Something that is needed is not known.
    case unknown
}

/// What the host knows: variables, structures, functions.
package protocol Activation {
    /// - Returns: nil when there is no such variable.
    func variable(_ name: String) -> Outcome?
    /// - Parameter path: Of a structure's field, such as `visitor`, `title`.
    func field(_ path: [String]) -> Outcome
    func isPresent(_ path: [String]) -> Bool
    /// - Returns: nil when the host has no such function.
    func call(_ function: String, _ arguments: [Value]) -> Outcome?
}
