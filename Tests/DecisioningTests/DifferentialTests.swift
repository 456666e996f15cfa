import TestSupport
import CEL
import Model
import Ruleset
import Testing

@Suite("Compiled conditions and a plain reading of them")
struct DifferentialTests {
    private static let texts = ["", "a", "b", "ab", "ba", "é", "aé", "z"]
    private static let integers: [Int64] = [0, 1, -1, 2, 7, .max, .min, 9_007_199_254_740_993]
    private static let doubles = [0.0, -0.0, 0.5, 1, -1.5, 7, 9_007_199_254_740_992, 1e300, 9.3e18]

    /// Writes random conditions over the attributes of `ConditionTests`.
    private struct Writer {
        var random: SeededGenerator

        mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &random)] }

        mutating func condition(_ depth: Int) -> String {
            guard depth > 0 else { return leaf() }
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1: return "(\(condition(depth - 1)) && \(condition(depth - 1)))"
            case 2, 3: return "(\(condition(depth - 1)) || \(condition(depth - 1)))"
            case 4: return "!(\(condition(depth - 1)))"
            case 5: return "(\(condition(depth - 1)) ? \(condition(depth - 1)) : \(condition(depth - 1)))"
            default: return leaf()
            }
        }

        private mutating func leaf() -> String {
            let relation = pick(["==", "!=", "<", "<=", ">", ">="])
            switch Int.random(in: 0..<14, using: &random) {
            case 0: return pick(["true", "false", "visitor.member"])
            case 1: return "has(visitor.\(pick(["age", "income", "name", "tags", "member", "born"])))"
            case 2, 3: return "\(integer(2)) \(relation) \(integer(2))"
            case 4, 5: return "\(double(2)) \(relation) \(double(2))"
            case 6: return "\(integer(1)) \(relation) \(double(1))"
            case 7: return "\(double(1)) \(relation) \(integer(1))"
            case 8: return "\(text()) \(relation) \(text())"
            case 9: return "\(text()) in [\(literal()), \(literal()), \(literal())]"
            case 10: return "\(text()) in visitor.tags"
            case 11: return "\(text()).\(pick(["startsWith", "endsWith", "contains"]))(\(text()))"
            case 12: return "between(\(integer(1)), \(integer(1)), \(integer(1)))"
            default: return "\(pick(["now", "visitor.born"])) \(relation) \(pick(["now", "visitor.born"]))"
            }
        }

        private mutating func integer(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 0 ? 6 : 3), using: &random) {
            case 0, 1: return "visitor.age"
            case 2: return pick(["0", "1", "7", "-1", "9007199254740993"])
            case 3: return "(\(integer(depth - 1)) \(pick(["+", "-", "*", "/", "%"])) \(integer(depth - 1)))"
            case 4: return "size(\(pick(["visitor.name", "visitor.tags"])))"
            default: return "-\("(" + integer(depth - 1) + ")")"
            }
        }

        private mutating func double(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 0 ? 5 : 3), using: &random) {
            case 0, 1: return "visitor.income"
            case 2: return pick(["0.0", "0.5", "7.0", "-1.5", "9007199254740992.0"])
            case 3: return "(\(double(depth - 1)) \(pick(["+", "-", "*", "/"])) \(double(depth - 1)))"
            default: return "double(\(integer(depth - 1)))"
            }
        }

        private mutating func literal() -> String { "\"\(pick(texts))\"" }
        private mutating func text() -> String { Bool.random(using: &random) ? "visitor.name" : literal() }
    }

    private static func inputs(_ random: inout SeededGenerator) -> (Harness.Inputs, [String: ReferenceEvaluator.Value])
    {
        var inputs = Harness.Inputs()
        var values: [String: ReferenceEvaluator.Value] = ["now": .time(1_795_168_800_000_000)]
        func isGiven() -> Bool { Int.random(in: 0..<4, using: &random) > 0 }
        func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &random)] }
        if isGiven() {
            let value = pick(integers)
            inputs.visitor["age"] = .int(value)
            values["visitor.age"] = .int(value)
        }
        if isGiven() {
            let value = pick(doubles + [.nan, .infinity, -.infinity])
            inputs.visitor["income"] = .double(value)
            values["visitor.income"] = .double(value)
        }
        if isGiven() {
            let value = pick(texts)
            inputs.visitor["name"] = .string(value)
            values["visitor.name"] = .text(value)
        }
        if isGiven() {
            let value = Bool.random(using: &random)
            inputs.visitor["member"] = .bool(value)
            values["visitor.member"] = .bool(value)
        }
        if isGiven() {
            let value = (0..<Int.random(in: 0..<4, using: &random)).map { _ in pick(texts) }
            inputs.visitor["tags"] = .strings(value)
            values["visitor.tags"] = .texts(value)
        }
        if isGiven() {
            let value = pick([Int64(0), 1_795_168_800_000_000, 1_795_168_800_000_001])
            inputs.visitor["born"] = .timestamp(Timestamp(microseconds: value))
            values["visitor.born"] = .time(value)
        }
        return (inputs, values)
    }

    /// What the general evaluator makes of the same.
    private func general(_ root: Expression, _ values: [String: ReferenceEvaluator.Value]) -> Truth {
        guard case .value(.bool(let value)) = Program(root).evaluate(ReferenceHost(values: values)) else {
            return .unknown
        }
        return Truth(value)
    }

    @Test("agree on random conditions and values", arguments: 0..<8 as Range<UInt64>)
    func agree(_ seed: UInt64) throws {
        var writer = Writer(random: SeededGenerator(seed: seed))
        var random = SeededGenerator(seed: ~seed)
        var counts: [Truth: Int] = [:]
        for _ in 0..<40 {
            let source = writer.condition(4)
            let harness = try ConditionTests.harness(source)
            let root = try #require(harness.ruleSet.grades?.mql?.expression.root)
            for _ in 0..<25 {
                let (inputs, values) = DifferentialTests.inputs(&random)
                let expected = ReferenceEvaluator(values: values).truth(of: root)
                let answer = try harness.decide(inputs)
                #expect(answer.isMQL == expected, "\(source) with \(values)")
                #expect(general(root, values) == expected, "\(source) with \(values)")
                counts[expected, default: 0] += 1
            }
        }
        // Each truth value must have been at stake.
        for truth in [Truth.no, .yes, .unknown] { #expect(counts[truth, default: 0] > 50) }
    }
}
