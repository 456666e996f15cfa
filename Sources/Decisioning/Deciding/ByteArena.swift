internal import Model

/// Bytes that live until the next decision: decoded query parameters and rendered content.
///
/// Trivial: `deallocate()` frees it. Grows by blocks and keeps the largest, so that it soon stops allocating.
struct ByteArena: BitwiseCopyable {
    fileprivate struct Block: BitwiseCopyable {
        var next: UnsafeMutablePointer<Block>?
        var byteCount: Int
    }

    private var block: UnsafeMutablePointer<Block>
    private var used = 0
    private var total: Int

    private static let firstByteCount = 32 * 1024
    /// What all content of one decision may take. What goes beyond is left out.
    static let byteCountMax = 16 * 1024 * 1024

    init() {
        block = ByteArena.makeBlock(byteCount: ByteArena.firstByteCount, next: nil)
        total = ByteArena.firstByteCount
    }

    func deallocate() {
        var current: UnsafeMutablePointer<Block>? = block
        while let block = current {
            current = block.pointee.next
            UnsafeMutableRawPointer(block).deallocate()
        }
    }

    /// Frees everything for new use.
    mutating func reset() {
        used = 0
        guard let older = block.pointee.next else { return }
        var current: UnsafeMutablePointer<Block>? = older
        while let block = current {
            current = block.pointee.next
            UnsafeMutableRawPointer(block).deallocate()
        }
        block.pointee.next = nil
        total = block.pointee.byteCount
    }

    /// - Returns: Uninitialised bytes, or nil when the decision has used up its share.
    mutating func reserve(_ byteCount: Int) -> UnsafeMutablePointer<UInt8>? {
        if block.pointee.byteCount - used < byteCount {
            let wanted = max(byteCount, block.pointee.byteCount * 2)
            guard total + wanted <= ByteArena.byteCountMax else { return nil }
            block = ByteArena.makeBlock(byteCount: wanted, next: block)
            total += wanted
            used = 0
        }
        let start = bytes + used
        used += byteCount
        return start
    }

    /// Gives back the end of a reservation, if nothing was reserved since.
    mutating func giveBack(_ byteCount: Int, endingAt end: UnsafeMutablePointer<UInt8>) {
        if bytes + used == end { used -= byteCount }
    }

    /// How far the arena is used.
    struct Mark: BitwiseCopyable {
        fileprivate let block: UnsafeMutablePointer<Block>
        fileprivate let used: Int
    }

    var mark: Mark { Mark(block: block, used: used) }

    /// Frees what was reserved since.
    mutating func release(to mark: Mark) {
        while block != mark.block, let older = block.pointee.next {
            total -= block.pointee.byteCount
            UnsafeMutableRawPointer(block).deallocate()
            block = older
        }
        used = mark.used
    }

    private var bytes: UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(block + 1).assumingMemoryBound(to: UInt8.self)
    }

    private static func makeBlock(
        byteCount: Int, next: UnsafeMutablePointer<Block>?
    ) -> UnsafeMutablePointer<Block> {
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<Block>.stride + byteCount, alignment: MemoryLayout<Block>.alignment)
        let block = raw.bindMemory(to: Block.self, capacity: 1)
        block.initialize(to: Block(next: next, byteCount: byteCount))
        return block
    }
}
