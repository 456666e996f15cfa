internal import Model

/// One entry of `bespoke.v1.Profile.features`, read in place. Source: profile.proto.
enum FeatureEntry {
    /// - Parameters:
    ///   - arena: Where the members of a set are laid out; texts stay where they are.
    ///   - entity: Whose attribute it is, for errors.
    /// - Throws: `.malformed` and `.overBudget`, which spoil the message; `.invalid`, which spoils the profile alone.
    @inline(__always)
    static func read(_ bytes: BorrowedText, of entity: Entity, arena: Arena) throws(WireError) -> BorrowedFeature {
        guard let (name, value) = usual(bytes), name.problem == nil else {
            return try readAny(bytes, entity, arena)
        }
        guard case .string = value.kind else { return BorrowedFeature(name: name, value: value) }
        let text = try AttributeEntry.checked(value.text, entity, name, arena)
        return BorrowedFeature(name: name, value: text.start == value.text.start ? value : Scalar(text))
    }

    /// Reads the form in which encoders write a small value without a time, each length in a byte: the name, then the feature,
    /// and in it the value.
    @inline(__always)
    private static func usual(_ bytes: BorrowedText) -> (name: BorrowedText, value: Scalar)? {
        guard let start = bytes.start, bytes.count >= 8, start[0] == 0x0a else { return nil }
        let nameCount = Int(start[1])
        let head = nameCount + 6
        guard nameCount < 0x80, head + 2 <= bytes.count else { return nil }
        let count = bytes.count - head
        let feature = start + nameCount + 2
        guard feature[0] == 0x12, Int(feature[1]) == count + 2, count + 2 < 0x80, feature[2] == 0x0a,
            Int(feature[3]) == count
        else { return nil }
        return AttributeEntry.usual(value: start + head, count: count)
            .map { (BorrowedText(start: start + 2, count: nameCount), $0) }
    }

    @inline(never)
    private static func readAny(
        _ bytes: BorrowedText, _ entity: Entity, _ arena: Arena
    ) throws(WireError) -> BorrowedFeature {
        var name = BorrowedText.empty
        var value = AttributeEntry()
        var time: (seconds: Int64, nanos: Int32)?
        do throws(AttributeEntry.Problem) {
            var reader = ProtoReader(bytes)
            while let field = try AttributeEntry.next(&reader) {
                switch field.number {
                case 1: name = try AttributeEntry.delimited(field)
                case 2: try readFeature(try AttributeEntry.delimited(field), &value, &time, arena)
                default: continue
                }
            }
        } catch {
            throw wireError(error, entity, name, arena)
        }
        if let problem = name.problem { throw .invalid(field: "\(entity.name): a name", problem: problem.rawValue) }
        let known = try value.named(name).value(of: entity, arena: arena)
        let observedAt = try time.map { (time) throws(WireError) in
            try Timestamp(seconds: time.seconds, nanos: time.nanos, "\(entity.name)[\"\(String(name))\"].observed_at")
        }
        return BorrowedFeature(name: name, value: known, observedAtSeconds: observedAt?.secondsAndNanos.seconds)
    }

    private static func readFeature(
        _ feature: BorrowedText, _ value: inout AttributeEntry, _ time: inout (seconds: Int64, nanos: Int32)?,
        _ arena: Arena
    ) throws(AttributeEntry.Problem) {
        var reader = ProtoReader(feature)
        while let field = try AttributeEntry.next(&reader) {
            switch field.number {
            case 1: try value.read(value: try AttributeEntry.delimited(field), arena)
            case 2:
                var read = time ?? (0, 0)
                try AttributeEntry.readTimestamp(try AttributeEntry.delimited(field), &read.seconds, &read.nanos)
                time = read
            default: continue
            }
        }
    }

    private static func wireError(
        _ problem: AttributeEntry.Problem, _ entity: Entity, _ name: BorrowedText, _ arena: Arena
    ) -> WireError {
        switch problem {
        case .malformed: .malformed(message: ImportRowsReader.message)
        case .overBudget: .overBudget(message: ImportRowsReader.message, budgetBytes: arena.budgetBytes)
        case .tooManyMembers(let count):
            AttributeEntry.invalid(
                entity, name.problem == nil ? name : .empty,
                "has \(count) members; the limit is \(WireLimits.setMembersMax)")
        }
    }
}
