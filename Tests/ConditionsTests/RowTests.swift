import Conditions
import Testing

@Suite("Rows and runs") struct RowTests {
    private struct Animal: BitwiseCopyable { let legs: Int }

    @Test func `A row takes four bytes, with room for none`() {
        #expect(MemoryLayout<Row<Animal>>.size == 4 && MemoryLayout<Row<Animal>>.stride == 4)
        #expect(MemoryLayout<Run<Animal>>.size == 8)
        #expect(Row<Animal>.none.isNone && !Row<Animal>(0).isNone && Row<Animal>(UInt32.max) == .none)
    }

    @Test func `What was not found is no row`() {
        let names = ["a", "b"]
        #expect(Row<Animal>(orNone: names.firstIndex(of: "b")) == Row(1))
        #expect(Row<Animal>(orNone: names.firstIndex(of: "c")).isNone)
        #expect(Row<Animal>(orNone: UInt32?.none).isNone && Row<Animal>(orNone: UInt32(3)).position == 3)
    }

    @Test func `A row leads into the table of its elements`() {
        let animals = [Animal(legs: 2), Animal(legs: 4), Animal(legs: 8)]
        #expect(animals[Row(2)].legs == 8)
        animals.withUnsafeBufferPointer { table in
            #expect(table[Row(1)].legs == 4)
            #expect(table.baseAddress?[Row(0)].legs == 2)
        }
    }

    @Test func `A run of rows reads them from the table of children, in order`() {
        let children: [UInt32] = [9, 2, 0, 1]
        children.withUnsafeBufferPointer { children in
            guard let start = children.baseAddress else { return }
            #expect(Array(Rows(Run<Row<Animal>>(first: 1, count: 2), in: start)) == [Row(2), Row(0)])
            #expect(Array(Rows(Run<Row<Animal>>(), in: start)).isEmpty)
        }
    }

    @Test func `A table of nodes gives back the runs that were put in, whatever they name`() {
        let names = ConditionNames(segments: [], lists: [], icps: [])
        var nodes = ConditionCompiler(names, slots: SlotMap(), storage: TableStorage()).nodes
        let animals: [Row<Animal>] = [Row(5), Row(3)]
        let first = nodes.run(animals)
        let second = nodes.run([Row<Node>(7)])
        #expect(nodes.rows(first) == animals && nodes.rows(second) == [Row<Node>(7)])
        #expect(nodes.children == [5, 3, 7])
    }

    @Test func `Equal rows are one key`() {
        let legs: [Row<Animal>: Int] = [Row(1): 2, Row(2): 4]
        #expect(legs[Row(2)] == 4 && legs[.none] == nil)
        #expect(Set([Row<Animal>(1), Row(1), Row(2)]).count == 2)
    }
}
