package import Profiles
internal import Synchronization

/// Gives back the memory that writes have retired, the same way for every table that event loops read without waiting: it is freed once
/// every loop has run a task since, for no loop then still reads what was there before.
package final class Reclaiming: Sendable {
    /// After how many writes it is worth going round the loops.
    package static let writesPerRound = 1_000

    private let tables: [any RetiringTable]
    private let loops: LoopRegistry
    private let writes = Atomic<Int>(0)

    /// - Parameters:
    ///   - tables: That are read on loops, and nowhere else without their writers' lock.
    package init(_ tables: [any RetiringTable], on loops: LoopRegistry) {
        (self.tables, self.loops) = (tables, loops)
    }

    /// Counts writes; does not wait, for callers that hold a lock.
    ///
    /// - Parameter count: `writesPerRound` for what must not stay in memory, such as what was erased.
    package func note(_ count: Int) { writes.wrappingAdd(count, ordering: .relaxed) }

    /// Frees what has been retired once there have been enough writes.
    package func run() async {
        guard writes.load(ordering: .relaxed) >= Self.writesPerRound,
            writes.exchange(0, ordering: .relaxed) >= Self.writesPerRound
        else { return }
        let freeing = tables.compactMap { Self.taken(from: $0) }
        guard !freeing.isEmpty else { return }
        let reached = await loops.onEach { _ in true }
        // A loop that ends with the daemon is not waited for, nor is what it may be reading freed.
        guard reached.count == loops.count else { return }
        for free in freeing { free() }
    }

    private static func taken(from table: some RetiringTable) -> (() -> Void)? {
        let retired = table.takeRetired()
        return retired.isEmpty ? nil : { table.free(retired) }
    }
}
