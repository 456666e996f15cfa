import CEL
import Conditions
import Model
import Testing

/// Compiles without a rule set: conditions know names and slots, and nothing of campaigns.
@Suite struct ConditionCompilerTests {
    private struct Sample {
        let storage = TableStorage()
        var compiler: ConditionCompiler
        var environment = Environment()

        init() {
            var slots = SlotMap()
            slots.append(.missing, purposes: 0, at: ["visitor", "age"])
            slots.append(.missing, purposes: 0, at: ["visitor", "plan"])
            slots.append(.missing, purposes: 0, at: ["now"])
            compiler = ConditionCompiler(
                ConditionNames(segments: ["big", "small", "big"], lists: ["known"], icps: ["core"]), slots: slots,
                storage: storage)
            environment.declareObject(
                "visitor", fields: [.init(name: "age", type: .int), .init(name: "plan", type: .string)])
            environment.declareVariable("visitor", type: .object("visitor"))
            environment.declareVariable("now", type: .timestamp)
            environment.declareFunction(.init(name: "in_segment", parameters: [.string], result: .bool))
        }

        mutating func node(_ source: String) throws -> Node {
            let index = try compile(source)
            return compiler.nodes[index]
        }

        mutating func compile(_ source: String) throws -> Row<Node> {
            compiler.compile(try environment.check(source).get())
        }
    }

    @Test func `A comparison of a slot with a constant is one node, whichever way round it is written`() throws {
        var sample = Sample()
        let node = try sample.node("visitor.age > 30")
        #expect(node.operation == .compareInt && node.relation == .greater && node.a == 0)
        #expect(sample.compiler.nodes.constants[Row(node.b)].int == 30)
        #expect(try sample.compile("30 < visitor.age") == sample.compile("visitor.age > 30"))
        #expect(try sample.node("visitor.plan == 'gold'").operation == .textEquals)
        #expect(try sample.node("visitor.plan != 'gold'").operation == .not)
    }

    @Test func `Equal parts are one node, which remembers its verdict when it is dear`() throws {
        var sample = Sample()
        let part = "visitor.age > 1 && visitor.plan == 'gold'"
        let alone = try sample.compile(part)
        #expect(sample.compiler.nodes[alone].memo.isNone)
        let count = sample.compiler.nodes.nodes.count
        #expect(try sample.compile(part) == alone)
        #expect(sample.compiler.nodes.nodes.count == count && sample.compiler.nodes[alone].memo == Row(0))
        #expect(sample.compiler.nodes.memoCount == 1 && sample.compiler.programs.isEmpty)
    }

    @Test func `Names stand for rows, of equal names for the first`() throws {
        var sample = Sample()
        #expect(try sample.node("in_segment('small')").a == 1)
        #expect(try sample.node("in_segment('big')").a == 0)
        #expect(sample.compiler.names.lists == ["known": 0] && sample.compiler.names.icps == ["core": 0])
    }

    @Test func `What the nodes do not cover goes to the general evaluator, and only that`() throws {
        var sample = Sample()
        let node = try sample.node("visitor.age > 1 && [1, 2].exists(x, x == visitor.age)")
        #expect(node.operation == .all && node.b == 2)
        let children: [Row<Node>] = sample.compiler.nodes.rows(Run(first: node.a, count: node.b))
        #expect(children.map { sample.compiler.nodes[$0].operation } == [.compareInt, .general])
        #expect(sample.compiler.programs.count == 1)
    }

    @Test func `A pattern is compiled once for each place`() throws {
        var sample = Sample()
        #expect(try sample.node("visitor.plan.matches('^g')").operation == .matches)
        #expect(sample.compiler.patterns.count == 1)
    }

    @Test func `A query parameter gets a slot when it is first named`() {
        var slots = SlotMap()
        slots.append(Scalar(Int64(0)), purposes: 3, at: ["events", "demo", "count"])
        slots.append(.missing, purposes: 0, at: ["events", "demo", "count"])
        #expect(slots.slot(["events", "demo", "count"]) == Row(0), "Of two under one path the first is found.")
        #expect(slots.slot(["request", "query", "x"]) == Row(2) && slots.slot(["request", "query", "x"]) == Row(2))
        #expect(slots.slot(["request", "nothing"]) == nil && slots.slot(["visitor", "query", "x"]) == nil)
        #expect(slots.count == 3 && slots.queryKeys.map(\.name) == ["x"] && slots.purposeSets == [3, 0, 0])
    }

    @Test func `Constant times are exact or none`() throws {
        var sample = Sample()
        let node = try sample.node("now > timestamp('1970-01-01T00:00:01Z')")
        let constant = sample.compiler.nodes[Row(node.b)]
        #expect(constant.operation == .constant)
        #expect(sample.compiler.nodes.constants[Row(constant.a)].microseconds == 1_000_000)
        // Half a microsecond is no constant; the general evaluator compares it.
        #expect(try sample.node("now > timestamp('1970-01-01T00:00:00.0000005Z')").operation == .general)
    }

    @Test func `Equal texts of a table share an address, equal ones by bytes only`() {
        let storage = TableStorage()
        let first = storage.text("na\u{EF}ve")
        #expect(storage.text("na\u{EF}ve").start == first.start)
        let other = storage.text("nai\u{308}ve")
        #expect(other.start != first.start && other.count == first.count + 1)
        let rows = storage.buffer([7, 8] as [UInt32])
        #expect(Array(rows) == [7, 8] && storage.buffer([UInt32]()).baseAddress == nil)
    }
}
