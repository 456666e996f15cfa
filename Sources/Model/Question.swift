/// What is to be decided, and for whom: everything that a request says, whichever door it came through.
///
/// Trivial views into memory of the door, such as its arena, valid until the question is answered. Texts are UTF-8 without NUL;
/// only names of attributes need not be, for one that is not declared is refused anyway, and one that is needs no check.
package struct Question: BitwiseCopyable {
    /// The longest text of a page view.
    package static let pageTextBytesMax = 8_192

    /// The request as it came: a decision's id is made of it, among others, so that the same request has the same id.
    package var bytes: UnsafeRawBufferPointer
    /// Empty for an anonymous visitor.
    package var visitorID: BorrowedText = .empty
    /// Empty when the visitor's profile, or a link, says which account.
    package var accountID: BorrowedText = .empty
    /// The time to decide for; nil for the present.
    package var now: Timestamp?
    /// Its texts have at most `pageTextBytesMax` bytes each.
    package var page: PageContext?
    /// Attributes that the request gives, by whose they are.
    package var visitor = UnsafeBufferPointer<NamedValue>(start: nil, count: 0)
    package var account = UnsafeBufferPointer<NamedValue>(start: nil, count: 0)
    package var request = UnsafeBufferPointer<NamedValue>(start: nil, count: 0)
    /// Purposes that the request grants and denies; one in both lists is denied.
    package var granted = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    package var denied = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    package var events = UnsafeBufferPointer<EventSummary>(start: nil, count: 0)
    /// Placements to decide; none for all.
    package var placements = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    /// Routes to decide; none for none.
    package var routes = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    /// Whether what is decided counts as shown.
    package var recordsExposure = false
    /// What is forced, if anything.
    package var preview: PreviewWishes?

    /// A question that asks for everything and says nothing.
    package init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The attributes of one entity.
    package subscript(entity: Entity) -> UnsafeBufferPointer<NamedValue> {
        get {
            switch entity {
            case .visitor: visitor
            case .account: account
            case .request: request
            }
        }
        set {
            switch entity {
            case .visitor: visitor = newValue
            case .account: account = newValue
            case .request: request = newValue
            }
        }
    }
}

/// An attribute as a request gives it.
package struct NamedValue: BitwiseCopyable {
    package var name: BorrowedText
    package var value: Scalar

    package init(name: BorrowedText, value: Scalar) {
        (self.name, self.value) = (name, value)
    }
}

/// How often somebody did something, as a request says.
package struct EventSummary: BitwiseCopyable {
    package var name: BorrowedText
    /// Not negative.
    package var count: Int64
    /// The last time; nil when it is not known.
    package var last: Timestamp?

    package init(name: BorrowedText, count: Int64, last: Timestamp?) {
        (self.name, self.count, self.last) = (name, count, last)
    }
}

/// What a request wants to see whatever the rules say.
package struct PreviewWishes: BitwiseCopyable {
    /// The secret that authorises it; empty when none was sent.
    package var token: BorrowedText = .empty
    package var segments = UnsafeBufferPointer<BorrowedText>(start: nil, count: 0)
    /// Arms by experiment.
    package var arms = UnsafeBufferPointer<TextPair>(start: nil, count: 0)
    /// By placement, as `CAMPAIGN/VARIANT`.
    package var variants = UnsafeBufferPointer<TextPair>(start: nil, count: 0)

    package init() {}
}
