internal import Engine
internal import Model

/// Takes records, in their order, in batches.
protocol Sink: Sendable {
    /// Returns when the batch is where it belongs.
    ///
    /// - Throws: `SinkError` when it is not, or perhaps not; the same batch then comes again. `CancellationError`.
    func deliver(_ batch: Outbox.Batch) async throws
}

/// Why a sink did not take a batch.
struct SinkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
