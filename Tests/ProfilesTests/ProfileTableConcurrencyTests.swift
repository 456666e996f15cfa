internal import TestSupport
internal import Model
internal import Profiles
internal import Synchronization
internal import Testing

/// Readers that never wait, beside a writer that replaces, deletes, grows and frees. Also run under the thread
/// sanitizer.
@Suite struct ProfileTableConcurrencyTests {
    private static let readerCount = 3
    private static let ids = (0..<400).map { Array("visitor-\($0)".utf8) }

    /// How many rounds each reader has ended: what the owner of a table learns by hopping onto every loop.
    private final class Rounds: Sendable {
        let ended: [Padded] = (0..<readerCount).map { _ in Padded() }
        let isWriterDone = Atomic(false)

        final class Padded: Sendable {
            let count = Atomic<Int>(0)
        }

        func waitForEachToEndOne() async {
            let before = ended.map { $0.count.load(ordering: .acquiring) }
            for (reader, count) in zip(ended, before) {
                while reader.count.load(ordering: .acquiring) <= count { await Task.yield() }
            }
        }
    }

    /// Every row that a reader sees is whole: its values belong to one write.
    private static func read(_ table: ProfileTable, reader: Int, rounds: Rounds) async -> (found: Int, torn: Int) {
        var random = SeededGenerator(seed: UInt64(reader) + 100)
        var found = 0
        var torn = 0
        var versions = [Int64](repeating: 0, count: ids.count)
        repeat {
            withUnsafeTemporaryAllocation(of: BorrowedText.self, capacity: ProfileRow.scratchMembersMax) { scratch in
                for _ in 0..<50 {
                    let index = random.below(ids.count)
                    ids[index].withUnsafeBufferPointer { id in
                        guard let row = table.find(id) else { return }
                        found += 1
                        var number: Int64 = -1
                        var isWhole = row.id.bytes.elementsEqual(id)
                        row.forEach(scratch: scratch) { attribute, value, _ in
                            switch value.kind {
                            case .int: number = value.int
                            case .string: isWhole = isWhole && value.text.bytes.elementsEqual("text \(number % 7)".utf8)
                            default:
                                isWhole = isWhole && value.texts.count == Int(number % 5)
                                isWhole = isWhole && value.texts.allSatisfy { $0.bytes.first == UInt8(ascii: "m") }
                            }
                        }
                        isWhole = isWhole && number >= versions[index]
                        versions[index] = max(versions[index], number)
                        if !isWhole { torn += 1 }
                    }
                }
            }
            rounds.ended[reader].count.add(1, ordering: .releasing)
            await Task.yield()
        } while !rounds.isWriterDone.load(ordering: .acquiring)
        rounds.ended[reader].count.store(.max, ordering: .releasing)
        return (found, torn)
    }

    private static func write(_ table: ProfileTable, rounds: Rounds) async throws {
        var random = SeededGenerator(seed: 7)
        for number in 1...20_000 as ClosedRange<Int64> {
            let id = String(decoding: ids[random.below(ids.count)], as: UTF8.self)
            if number.isMultiple(of: 11) {
                _ = try table.delete(id: id)
            } else {
                let members = (0..<number % 5).map { "member \($0)" }
                _ = try table.put(
                    ProfileChange(
                        id: id,
                        values: [
                            .init(attribute: 0, value: .int(number), observedAtSeconds: 0),
                            .init(attribute: 1, value: .string("text \(number % 7)"), observedAtSeconds: number),
                            .init(attribute: 2, value: .strings(members), observedAtSeconds: 0),
                        ]))
                // Others, so that partitions grow and dictionaries fill.
                _ = try table.put(ProfileChange(id: "other-\(number)", account: "account-\(number % 100)"))
            }
            if number.isMultiple(of: 200) {
                let retired = table.takeRetired()
                await rounds.waitForEachToEndOne()
                table.free(retired)
            }
        }
    }

    @Test func `Readers see whole rows, never older than before, while a writer changes everything`() async throws {
        let schema = try makeSchema([
            (name: "number", type: .int), (name: "text", type: .string), (name: "set", type: .strings),
        ])
        let table = makeTable(schema)
        let rounds = Rounds()
        try await withThrowingTaskGroup(of: (found: Int, torn: Int).self) { group in
            for reader in 0..<Self.readerCount {
                group.addTask { await Self.read(table, reader: reader, rounds: rounds) }
            }
            do {
                try await Self.write(table, rounds: rounds)
            } catch {
                rounds.isWriterDone.store(true, ordering: .releasing)
                throw error
            }
            rounds.isWriterDone.store(true, ordering: .releasing)
            for try await result in group {
                #expect(result.found > 0)
                #expect(result.torn == 0)
            }
        }
        table.free(table.takeRetired())
    }
}
