import CEL
import Conditions
import Matching
import Model
import Testing

/// Indexes built from conditions over three slots, without a rule set.
@Suite("Walks over an index") struct MatchWalkTests {
    private static let (age, plan, income, now) = (Row<Slot>(0), Row<Slot>(1), Row<Slot>(2), Row<Slot>(3))

    /// Conditions by row, compiled and filed.
    private final class Sample {
        let storage = TableStorage()
        let table: UnsafePointer<MatchTable>
        let index: MatchIndex
        private let cursors: UnsafeMutablePointer<MatchCursor>

        init(_ sources: [String], purposeSets: [UInt64] = [], starts: [Int: Int64] = [:]) throws {
            var slots = SlotMap()
            for name in ["age", "plan", "income"] { slots.append(.missing, purposes: 0, at: ["visitor", name]) }
            slots.append(.missing, purposes: 0, at: ["now"])
            var compiler = ConditionCompiler(
                ConditionNames(segments: ["old"], lists: [], icps: []), slots: slots, storage: storage)
            var environment = Environment()
            environment.declareObject(
                "visitor",
                fields: [
                    .init(name: "age", type: .int), .init(name: "plan", type: .string),
                    .init(name: "income", type: .double),
                ])
            environment.declareVariable("visitor", type: .object("visitor"))
            environment.declareFunction(.init(name: "in_segment", parameters: [.string], result: .bool))
            let segment = compiler.compile(try environment.check("visitor.age >= 60").get())
            let nodes = try sources.map { compiler.compile(try environment.check($0).get()) }
            var builder = MatchTableBuilder(
                compiler.nodes,
                MatchNames(segments: [segment], icps: [], kinds: [.int, .string, .double, .timestamp]),
                nowSlot: MatchWalkTests.now)
            let list = builder.add(
                nodes.enumerated().map { position, node in
                    MatchRow(
                        node: node, starts: starts[position] ?? .min,
                        purposeSets: position < purposeSets.count ? purposeSets[position] : 0)
                })
            let (made, indexes) = builder.build(in: storage)
            table = storage.freeze([made])
            index = indexes[list]
            cursors = .allocate(capacity: max(1, made.cursorCountMax))
        }

        deinit { cursors.deallocate() }

        /// The rows that a walk names, told after each what was found to be lacking so far.
        func rows(
            _ values: [Row<Slot>: Scalar], possible: UInt8 = 0, withheld: [Bool] = [false, false],
            lack: (UInt32) -> UInt8 = { _ in 0 }, reads: (UInt32) -> Bool = { _ in false }
        ) -> [UInt32] {
            let codes = (0..<table.pointee.coderCount).map { coder -> UInt16 in
                let row = table.pointee.coders[coder]
                return row.code(of: coder == 0 ? .failed : values[row.slot] ?? .missing)
            }
            var isUnread = [false, false]
            var known = codes
            known[0] = 0
            return known.withUnsafeBufferPointer { codes in
                withheld.withUnsafeBufferPointer { withheld in
                    isUnread.withUnsafeMutableBufferPointer { unread in
                        guard let codes = codes.baseAddress, let withheld = withheld.baseAddress,
                            let start = unread.baseAddress
                        else { return [] }
                        var walk = MatchWalk(
                            index, table, codes: codes, isWithheld: withheld, isUnread: start, possible: possible,
                            heap: cursors)
                        var rows: [UInt32] = []
                        var found: UInt8 = 0
                        while rows.count < 1_000 {
                            let row = walk.next(lack: found)
                            guard row != .max else { break }
                            rows.append(row)
                            found |= lack(row)
                            if reads(row) { start[1] = true }
                        }
                        return rows
                    }
                }
            }
        }
    }

