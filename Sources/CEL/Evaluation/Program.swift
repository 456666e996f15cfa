/// An expression that can be evaluated, any number of times and from several threads at once.
package struct Program: Sendable {
    private let root: Node
    private let slotCount: Int
    private let limits: Limits

    /// An expression that was not checked, or a part of one.
    ///
    /// - Parameter resolvesDottedNames: Whether the host is asked for `a.b.c` as a variable, then `a.b`, then `a`.
    package init(_ root: Expression, limits: Limits = .default, resolvesDottedNames: Bool = false) {
        self.init(root, types: nil, limits, resolvesDottedNames)
    }

    /// A checked expression: its structures' fields are asked for directly.
    package init(_ checked: CheckedExpression, limits: Limits = .default) {
        self.init(checked.root, types: checked.types, limits, false)
    }

    private init(_ root: Expression, types: [CELType]?, _ limits: Limits, _ resolvesDottedNames: Bool) {
        var compiler = ProgramCompiler(types: types, resolvesDottedNames: resolvesDottedNames)
        self.root = compiler.node(root)
        slotCount = compiler.slotCount
        self.limits = limits
    }

    /// Evaluates; errors and unknowns are outcomes, nothing traps.
    ///
    /// - Complexity: Bounded by `Limits.stepsMax`, whose excess is a failure.
    package func evaluate(_ activation: some Activation) -> Outcome {
        var steps = limits.stepsMax
        return evaluate(activation, steps: &steps)
    }

    /// The same with fewer steps.
    ///
    /// - Parameter steps: How many there may be at most; afterwards how many are left, 0 when they did not suffice.
    package func evaluate(_ activation: some Activation, steps: inout Int) -> Outcome {
        var limits = limits
        limits.stepsMax = max(0, min(limits.stepsMax, steps))
        var evaluator = ProgramEvaluator(host: activation, slotCount: slotCount, limits: limits)
        let outcome = evaluator.run(root)
        steps -= limits.stepsMax - evaluator.stepsLeft
        return outcome
    }
}
