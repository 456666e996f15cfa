internal import Engine
internal import NIOCore

/// Which event loop decides with what.
struct EventLoopStates: Sendable {
    private let loops: [(loop: any EventLoop, state: NIOLoopBound<LoopState>)]

    /// - Parameter make: Called once on each loop.
    static func make(
        on group: any EventLoopGroup, _ make: @escaping @Sendable () -> LoopState
    ) async throws -> EventLoopStates {
        var loops: [(any EventLoop, NIOLoopBound<LoopState>)] = []
        for loop in group.makeIterator() {
            loops.append((loop, try await loop.submit { NIOLoopBound(make(), eventLoop: loop) }.get()))
        }
        return EventLoopStates(loops: loops)
    }

    /// The loops as the engine sees them.
    var registry: LoopRegistry {
        LoopRegistry(
            loops.map { loop, state in
                { body in
                    loop.submit { body(state.value) }.whenFailure { _ in body(nil) }
                }
            })
    }

    /// - Precondition: Called on `loop`, and the states were made on its group.
    func state(on loop: any EventLoop) -> LoopState {
        guard let found = loops.first(where: { $0.loop === loop }) else {
            preconditionFailure("every event loop of the group has its state")
        }
        return found.state.value
    }
}
