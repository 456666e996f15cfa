import CEL

/// What the unit tests share.
enum Sample {
    /// `account.employees` counts people, `visitor` has a nested structure, `now` is a variable.
    static let environment: Environment = {
        var environment = Environment()
        environment.declareObject(
            "Account",
            fields: [
                .init(name: "employees", type: .int, unit: "people"),
                .init(name: "industry", type: .string),
                .init(name: "revenue", type: .double, unit: "EUR"),
                .init(name: "tags", type: .list(.string)),
            ])
        environment.declareObject("Visitor", fields: [.init(name: "account", type: .object("Account"))])
        environment.declareVariable("account", type: .object("Account"))
        environment.declareVariable("visitor", type: .object("Visitor"))
        environment.declareVariable("now", type: .timestamp)
        environment.declareFunction(.init(name: "in_segment", parameters: [.string], result: .bool))
        return environment
    }()

    /// - Returns: What the checker says is wrong; empty when nothing is.
    static func issues(_ source: String, _ environment: Environment = environment) -> [ExpressionIssue] {
        switch environment.check(source) {
        case .success: []
        case .failure(let issues): issues.issues
        }
    }

    /// - Returns: The issue of a source that cannot be parsed; nil when it can.
    static func syntaxIssue(_ source: String, _ limits: Limits = .default) -> ExpressionIssue? {
        do {
            _ = try Parser.parse(source, limits: limits)
            return nil
        } catch {
            return error.issues.first
        }
    }

    static func evaluate(
        _ source: String, _ variables: [String: Outcome] = [:], _ limits: Limits = .default
    ) throws -> Outcome {
        Program(try Parser.parse(source, limits: limits), limits: limits).evaluate(Bindings(variables))
    }
}

/// An outcome without the words of its error, to be compared.
enum Verdict: Equatable, CustomStringConvertible {
    case value(Value)
    case failure
    case unknown

    init(_ outcome: Outcome) {
        switch outcome {
        case .value(let value): self = .value(value)
        case .failure: self = .failure
        case .unknown: self = .unknown
        }
    }

    /// Values are the same when they are equal and of the same types all the way down; NaN is the same as NaN.
    static func == (left: Verdict, right: Verdict) -> Bool {
        switch (left, right) {
        case (.value(let a), .value(let b)): isSame(a, b)
        case (.failure, .failure), (.unknown, .unknown): true
        default: false
        }
    }

    private static func isSame(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.double(let a), .double(let b)): (a.isNaN && b.isNaN) || (a == b && a.sign == b.sign)
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1) }
        case (.map(let a), .map(let b)):
            a.count == b.count
                && zip(a.entries, b.entries).allSatisfy { isSame($0.key, $1.key) && isSame($0.value, $1.value) }
        default: left.typeName == right.typeName && left == right
        }
    }

    var description: String {
        switch self {
        case .value(let value): "\(value)"
        case .failure: "failure"
        case .unknown: "unknown"
        }
    }
}
