internal import CMalloc

/// Gives memory back to the system that a burst of connections, an import or a push has freed: the allocator keeps it for itself.
package struct HeapTrim {
    /// Less is not worth a walk through the heap.
    private static let bytesMin = 32 << 20

    /// Free when it was trimmed last, and since then at the least: what was given back counts as free, too.
    private var known = 0

    package init() {}

    /// - Parameter free: Bytes that the allocator holds and nobody uses.
    /// - Returns: Whether so much has become free that it is to be given back.
    package mutating func isDue(free: Int) -> Bool {
        known = min(known, free)
        guard free - known >= Self.bytesMin else { return false }
        known = free
        return true
    }

    /// Looks, and gives back what is worth it.
    mutating func run() {
        if isDue(free: Int(mallinfo2().fordblks)) { malloc_trim(0) }
    }
}
