internal import Synchronization

/// The event loops with what each works with, so that a new rule set reaches every loop and figures can be gathered from all.
package struct LoopRegistry: Sendable {
    /// Runs a closure on one event loop, with its state, or with nil once the loop has been shut down; calls it once.
    package typealias Loop = @Sendable (@escaping @Sendable (LoopState?) -> Void) -> Void

    private let loops: [Loop]

    /// - Precondition: There is a loop.
    package init(_ loops: [Loop]) {
        precondition(!loops.isEmpty, "decisions are made on event loops")
        self.loops = loops
    }

    package var count: Int { loops.count }

    /// Runs `body` on one of the loops.
    ///
    /// - Returns: nil when the loop has been shut down.
    package func onOne<Result: Sendable>(_ body: @escaping @Sendable (LoopState) -> Result) async -> Result? {
        await withCheckedContinuation { continuation in
            let loop = loops[0]
            loop { state in continuation.resume(returning: state.map(body)) }
        }
    }

    /// Runs `body` on each loop and returns when all have: afterwards no loop still works with what it saw before. A loop that has
    /// been shut down gives no result: nothing runs on it any more, so there is nothing to wait for.
    package func onEach<Result: Sendable>(_ body: @escaping @Sendable (LoopState) -> Result) async -> [Result] {
        await withCheckedContinuation { continuation in
            let gathering = Gathering(count: loops.count, continuation)
            for (index, loop) in loops.enumerated() {
                loop { state in gathering.add(state.map(body), of: index) }
            }
        }
    }
}

/// Results of all loops, handed over when the last has come.
private final class Gathering<Result: Sendable>: Sendable {
    private struct State {
        var results: [Result?]
        var missing: Int
    }

    private let state: Mutex<State>
    private let continuation: CheckedContinuation<[Result], Never>

    /// - Parameter count: At least one.
    init(count: Int, _ continuation: CheckedContinuation<[Result], Never>) {
        state = Mutex(State(results: [Result?](repeating: nil, count: count), missing: count))
        self.continuation = continuation
    }

    /// - Parameter result: nil for none.
    func add(_ result: Result?, of index: Int) {
        let all: [Result]? = state.withLock { state in
            state.results[index] = result
            state.missing -= 1
            return state.missing == 0 ? state.results.compactMap { $0 } : nil
        }
        if let all { continuation.resume(returning: all) }
    }
}
