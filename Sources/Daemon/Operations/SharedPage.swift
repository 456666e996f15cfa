internal import GRPC
internal import NIOCore

/// A page that costs something to make: made at most once a second in the long run, a few times at once, and once for all who ask
/// while it is made.
package actor SharedPage {
    private static let burst = 5

    private let make: @Sendable () async -> OperationsPages.Page
    private var budget: TokenBucket
    private var last: OperationsPages.Page?
    private var making: Task<OperationsPages.Page, Never>?

    /// - Parameter make: Asked for the page.
    package init(_ make: @escaping @Sendable () async -> OperationsPages.Page) {
        self.make = make
        budget = TokenBucket(perSecond: 1, burst: Self.burst, now: .now())
    }

    /// The page, perhaps of a second ago.
    package func page() async -> OperationsPages.Page {
        if let making { return await making.value }
        if let last, !budget.has(1, now: .now()) { return last }
        let making = Task { [make] in await make() }
        self.making = making
        let page = await making.value
        last = page
        self.making = nil
        return page
    }
}
