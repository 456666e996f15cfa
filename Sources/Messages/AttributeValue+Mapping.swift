internal import CBespokeProto
package import Model
internal import Wire

extension AttributeValue: MappedMessage {
    /// - Throws: `.invalid` when no member is set, for NaN, and for text or sets beyond the limits of value.proto.
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Value>) throws(WireError) {
        switch raw.pointee.kind_case {
        case BESPOKE__V1__VALUE__KIND_BOOL:
            self = .bool(raw.pointee.bool_ != 0)
        case BESPOKE__V1__VALUE__KIND_INT:
            self = .int(raw.pointee.int_)
        case BESPOKE__V1__VALUE__KIND_DOUBLE:
            guard !raw.pointee.double_.isNaN else {
                throw .invalid(field: "double", problem: "is NaN; leave it out when it is not known")
            }
            self = .double(raw.pointee.double_)
        case BESPOKE__V1__VALUE__KIND_STRING:
            self = .string(try Self.text(raw.pointee.string, "string"))
        case BESPOKE__V1__VALUE__KIND_STRINGS:
            self = .strings(try Self.members(raw.pointee.strings))
        case BESPOKE__V1__VALUE__KIND_TIMESTAMP:
            guard let time = try decodedTime(raw.pointee.timestamp, "timestamp") else { throw Self.absent }
            self = .timestamp(time)
        default:
            throw Self.absent
        }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Value> {
        let raw = try arena.make(bespoke__v1__value__init)
        switch self {
        case .bool(let value):
            raw.pointee.kind_case = BESPOKE__V1__VALUE__KIND_BOOL
            raw.pointee.bool_ = value ? 1 : 0
        case .int(let value):
            raw.pointee.kind_case = BESPOKE__V1__VALUE__KIND_INT
            raw.pointee.int_ = value
        case .double(let value):
            raw.pointee.kind_case = BESPOKE__V1__VALUE__KIND_DOUBLE
            raw.pointee.double_ = value
        case .string(let value):
            raw.pointee.kind_case = BESPOKE__V1__VALUE__KIND_STRING
            raw.pointee.string = try arena.text(value)
        case .strings(let members):
            raw.pointee.kind_case = BESPOKE__V1__VALUE__KIND_STRINGS
            let list = try arena.make(bespoke__v1__string_list__init)
            list.pointee.n_values = members.count
            list.pointee.values = try arena.texts(members)
            raw.pointee.strings = list
        case .timestamp(let value):
            raw.pointee.kind_case = BESPOKE__V1__VALUE__KIND_TIMESTAMP
            raw.pointee.timestamp = try arena.time(value, "timestamp")
        }
        return raw
    }

    private static var absent: WireError {
        .invalid(field: "value", problem: "is not set; set one member of bespoke.v1.Value")
    }

    private static func text(
        _ text: ProtobufCBinaryData, _ field: @autoclosure () -> String
    ) throws(WireError) -> String {
        guard text.len <= WireLimits.textBytesMax else {
            throw .invalid(
                field: field(), problem: "is \(text.len) bytes long; the limit is \(WireLimits.textBytesMax)")
        }
        let normal = try text.string(field()).normalForm
        guard normal.utf8.count <= WireLimits.textBytesMax else {
            throw .invalid(
                field: field(),
                problem:
                    "is \(normal.utf8.count) bytes long in Unicode's form NFC; the limit is \(WireLimits.textBytesMax)")
        }
        return normal
    }

    private static func members(
        _ list: UnsafeMutablePointer<Bespoke__V1__StringList>?
    ) throws(WireError) -> [String] {
        guard let list else { throw absent }
        let count = list.pointee.n_values
        guard count <= WireLimits.setMembersMax else {
            throw .invalid(field: "strings", problem: "has \(count) members; the limit is \(WireLimits.setMembersMax)")
        }
        var members: [String] = []
        members.reserveCapacity(count)
        for index in 0..<count {
            members.append(try text(list.pointee.values[index], "strings.values[\(index)]"))
        }
        return members
    }
}

extension AttributeValue: JSONWritable {
    /// The protobuf JSON form of `bespoke.v1.Value`.
    package var json: JSON {
        switch self {
        case .bool(let value): .object([.init("bool", .bool(value))])
        case .int(let value): .object([.init("int", .long(value))])
        case .double(let value): .object([.init("double", .number(value))])
        case .string(let value): .object([.init("string", .string(value))])
        case .strings(let value): .object([.init("strings", .object([.init("values", .texts(value))]))])
        case .timestamp(let value): .object([.init("timestamp", .time(value))])
        }
    }
}

extension JSONMembers.Item {
    /// A value in the protobuf form `{"int": "33"}`, or plainly.
    func attributeValue() throws(JSONError) -> AttributeValue {
        switch value {
        case .bool(let value): return .bool(value)
        case .string(let value): return .string(value)
        case .array: return .strings(try texts())
        case .number(let text):
            return text.contains { ".eE".contains($0) } ? .double(try double()) : .int(try integer())
        case .null: throw wrong("a value")
        case .object: break
        }
        let members = try JSONMembers(value, path).list
        guard members.count == 1, let member = members.first else {
            throw JSONError(
                place: path, problem: "must hold exactly one of bool, int, double, string, strings, timestamp")
        }
        switch member.name {
        case "bool":
            guard case .bool(let value) = member.value else { throw member.wrong("true or false") }
            return .bool(value)
        case "int": return .int(try member.integer())
        case "double": return .double(try member.double())
        case "string": return .string(try member.text())
        case "timestamp": return .timestamp(try member.timestamp())
        case "strings":
            guard case .object = member.value else { return .strings(try member.texts()) }
            let parts = try JSONMembers(member.value, member.path).list
            for part in parts where part.name != "values" { throw part.unknown(["values"]) }
            return .strings(try parts.first.map { (part) throws(JSONError) in try part.texts() } ?? [])
        default:
            throw member.unknown(["bool", "int", "double", "string", "strings", "timestamp"])
        }
    }
}
