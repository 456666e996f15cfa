internal import CEL
internal import Conditions
internal import Model

/// Shows one decision's values to the general evaluator.
struct GeneralHost: Activation {
    let evaluator: Evaluator
    let names: GeneralNames

    func variable(_ name: String) -> Outcome? {
        switch name {
        case "engagement": return outcome(evaluator.certainEngagement())
        case "grade": return outcome(evaluator.certainGrade())
        case "persona": return outcome(evaluator.certainPersona())
        case "role": return outcome(evaluator.certainRole())
        case "stage": return outcome(evaluator.certainStage())
        default: break
        }
        if let slot = names.slots[[name]] { return outcome(evaluator.value(slot)) }
        return ["visitor", "account", "request", "events"].contains(name) ? .value(.object([name])) : nil
    }

    func field(_ path: [String]) -> Outcome {
        if let slot = names.slots[path] { return outcome(evaluator.value(slot)) }
        if path == ["request", "query"] { return evaluator.query() ?? lacking(.lacksData) }
        return names.objects.contains(path) ? .value(.object(path)) : lacking(.lacksData)
    }

    func isPresent(_ path: [String]) -> Bool {
        if let slot = names.slots[path] { return evaluator.value(slot).isKnown }
        return names.objects.contains(path)
    }

    func call(_ function: String, _ arguments: [Value]) -> Outcome? {
        switch (function, arguments.count) {
        case ("in_segment", 1):
            return row(arguments[0], names.segments) { outcome(evaluator.isInSegment($0).scalar) }
        case ("is_icp", 1):
            return row(arguments[0], names.icps) { outcome(evaluator.matches($0).scalar) }
        case ("fit", 1):
            return row(arguments[0], names.icps) { outcome(evaluator.certainFit($0)) }
        case ("in_list", 2):
            return row(arguments[0], names.lists) { list in
                scalar(arguments[1]).map { outcome(evaluator.isInList(list, $0).scalar) }
            }
        case ("between", 3):
            guard let value = scalar(arguments[0]), let low = scalar(arguments[1]), let high = scalar(arguments[2])
            else {
                return nil
            }
            return outcome(evaluator.isBetween(value, low, high).scalar)
        default: return nil
        }
    }

    private func row<Element>(
        _ name: Value, _ rows: [String: Row<Element>], _ body: (Row<Element>) -> Outcome?
    ) -> Outcome? {
        guard case .string(let name) = name, let row = rows[name] else { return nil }
        return body(row)
    }

    // MARK: Values

    /// Notes what is lacking, so that the verdict can tell.
    private func lacking(_ verdict: Verdict) -> Outcome {
        evaluator.state.pointee.generalLack |= verdict.bits
        return .unknown
    }

    private func outcome(_ scalar: Scalar) -> Outcome {
        switch scalar.kind {
        case .missing, .stale, .unconsented, .missingAndUnconsented: lacking(scalar.lack)
        case .failed: .failure("a computation failed")
        case .bool: .value(.bool(scalar.bool))
        case .int: .value(.int(scalar.int))
        case .double: .value(.double(scalar.double))
        case .string: .value(.string(scalar.text.string))
        case .strings: .value(.list(scalar.texts.map { .string($0.string) }))
        case .timestamp: .value(.timestamp(Moment(microseconds: scalar.microseconds)))
        case .duration: .value(.duration(Moment(microseconds: scalar.microseconds)))
        }
    }

    /// - Returns: The value as the nodes know it, its text in the arena; nil for what they do not know.
    private func scalar(_ value: Value) -> Scalar? {
        switch value {
        case .bool(let value): Scalar(value)
        case .int(let value): Scalar(value)
        case .uint(let value): Int64(exactly: value).map { Scalar($0) }
        case .double(let value): Scalar(value)
        case .string(let value): evaluator.kept(value).map { Scalar($0) }
        case .timestamp(let moment): moment.microseconds.map { Scalar(Timestamp(microseconds: $0)) }
        case .duration(let moment): moment.microseconds.map { Scalar(durationMicroseconds: $0) }
        default: nil
        }
    }
}

extension Evaluator {
    /// - Returns: A copy that lives until the next decision; nil when the decision has used up its memory.
    func kept(_ text: String) -> BorrowedText? {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return .empty }
            guard let target = state.pointee.arena.pointee.reserve(bytes.count) else { return nil }
            target.update(from: start, count: bytes.count)
            return BorrowedText(start: UnsafePointer(target), count: bytes.count)
        }
    }

    /// The parameters of the URL as a map, of a repeated one the first; nil without a URL.
    fileprivate func query() -> Outcome? {
        let url = state.pointee.slots[table.pointee.firstBuiltIn + BuiltIn.url.rawValue]
        guard url.kind == .string else { return nil }
        var entries: [(key: Expression, value: Expression)] = []
        var seen: Set<String> = []
        forEachParameter(ofURL: url.text) { name, value in
            guard charge(Work.ofParameter), let value = decoded(value), seen.insert(name.string).inserted else {
                return
            }
            entries.append((GeneralHost.literal(name.string), GeneralHost.literal(value.string)))
        }
        let map = Expression(id: 0, offset: 0, kind: .map(entries))
        return Program(map).evaluate(NoHost())
    }
}

extension GeneralHost {
    fileprivate static func literal(_ text: String) -> Expression {
        Expression(id: 0, offset: 0, kind: .literal(.string(text)))
    }
}
