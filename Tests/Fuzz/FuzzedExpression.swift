internal import CEL

/// An expression, checked, then evaluated with values of every kind: known, null, failed and unknown.
enum FuzzedExpression {
    static func evaluate(_ bytes: [UInt8]) {
        guard let source = String(validating: bytes, as: UTF8.self) else { return }
        guard case .success(let checked) = environment.check(source) else { return }
        for host in [Host(isKnown: true), Host(isKnown: false)] {
            _ = Program(checked).evaluate(host)
            _ = Program(checked.root, resolvesDottedNames: true).evaluate(host)
        }
    }

    private static let values: [(name: String, type: CELType, value: Value)] = [
        ("now", .timestamp, .timestamp(Moment(seconds: 1_795_000_000, nanoseconds: 5))),
        ("wait", .duration, .duration(Moment(seconds: -3_601, nanoseconds: 1))),
        ("text", .string, .string("é\u{301}𝒳 A,b %s")), ("data", .bytes, .bytes([0, 255, 195])),
        ("flag", .bool, .bool(true)), ("i", .int, .int(.min)), ("u", .uint, .uint(.max)),
        ("d", .double, .double(.nan)), ("z", .null, .null),
        ("numbers", .list(.int), .list([.int(0), .int(.max), .int(-1)])),
        ("mixed", .list(.dyn), .list([.int(1), .double(1), .uint(1), .string("1"), .null, .list([.bool(false)])])),
        ("texts", .map(key: .string, value: .string), .map(map([("a", .string("x")), ("", .string("y"))]))),
        ("any", .dyn, .map(map([("n", .null), ("l", .list([.double(-0.0), .bytes([1])]))]))),
    ]

    private static func map(_ entries: [(key: String, value: Value)]) -> MapValue {
        entries.reduce(into: MapValue()) { _ = $0.insert(.string($1.key), $1.value) }
    }

    private static let environment: Environment = {
        var environment = Environment()
        for (name, type, _) in values { environment.declareVariable(name, type: type) }
        environment.declareVariable("lost", type: .dyn)
        environment.declareVariable("broken", type: .int)
        environment.declareObject(
            "visitor",
            fields: [
                Environment.Field(name: "age", type: .int, unit: "years"),
                Environment.Field(name: "name", type: .string),
            ])
        environment.declareFunction(Environment.Function(name: "in_segment", parameters: [.string], result: .bool))
        return environment
    }()

    private struct Host: Activation {
        let isKnown: Bool

        func variable(_ name: String) -> Outcome? {
            switch name {
            case "visitor": .value(.object([name]))
            case "broken": .failure("it is broken")
            case "lost": .unknown
            default: values.first { $0.name == name }.map { isKnown ? .value($0.value) : .unknown }
            }
        }

        func field(_ path: [String]) -> Outcome {
            path == ["visitor", "age"] && isKnown ? .value(.int(33)) : .unknown
        }

        func isPresent(_ path: [String]) -> Bool { isKnown }

        func call(_ function: String, _ arguments: [Value]) -> Outcome? {
            function == "in_segment" ? (isKnown ? .value(.bool(true)) : .unknown) : nil
        }
    }
}
