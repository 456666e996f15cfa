import TestSupport
import CEL
import Testing

/// The same sources on every run. What matters is that nothing traps and that everything ends.
@Suite struct HostileSourceTests {
    private static let parts: [[UInt8]] = [
        "(", ")", "[", "]", "{", "}", "'", "\"", "'''", "\\", "\\u", "\\U0010ffff", "\\377", "`", ".", ",", ":", "?",
        "!",
        "-", "+", "*", "/", "%", "&&", "||", "==", "<", ">=", " in ", "//", "\n", "0x", "1e", "9223372036854775807",
        "18446744073709551615u", "1e308", "null", "true", "has(", ".map(x,", ".all(k, v,", ".exists(x,", "x", "b'",
        "r\"", "size(", "'%s%.9f%x'.format([", "duration('1h')", "timestamp('2026-01-01T00:00:00Z')", "é", "😬", "\u{0}",
        ".matches('(a*)*')", ".split('')", ".replace('', 'aa')", ".substring(", ".join('')", "math.greatest(",
        "ip('::1')", "cidr('10.0.0.0/8')", ".getHours('Europe/Paris')", "int(", "string(", "bytes(", "dyn(", "account.",
    ].map { Array($0.utf8) }

    private static func mutated(_ source: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = source
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let start = Int.random(in: 0...bytes.count, using: &generator)
            let end = min(bytes.count, start + Int.random(in: 0...8, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 2: bytes.insert(contentsOf: parts.randomElement(using: &generator) ?? [], at: start)
            default: if start < bytes.count { bytes[start] = UInt8.random(in: 0...255, using: &generator) }
            }
        }
        return bytes
    }

    private static let variables: [String: Outcome] = ["x": .value(.int(1)), "account": .unknown]

    /// - Returns: nil when the checker leaves the type open.
    private static func typeName(_ type: CELType) -> String? {
        switch type {
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .null: "null_type"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .list: "list"
        case .map: "map"
        case .type: "type"
        default: nil
        }
    }

    private static func exercise(_ source: String, _ limits: Limits) {
        let length = source.utf8.count
        switch Sample.environment.check(source, limits: limits) {
        case .success(let checked):
            // Checking must not change what an expression means, and finds the type that its value has.
            let outcome = Program(checked, limits: limits).evaluate(Bindings(variables))
            let unchecked = Program(checked.root, limits: limits).evaluate(Bindings(variables))
            #expect(Verdict(outcome) == Verdict(unchecked), "\(source)")
            if case .value(let value) = outcome {
                #expect(Self.typeName(checked.type).map { $0 == value.typeName } ?? true, "\(source): \(checked.type)")
            }
        case .failure(let failure):
            #expect(!failure.issues.isEmpty)
            #expect(failure.issues.allSatisfy { 0...length ~= $0.offset && !$0.message.isEmpty }, "\(source)")
        }
        // What the checker refuses is evaluated too: the evaluator does not rely on it.
        guard let root = try? Parser.parse(source, limits: limits) else { return }
        _ = Program(root, limits: limits).evaluate(Bindings(variables))
    }

    private static var limits: Limits {
        var limits = Limits()
        limits.stepsMax = 20_000
        limits.sizeMax = 20_000
        return limits
    }

    @Test func `Published expressions with random damage are refused or evaluated`() throws {
        var generator = SeededGenerator(seed: 20_261_123)
        for test in try ConformanceTests.cases() {
            for _ in 0..<15 {
                let bytes = Self.mutated(Array(test.expression.utf8), &generator)
                Self.exercise(String(decoding: bytes, as: UTF8.self), Self.limits)
            }
        }
    }

    @Test func `Random rows of tokens are refused or evaluated`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...16, using: &generator) {
                bytes += Self.parts.randomElement(using: &generator) ?? []
            }
            Self.exercise(String(decoding: bytes, as: UTF8.self), Self.limits)
        }
    }

    @Test func `Every beginning of a published expression is refused or evaluated`() throws {
        for test in try ConformanceTests.cases() where test.expression.utf8.count < 120 {
            for length in 0..<test.expression.utf8.count {
                Self.exercise(String(decoding: test.expression.utf8.prefix(length), as: UTF8.self), Self.limits)
            }
        }
    }
}