    private static func text(_ text: StaticString) -> Scalar {
        Scalar(BorrowedText(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func int(_ value: Int64) -> Scalar { Scalar(value) }

    @Test func `Rows come in order, those that cannot hold are left out`() throws {
        let sample = try Sample([
            "visitor.plan == 'gold' && visitor.age > 30", "visitor.age < 18", "visitor.plan == 'lead'",
            "visitor.plan in ['gold', 'lead']", "visitor.plan != 'gold'", "true",
        ])
        let gold = Self.text("gold")
        #expect(sample.rows([Self.age: Self.int(31), Self.plan: gold]) == [0, 3, 5])
        #expect(sample.rows([Self.age: Self.int(30), Self.plan: gold]) == [3, 5])
        #expect(sample.rows([Self.age: Self.int(17), Self.plan: Self.text("lead")]) == [1, 2, 3, 4, 5])
        #expect(sample.rows([Self.age: Self.int(18), Self.plan: Self.text("none")]) == [4, 5])
    }

    @Test func `Negations go to the leaves`() throws {
        let sample = try Sample([
            "!(visitor.age >= 18 || visitor.plan == 'gold')", "!(visitor.age < 18 && visitor.plan != 'gold')",
            "!in_segment('old')", "in_segment('old')",
        ])
        #expect(sample.rows([Self.age: Self.int(17), Self.plan: Self.text("lead")]) == [0, 2])
        #expect(sample.rows([Self.age: Self.int(17), Self.plan: Self.text("gold")]) == [1, 2])
        #expect(sample.rows([Self.age: Self.int(60), Self.plan: Self.text("lead")]) == [1, 3])
    }

    @Test func `What is not a number is outside of every bound`() throws {
        let sample = try Sample([
            "visitor.income > 1.0", "visitor.income <= 1.0", "visitor.income != 1.0", "!(visitor.income < 1.0)",
            "visitor.income == 0.0",
        ])
        #expect(sample.rows([Self.income: Scalar(Double.nan)]) == [2, 3])
        #expect(sample.rows([Self.income: Scalar(-0.0)]) == [1, 2, 4])
        #expect(sample.rows([Self.income: Scalar(1.0)]) == [1, 3])
        #expect(sample.rows([Self.income: Scalar(Double.infinity)]) == [0, 2, 3])
    }

    @Test func `A row that cannot hold for want of a value is named while a lack is asked for that is not found yet`()
        throws
    {
        let sources = (0..<100).map { "visitor.plan == 'p\($0)' && visitor.age > \($0)" }
        let sample = try Sample(sources)
        let data = Verdict.lacksData.bits
        #expect(sample.rows([:]).isEmpty)
        #expect(sample.rows([:], possible: data, lack: { _ in data }) == [0])
        // Known not to hold by its age, or by its plan.
        #expect(sample.rows([Self.age: Self.int(50)], possible: data, lack: { _ in 0 }) == Array(0..<50))
        #expect(sample.rows([Self.plan: Self.text("p7")], possible: data, lack: { _ in 0 }) == [7])
        #expect(sample.rows([Self.plan: Self.text("p7"), Self.age: .unconsented], possible: data).isEmpty)
    }

    @Test func `Rows that may read what is withheld are named until one has`() throws {
        let sources = (0..<9).map { "visitor.plan == 'p\($0)'" }
        let sample = try Sample(sources, purposeSets: [0, 0, 2, 0, 2, 2, 0, 0, 0])
        let values = [Self.plan: Self.text("p7")]
        #expect(sample.rows(values) == [7])
        #expect(sample.rows(values, withheld: [false, true]) == [2, 4, 5, 7])
        #expect(sample.rows(values, withheld: [false, true], reads: { $0 == 4 }) == [2, 4, 7])
    }

    @Test func `What has not begun is left out, and more values than codes share some`() throws {
        let count = 31_000
        let sources = (0..<count).map { "visitor.age == \($0 * 2)" }
        let sample = try Sample(sources, starts: [3: 1_000])
        for age in [Int64(0), 6, 20_002, 61_998] {
            let values = [Self.age: Self.int(age), Self.now: Scalar(Timestamp(microseconds: 1_000))]
            let rows = sample.rows(values)
            #expect(rows.contains(UInt32(age / 2)) && rows.count <= 4)
        }
        let before = [Self.age: Self.int(6), Self.now: Scalar(Timestamp(microseconds: 999))]
        #expect(!sample.rows(before).contains(3))
    }
}
