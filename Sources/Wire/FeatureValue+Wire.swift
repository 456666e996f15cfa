internal import CBespokeProto
internal import Model

extension FeatureValue {
    /// Checks a value as sent; text stays where it is, a set's members are laid out in the arena.
    ///
    /// - Throws: `.invalid` naming the attribute, `.overBudget`.
    init(
        _ value: UnsafeMutablePointer<Bespoke__V1__Value>?, of entity: Entity, _ name: BorrowedText, arena: Arena
    ) throws(WireError) {
        func invalid(_ problem: String) -> WireError {
            .invalid(field: "\(entity.name)[\"\(String(name))\"]", problem: problem)
        }
        guard let value else { throw invalid("has no value; set one member of bespoke.v1.Value") }
        switch value.pointee.kind_case {
        case BESPOKE__V1__VALUE__KIND_BOOL:
            self.init(value.pointee.bool_ != 0)
        case BESPOKE__V1__VALUE__KIND_INT:
            self.init(value.pointee.int_)
        case BESPOKE__V1__VALUE__KIND_DOUBLE:
            guard !value.pointee.double_.isNaN else { throw invalid("is NaN; leave it out when it is not known") }
            self.init(value.pointee.double_)
        case BESPOKE__V1__VALUE__KIND_STRING:
            if let problem = Self.problem(of: value.pointee.string) { throw invalid(problem) }
            self.init(value.pointee.string.text)
        case BESPOKE__V1__VALUE__KIND_STRINGS:
            guard let list = value.pointee.strings else { throw invalid("has no members") }
            guard list.pointee.n_values <= WireLimits.setMembersMax else {
                throw invalid("has \(list.pointee.n_values) members; the limit is \(WireLimits.setMembersMax)")
            }
            guard let members = arena.allocate(BorrowedText.self, count: list.pointee.n_values) else {
                throw .overBudget(message: "\(DecideRequestView.name)", budgetBytes: arena.budgetBytes)
            }
            for index in 0..<members.count {
                let member = list.pointee.values[index]
                if let problem = Self.problem(of: member) { throw invalid("member \(index) " + problem) }
                members.initializeElement(at: index, to: member.text)
            }
            self.init(UnsafeBufferPointer(members))
        case BESPOKE__V1__VALUE__KIND_TIMESTAMP:
            guard let timestamp = value.pointee.timestamp else { throw invalid("has no timestamp") }
            self.init(try Timestamp(timestamp.pointee, "\(entity.name)[\"\(String(name))\"].timestamp"))
        default:
            throw invalid("has no value; set one member of bespoke.v1.Value")
        }
    }

    private static func problem(of text: ProtobufCBinaryData) -> String? {
        guard text.len <= WireLimits.textBytesMax else {
            return "is \(text.len) bytes long; the limit is \(WireLimits.textBytesMax)"
        }
        return text.textProblem?.rawValue
    }
}

extension Timestamp {
    /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. Source: google/protobuf/timestamp.proto.
    private static let seconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// - Throws: `.invalid` when it lies outside the years 1 to 9999 or its nanoseconds outside a second.
    init(_ message: Google__Protobuf__Timestamp, _ field: @autoclosure () -> String) throws(WireError) {
        guard Self.seconds.contains(message.seconds), (0...999_999_999).contains(message.nanos) else {
            throw .invalid(
                field: field(), problem: "lies outside the years 1 to 9999, or its nanos outside 0 to 999999999")
        }
        self.init(microseconds: message.seconds * 1_000_000 + Int64(message.nanos) / 1_000)
    }

    /// Whole seconds, rounded down, and the nanoseconds beyond them.
    var secondsAndNanos: (seconds: Int64, nanos: Int32) {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder >= 0
            ? (quotient, Int32(remainder) * 1_000) : (quotient - 1, Int32(remainder + 1_000_000) * 1_000)
    }
}
