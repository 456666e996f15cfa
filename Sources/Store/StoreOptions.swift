/// What background work of a store on disk may take.
package struct StoreOptions: Sendable {
    /// Of flushes and compactions together.
    package var backgroundBytesPerSecond = 64 << 20
    /// Whether files are put in order only after `DiskStore.allowCompaction`, so that a start has all cores for itself.
    package var defersCompaction = false

    /// The defaults.
    package init() {}
}
