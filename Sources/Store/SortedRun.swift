/// Many entries of one family, read where they stand: they are written to a file of their own, which then joins the others, instead
/// of twice, first to the log and then to a file.
package struct SortedRun: Sendable {
    /// A key or a value.
    package typealias Bytes = UnsafeBufferPointer<UInt8>

    /// Of its keys.
    package let family: StoreFamily
    /// Of keys and values, about.
    package let byteCount: Int
    /// Calls its argument with each entry until that returns false.
    package let forEach: @Sendable (_ body: (_ key: Bytes, _ value: Bytes) -> Bool) -> Void

    /// - Parameters:
    ///   - byteCount: Of keys and values, about.
    ///   - forEach: Calls its argument with each entry until that returns false; keys ascend byte by byte, each once. Called on
    ///     another thread, before the commit returns.
    /// - Precondition: There is an entry.
    package init(
        _ family: StoreFamily, byteCount: Int,
        forEach: @escaping @Sendable (_ body: (_ key: Bytes, _ value: Bytes) -> Bool) -> Void
    ) {
        self.family = family
        self.byteCount = byteCount
        self.forEach = forEach
    }
}
