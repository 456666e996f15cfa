internal import Foundation

/// A disk that waits until it is let go.
package final class Gate: @unchecked Sendable {
    // Sendable: everything is read and written with the condition held.
    private let condition = NSCondition()
    private var isOpen: Bool
    private var standing = 0

    /// A gate, closed unless told otherwise.
    package init(isOpen: Bool = false) { self.isOpen = isOpen }

    /// Blocks until the gate is open.
    package func pass() {
        condition.withLock {
            standing += 1
            condition.broadcast()
            while !isOpen { condition.wait() }
            standing -= 1
        }
    }

    /// Whether somebody stands before it.
    package var isOccupied: Bool { condition.withLock { standing > 0 } }

    /// Blocks until somebody stands before it.
    package func waitForSomebody() { condition.withLock { while standing == 0 { condition.wait() } } }

    /// Lets pass whoever stands there, and whoever comes.
    package func open() {
        condition.withLock {
            isOpen = true
            condition.broadcast()
        }
    }

    /// Whoever comes waits.
    package func close() { condition.withLock { isOpen = false } }
}
