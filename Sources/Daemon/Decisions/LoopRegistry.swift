internal import NIOCore

/// The event loops with what each works with, so that a new rule set reaches every loop and figures can be gathered from all.
struct LoopRegistry: Sendable {
    private let loops: [(loop: any EventLoop, state: NIOLoopBound<LoopState>)]

    /// - Parameter make: Called once on each loop.
    static func make(
        on group: any EventLoopGroup, _ make: @escaping @Sendable () -> LoopState
    ) async throws -> LoopRegistry {
        var loops: [(any EventLoop, NIOLoopBound<LoopState>)] = []
        for loop in group.makeIterator() {
            loops.append((loop, try await loop.submit { NIOLoopBound(make(), eventLoop: loop) }.get()))
        }
        return LoopRegistry(loops: loops)
    }

    private init(loops: [(any EventLoop, NIOLoopBound<LoopState>)]) {
        self.loops = loops
    }

    var count: Int { loops.count }

    /// - Precondition: Called on `loop`, and the registry was made on its group.
    func state(on loop: any EventLoop) -> LoopState {
        guard let found = loops.first(where: { $0.loop === loop }) else {
            preconditionFailure("every event loop of the group has its state")
        }
        return found.state.value
    }

    /// Runs `body` on one of the loops.
    ///
    /// - Throws: When the loop has been shut down.
    func onOne<Result: Sendable>(_ body: @escaping @Sendable (LoopState) throws -> Result) async throws -> Result {
        let (loop, state) = loops[0]
        return try await loop.submit { try body(state.value) }.get()
    }

    /// Runs `body` on each loop and returns when all have: afterwards no loop still works with what it saw before.
    func onEach<Result: Sendable>(_ body: @escaping @Sendable (LoopState) -> Result) async -> [Result] {
        let futures = loops.map { loop, state in loop.submit { body(state.value) } }
        var results: [Result] = []
        for future in futures {
            do {
                results.append(try await future.get())
            } catch {
                // The loop has been shut down: nothing runs on it any more, so there is nothing to wait for.
                continue
            }
        }
        return results
    }
}
