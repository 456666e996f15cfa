/// The three truth values: a condition over missing, stale or unconsented data is unknown, never false.
///
/// Source: S. C. Kleene, Introduction to Metamathematics (1952), §64, strong three-valued logic.
package enum Truth: UInt8, BitwiseCopyable, Sendable, Hashable {
    case no
    case yes
    case unknown

    package init(_ value: Bool) { self = value ? .yes : .no }
}
