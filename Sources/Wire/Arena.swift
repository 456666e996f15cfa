internal import CBespokeProto

/// Memory for one request: allocation moves a cursor, everything is given back at once by `reset()`.
///
/// Owned by one event loop (or one call); not shared. protobuf-c decodes into it through `withAllocator`, so a message can
/// never take more than the budget, however much its wire bytes amplify (a repeated empty message is two bytes on the wire and
/// over a hundred in memory).
package final class Arena {
    /// What the C callbacks see; it lives at a fixed address.
    private struct State {
        var cursor: UnsafeMutableRawPointer
        var end: UnsafeMutableRawPointer
        var usedBytes: Int
        var budgetBytes: Int
        /// Set by a refused allocation, cleared by `reset()`.
        var isExhausted: Bool
        /// Chunks beyond the first, freed by `reset()`. Each starts with the address of the one before.
        var lastChunk: UnsafeMutableRawPointer?
    }

    private static let alignment = 16
    private static let chunkBytesMin = 64 * 1024

    private let first: UnsafeMutableRawPointer
    private let firstBytes: Int
    private let state: UnsafeMutablePointer<State>
    private let allocator: UnsafeMutablePointer<ProtobufCAllocator>

    /// - Parameters:
    ///   - initialBytes: Kept for the life of the arena; requests that fit into it never call malloc.
    ///   - budgetBytes: What the allocations between two resets may add up to.
    package init(initialBytes: Int = 64 * 1024, budgetBytes: Int) {
        precondition(initialBytes > 0 && budgetBytes >= 0, "an arena has a size and a budget")
        firstBytes = initialBytes
        first = .allocate(byteCount: initialBytes, alignment: Self.alignment)
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(
                cursor: first, end: first + initialBytes, usedBytes: 0, budgetBytes: budgetBytes, isExhausted: false,
                lastChunk: nil))
        allocator = .allocate(capacity: 1)
        allocator.initialize(
            to: ProtobufCAllocator(
                alloc: { data, byteCount in
                    guard let data else { return nil }
                    return Arena.allocate(data.assumingMemoryBound(to: State.self), byteCount: byteCount)
                },
                free: { _, _ in },
                allocator_data: UnsafeMutableRawPointer(state)))
    }

    deinit {
        freeChunks()
        first.deallocate()
        state.deallocate()
        allocator.deallocate()
    }

    /// Takes back everything; whatever points into the arena is invalid from here on.
    package func reset() {
        if state.pointee.lastChunk != nil { freeChunks() }
        state.pointee.cursor = first
        state.pointee.end = first + firstBytes
        state.pointee.usedBytes = 0
        state.pointee.isExhausted = false
    }

    /// Whether an allocation since the last reset was refused for want of budget.
    package var isExhausted: Bool { state.pointee.isExhausted }

    package var budgetBytes: Int { state.pointee.budgetBytes }

    /// - Returns: Memory aligned to 16 bytes, uninitialised, valid until the next reset; nil when the budget is spent.
    package func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
        Arena.allocate(state, byteCount: byteCount)
    }

    /// - Returns: Room for `count` values, uninitialised, valid until the next reset; nil when the budget is spent.
    /// - Precondition: `Value` is trivial and needs at most 16-byte alignment.
    package func allocate<Value: BitwiseCopyable>(
        _ type: Value.Type, count: Int
    ) -> UnsafeMutableBufferPointer<Value>? {
        guard count > 0 else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
        let (byteCount, overflow) = MemoryLayout<Value>.stride.multipliedReportingOverflow(by: count)
        guard !overflow, let memory = allocate(byteCount: byteCount) else { return nil }
        return UnsafeMutableBufferPointer(start: memory.bindMemory(to: Value.self, capacity: count), count: count)
    }

    /// Calls `body` with the allocator for protobuf-c; what it allocates lives until the next reset.
    func withAllocator<R, E: Error>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) throws(E) -> R) throws(E) -> R {
        try body(allocator)
    }

    private static func allocate(_ state: UnsafeMutablePointer<State>, byteCount: Int) -> UnsafeMutableRawPointer? {
        // Compared before rounding up: a size near the largest number must not overflow.
        guard byteCount >= 0, byteCount <= state.pointee.budgetBytes - state.pointee.usedBytes else {
            state.pointee.isExhausted = true
            return nil
        }
        let size = (byteCount + alignment - 1) & ~(alignment - 1)
        state.pointee.usedBytes += size
        let start = state.pointee.cursor
        if state.pointee.end - start >= size {
            state.pointee.cursor = start + size
            return start
        }
        let chunkBytes = max(chunkBytesMin, size + alignment)
        let chunk = UnsafeMutableRawPointer.allocate(byteCount: chunkBytes, alignment: alignment)
        chunk.storeBytes(of: state.pointee.lastChunk, as: UnsafeMutableRawPointer?.self)
        state.pointee.lastChunk = chunk
        state.pointee.cursor = chunk + alignment + size
        state.pointee.end = chunk + chunkBytes
        return chunk + alignment
    }

    private func freeChunks() {
        var chunk = state.pointee.lastChunk
        while let current = chunk {
            chunk = current.load(as: UnsafeMutableRawPointer?.self)
            current.deallocate()
        }
        state.pointee.lastChunk = nil
    }
}
