/// What an evaluation came to.
package enum Outcome: Sendable {
    case value(Value)
    case failure(EvaluationError)
    /// Something that is needed is not known.
    case unknown
}

/// Why an evaluation has no value.
package struct EvaluationError: Error, Sendable, Hashable, ExpressibleByStringInterpolation {
    /// UTF-8 bytes from the start of the source to the operator or function; nil when the host failed.
    package let offset: Int?
    package let message: String

    package init(offset: Int?, message: String) {
        self.offset = offset
        self.message = message
    }

    /// An error of the host.
    package init(stringLiteral message: String) {
        self.init(offset: nil, message: message)
    }
}

/// What the host knows: variables, structures, functions. Asked once per mention, on the thread that evaluates.
package protocol Activation {
    /// - Parameter name: Of a variable.
    /// - Returns: nil when there is no such variable; `object` of its name for a structure.
    func variable(_ name: String) -> Outcome?
    /// - Parameter path: Of a structure's field, such as `visitor`, `title`.
    func field(_ path: [String]) -> Outcome
    /// What `has` says of a structure's field.
    /// - Parameter path: As for `field`.
    func isPresent(_ path: [String]) -> Bool
    /// Calls a function beyond the standard library; never asked for one of that.
    ///
    /// - Returns: nil when the host has no such function for these arguments.
    func call(_ function: String, _ arguments: [Value]) -> Outcome?
}

/// Variables with given values, nothing else.
package struct Bindings: Activation {
    package var variables: [String: Outcome]

    package init(_ variables: [String: Outcome] = [:]) {
        self.variables = variables
    }

    /// The value of that name.
    package func variable(_ name: String) -> Outcome? { variables[name] }
    /// There are no structures.
    package func field(_ path: [String]) -> Outcome { .failure("`\(path.joined(separator: "."))` is not declared") }
    /// There are no structures.
    package func isPresent(_ path: [String]) -> Bool { false }
    /// There are no functions.
    package func call(_ function: String, _ arguments: [Value]) -> Outcome? { nil }
}
