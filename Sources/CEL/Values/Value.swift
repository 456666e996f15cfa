/// A value of the language.
///
/// `==` is the language's: numbers are equal across their types, texts are equal code point by code point, and NaN is equal
/// to nothing, itself included.
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
    case address(IPAddress)
    case network(IPNetwork)

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
        case .address: "net.IP"
        case .network: "net.CIDR"
        }
    }
}

extension Value: Hashable {
    package static func == (left: Value, right: Value) -> Bool {
        var meter = Meter.unlimited
        return (try? Comparison.areEqual(left, right, &meter)) ?? false
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        // As equal numbers of any types must hash alike, all are hashed as doubles.
        case .int(let value): hasher.combine(Double(value))
        case .uint(let value): hasher.combine(Double(value))
        case .double(let value): hasher.combine(value)
        case .string(let value):
            for byte in value.utf8 { hasher.combine(byte) }
        case .bytes(let value): hasher.combine(value)
        case .list(let value): hasher.combine(value)
        case .map(let value): hasher.combine(value.count)
        case .timestamp(let value), .duration(let value): hasher.combine(value)
        case .type(let value): hasher.combine(value)
        case .object(let value): hasher.combine(value)
        case .address(let value): hasher.combine(value)
        case .network(let value): hasher.combine(value)
        }
    }
}

extension Literal {
    var value: Value {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): .uint(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        case .bytes(let value): .bytes(value)
        }
    }
}
