internal import CBespokeProto
package import Model
internal import Wire

extension Explanation.Change: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Change>) throws(WireError) {
        let path = try raw.pointee.path.string("path")
        self.init(
            path: path, value: try decodedIfAny(raw.pointee.value, "value"),
            now: Explanation.Input(
                path: path, state: Explanation.InputState(wire: raw.pointee.now_state.rawValue) ?? .missing,
                value: try decodedIfAny(raw.pointee.now_value, "now_value")))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Change> {
        let raw = try arena.make(bespoke__v1__change__init)
        raw.pointee.path = try arena.text(path)
        if let value { raw.pointee.value = try value.raw(in: arena) }
        raw.pointee.now_state = Bespoke__V1__InputState(rawValue: numericCast(now.state.wireNumber))
        if let value = now.value { raw.pointee.now_value = try value.raw(in: arena) }
        return raw
    }
}

extension Explanation.Change: JSONWritable {
    package var json: JSON {
        var members: [JSON.Member] = [.init("path", .string(path))]
        if let value { members.append(.init("value", value.json)) }
        members.append(.init("nowState", .string(now.state.word)))
        if let value = now.value { members.append(.init("nowValue", value.json)) }
        return .object(members)
    }
}
