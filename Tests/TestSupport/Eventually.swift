/// Waits for what other tasks bring about. It gives up when the test is cancelled, as its time limit does: what never comes must fail, not
/// keep a processor busy for as long as nobody looks.
///
/// - Returns: Whether it has come.
nonisolated(nonsending) package func eventually(_ holds: () -> Bool) async -> Bool {
    while !holds() {
        guard !Task.isCancelled else { return false }
        await Task.yield()
    }
    return true
}
