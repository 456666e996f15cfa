/// One value of a profile on its way in, its texts borrowed from the message.
public struct BorrowedFeature: BitwiseCopyable {
    /// UTF-8 without NUL, of any length.
    public let name: BorrowedText
    /// Known; its texts are UTF-8 without NUL and keep to the limits of value.proto.
    public let value: Scalar
    /// When it was learnt, rounded down; nil for the time of the write.
    public let observedAtSeconds: Int64?

    /// A value, by default learnt when it is written.
    public init(name: BorrowedText, value: Scalar, observedAtSeconds: Int64? = nil) {
        self.name = name
        self.value = value
        self.observedAtSeconds = observedAtSeconds
    }
}

/// A profile on its way in. Whoever hands it out says how long its bytes live.
package struct BorrowedProfile {
    package let entity: Entity
    /// UTF-8 without NUL, of any length.
    package let id: BorrowedText
    /// For a visitor: the id of their account; empty to leave it as it is.
    package let account: BorrowedText
    /// In the order sent; a name may stand twice.
    package let features: UnsafeBufferPointer<BorrowedFeature>

    package init(
        entity: Entity, id: BorrowedText, account: BorrowedText = .empty, features: UnsafeBufferPointer<BorrowedFeature>
    ) {
        self.entity = entity
        self.id = id
        self.account = account
        self.features = features
    }
}
