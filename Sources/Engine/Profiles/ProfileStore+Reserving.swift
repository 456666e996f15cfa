internal import Ledger
internal import Profiles
internal import Store
internal import Synchronization

/// Held by whoever changes something in memory before it is on disk, until it is in line, and by whoever takes it back: neither sees
/// half of the other.
final class ReservationLock: Sendable {
    private let mutex = Mutex<Void>(())

    func run(_ body: () -> Void) { mutex.withLock { _ in body() } }
}

extension ProfileStore {
    /// Runs `body`, which changes profiles and says so, with nobody else writing any; returns once that is on disk.
    ///
    /// What it changes counts at once: the next decision sees it. What the ledger refuses, now or later, is taken back before this throws.
    /// - Parameter body: When it throws, what it has done with the undo's help is taken back.
    /// - Throws: What `body` throws; `StoreError`, `EngineError`.
    func reserve<Value: Sendable>(
        _ body: (inout Changes, inout ProfileUndo) throws -> Value
    ) async throws -> Value {
        try checkLoaded()
        await turns.take()
        var result: Result<Value, any Error>?
        let writing = writing
        let outcome: Result<Void, StoreError> = await withCheckedContinuation { continuation in
            writing.run {
                var undo = ProfileUndo()
                do {
                    var changes = Changes(for: ledger)
                    result = .success(try body(&changes, &undo))
                    guard !changes.isEmpty else { return continuation.resume(returning: .success(())) }
                    try ledger.submit(changes, takeBack: { [undo] in writing.run(undo.run) }) {
                        continuation.resume(returning: $0)
                    }
                } catch {
                    undo.run()
                    result = .failure(error)
                    continuation.resume(returning: .success(()))
                }
            }
            turns.end()
        }
        try outcome.get()
        guard let result else { preconditionFailure("the body has run") }
        return try result.get()
    }
}
