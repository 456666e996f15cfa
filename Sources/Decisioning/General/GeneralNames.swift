internal import CEL
internal import Conditions
internal import Model
internal import Ruleset

extension Evaluator {
    /// Decides a condition that the nodes do not cover by the general evaluator, which may allocate.
    ///
    /// - Returns: The verdict, with what was lacking when it is unknown.
    func verdict(_ program: Program, _ names: GeneralNames) -> Verdict {
        let outer = state.pointee.generalLack
        defer { state.pointee.generalLack = outer }
        state.pointee.generalLack = 0
        return charged { steps in
            switch program.evaluate(GeneralHost(evaluator: self, names: names), steps: &steps) {
            case .value(.bool(let value)): Verdict(value)
            case .value, .failure: .failed
            case .unknown: Verdict(merging: state.pointee.generalLack)
            }
        }
    }
}

/// What conditions name, for the general evaluator; the nodes have it resolved.
struct GeneralNames: Sendable {
    let slots: [[String]: Row<Slot>]
    /// The paths that lead to slots, such as `request.utm`.
    let objects: Set<[String]>
    let segments: [String: Row<SegmentRow>]
    let lists: [String: Row<ListRow>]
    let icps: [String: Row<ICPRow>]

    init(_ conditions: ConditionCompiler) {
        slots = conditions.slots.slots
        objects = Set(slots.keys.flatMap { path in path.indices.dropFirst().map { Array(path[..<$0]) } })
        segments = conditions.names.segments.mapValues { Row($0) }
        lists = conditions.names.lists.mapValues { Row($0) }
        icps = conditions.names.icps.mapValues { Row($0) }
    }
}

extension ConditionNames {
    /// What the conditions of a rule set may name.
    init(_ ruleSet: RuleSet) {
        self.init(
            segments: ruleSet.segments.map(\.name), lists: ruleSet.lists.map(\.name), icps: ruleSet.icps.map(\.name))
    }
}

extension Moment {
    init(microseconds: Int64) {
        let seconds = microseconds.flooredQuotient(1_000_000)
        self.init(seconds: seconds, nanoseconds: (microseconds - seconds * 1_000_000) * 1_000)
    }
}
