import Testing
import Wire

@Suite struct ArenaTests {
    @Test func `Memory is aligned, and no two pieces overlap`() throws {
        let arena = Arena(initialBytes: 128, budgetBytes: 1 << 20)
        var pieces: [(UnsafeMutableRawPointer, Int)] = []
        for byteCount in 0..<300 {
            let piece = try #require(arena.allocate(byteCount: byteCount))
            #expect(Int(bitPattern: piece) % 16 == 0)
            piece.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: byteCount), count: byteCount)
            pieces.append((piece, byteCount))
        }
        for (piece, byteCount) in pieces {
            let bytes = UnsafeRawBufferPointer(start: piece, count: byteCount)
            #expect(bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: byteCount) })
        }
    }

    @Test func `The budget holds to the byte and comes back with a reset`() {
        let arena = Arena(initialBytes: 16, budgetBytes: 160)
        for _ in 0..<10 { #expect(arena.allocate(byteCount: 16) != nil) }
        #expect(!arena.isExhausted)
        #expect(arena.allocate(byteCount: 1) == nil)
        #expect(arena.isExhausted)
        arena.reset()
        #expect(!arena.isExhausted)
        #expect(arena.allocate(byteCount: 160) != nil)
        #expect(arena.allocate(byteCount: 1) == nil)
    }

    @Test func `A size that overflows is refused`() {
        let arena = Arena(budgetBytes: 1 << 20)
        #expect(arena.allocate(byteCount: 1 << 62) == nil)
        #expect(arena.allocate(UInt64.self, count: .max) == nil)
        #expect(arena.allocate(byteCount: -1) == nil)
    }

    @Test func `After a reset the first chunk is used again`() {
        let arena = Arena(initialBytes: 1_024, budgetBytes: 1 << 20)
        let first = arena.allocate(byteCount: 64)
        _ = arena.allocate(byteCount: 100_000)
        arena.reset()
        #expect(arena.allocate(byteCount: 64) == first)
    }
}
