internal import Conditions
internal import Model

/// What one decision may work: a request's texts times the rules' conditions must not hold an event loop.
///
/// Counted, not timed, so that the same question has the same answer everywhere. A unit is what looking for a text in one byte takes, a
/// nanosecond or less; comparisons with constants are not counted, for they end at the first byte that differs.
enum Work {
    /// Some fifty milliseconds.
    static let max = 64 << 20
    /// Of whole words at once.
    static let comparedBytesOfUnit = 8
    /// A byte that a regular expression looks at.
    static let ofPatternByte = 4
    /// A text of several that is looked at.
    static let ofText = 8
    /// A step of the general evaluator, which allocates.
    static let ofStep = 128
    /// A parameter of a URL on its way into a map.
    static let ofParameter = 2_048
}

extension Evaluator {
    /// Whether the decision at hand would have taken more than it may: then it is none.
    var isOverBudget: Bool { state.pointee.workLeft < 0 }

    /// - Returns: Whether the work may be done. Once it may not, none may.
    @inline(__always)
    func charge(_ units: Int) -> Bool {
        state.pointee.workLeft -= units
        return state.pointee.workLeft >= 0
    }

    /// Lets the general evaluator take what is left.
    func charged(_ body: (inout Int) -> Verdict) -> Verdict {
        let before = state.pointee.workLeft / Work.ofStep
        guard before > 0 else {
            state.pointee.workLeft = -1
            return .failed
        }
        var steps = before
        let verdict = body(&steps)
        // What it asked of the host has been charged meanwhile.
        state.pointee.workLeft -= (before - steps) * Work.ofStep
        if steps == 0 { state.pointee.workLeft = -1 }
        return verdict
    }
}
