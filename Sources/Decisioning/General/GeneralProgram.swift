internal import CEL
internal import Model

/// A condition that the nodes do not cover: decided by the general evaluator, which may allocate.
struct GeneralProgram: Sendable {
    private let program: Program

    init(_ expression: Expression) { program = Program(expression) }

    /// - Returns: The verdict, with what was lacking when it is unknown.
    func verdict(_ evaluator: Evaluator, _ names: GeneralNames) -> Verdict {
        let outer = evaluator.state.pointee.generalLack
        defer { evaluator.state.pointee.generalLack = outer }
        evaluator.state.pointee.generalLack = 0
        switch program.evaluate(GeneralHost(evaluator: evaluator, names: names)) {
        case .value(.bool(let value)): return Verdict(value)
        case .value, .failure: return .failed
        case .unknown: return Verdict(merging: evaluator.state.pointee.generalLack)
        }
    }

    /// - Returns: What `duration("…")` or `timestamp("…")` comes to, when microseconds hold it exactly.
    static func constant(_ function: String, of argument: Expression) -> Scalar? {
        let call = Expression(
            id: 0, offset: 0, kind: .call(function: function, target: nil, arguments: [argument]))
        switch Program(call).evaluate(NoHost()) {
        case .value(.timestamp(let moment)): return moment.microseconds.map { Scalar(Timestamp(microseconds: $0)) }
        case .value(.duration(let moment)): return moment.microseconds.map { Scalar(durationMicroseconds: $0) }
        default: return nil
        }
    }
}

/// What conditions name, for the general evaluator; the nodes have it resolved.
struct GeneralNames: Sendable {
    let slots: [[String]: UInt32]
    /// The paths that lead to slots, such as `request.utm`.
    let objects: Set<[String]>
    let segments: [String: UInt32]
    let lists: [String: UInt32]
    let icps: [String: UInt32]

    init(_ conditions: ConditionCompiler) {
        slots = conditions.slots.slots
        objects = Set(slots.keys.flatMap { path in path.indices.dropFirst().map { Array(path[..<$0]) } })
        segments = conditions.segments
        lists = conditions.lists
        icps = conditions.icps
    }
}

/// For expressions of constants only.
struct NoHost: Activation {
    func variable(_ name: String) -> Outcome? { nil }
    func field(_ path: [String]) -> Outcome { .unknown }
    func isPresent(_ path: [String]) -> Bool { false }
    func call(_ function: String, _ arguments: [Value]) -> Outcome? { nil }
}

extension Moment {
    /// nil when the moment lies between two microseconds or is too far away.
    var microseconds: Int64? {
        let (product, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !isTooFar, nanoseconds % 1_000 == 0 else { return nil }
        let (sum, overflow) = product.addingReportingOverflow(nanoseconds / 1_000)
        return overflow ? nil : sum
    }

    init(microseconds: Int64) {
        let seconds = microseconds.flooredQuotient(1_000_000)
        self.init(seconds: seconds, nanoseconds: (microseconds - seconds * 1_000_000) * 1_000)
    }
}
