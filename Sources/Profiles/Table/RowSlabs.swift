/// Memory for rows: blocks of equal size carved from slabs, in steps of four bytes, so that little is wasted.
///
/// Freed blocks wait for rows of the same size; slabs go back to the system with the table. Longer rows are allocated
/// singly.
struct RowSlabs: ~Copyable {
    private static let step = 4
    private static let slabBytes = 32_768
    /// Longer rows are allocated singly.
    static let slabRowBytesMax = 1_024

    private struct SizeClass {
        var free: UnsafeMutablePointer<UInt8>?
        var next: UnsafeMutablePointer<UInt8>?
        var remaining = 0
    }

    private var classes = [SizeClass](repeating: SizeClass(), count: slabRowBytesMax / step + 1)
    private var slabs: [UnsafeMutablePointer<UInt8>] = []
    private var singleBytes = 0

    deinit {
        for slab in slabs { slab.deallocate() }
    }

    var byteCount: Int { slabs.count * Self.slabBytes + singleBytes }

    /// - Returns: Memory of at least `count` bytes, at an address below 2^48.
    mutating func allocate(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        guard count <= Self.slabRowBytesMax else {
            singleBytes += count
            return Self.checked(.allocate(capacity: count))
        }
        let index = Self.sizeClass(count)
        if let block = classes[index].free {
            classes[index].free = Self.link(in: block).loadUnaligned(as: UnsafeMutablePointer<UInt8>?.self)
            return block
        }
        let size = index * Self.step
        if classes[index].remaining < size {
            let slab = Self.checked(.allocate(capacity: Self.slabBytes))
            slabs.append(slab)
            classes[index].next = slab
            classes[index].remaining = Self.slabBytes
        }
        guard let block = classes[index].next else { preconditionFailure("a size class with room has its slab") }
        classes[index].next = block + size
        classes[index].remaining -= size
        return block
    }

    /// - Precondition: The memory came from `allocate` with the same count, and nobody reads it any more.
    mutating func free(_ block: UnsafeMutablePointer<UInt8>, count: Int) {
        // What was erased is not left lying about in memory.
        block.update(repeating: 0, count: count)
        guard count <= Self.slabRowBytesMax else {
            singleBytes -= count
            block.deallocate()
            return
        }
        let index = Self.sizeClass(count)
        Self.link(in: block).storeBytes(of: classes[index].free, as: UnsafeMutablePointer<UInt8>?.self)
        classes[index].free = block
    }

    /// Free blocks of a class form a list through their own first eight bytes.
    private static func link(in block: UnsafeMutablePointer<UInt8>) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(block)
    }

    private static func sizeClass(_ count: Int) -> Int { max(8, count + step - 1) / step }

    /// Slots of the index keep 48 bits of an address: all that user space has on x86-64 and AArch64 unless a program
    /// asks for more. Source: Linux, Documentation/arch/x86/x86_64/5level-paging.rst, "User-space and large virtual
    /// address space".
    private static func checked(_ pointer: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        precondition(UInt(bitPattern: pointer) >> 48 == 0, "addresses have 48 bits")
        return pointer
    }
}
