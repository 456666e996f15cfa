internal import CEL
internal import Model

/// A condition that the nodes do not cover.
struct GeneralProgram: Sendable {
    private let expression: Expression

    init(_ expression: Expression) { self.expression = expression }

    static func constant(_ function: String, _ argument: Expression) -> Scalar? { nil }
}

enum GeneralEvaluation {
    static func verdict(_ program: UInt32, _ evaluator: Evaluator) -> Verdict { .failed }
}
