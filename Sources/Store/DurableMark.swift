#if canImport(Glibc)
    internal import Glibc
#endif

/// Beside a journal, the number of the last change that was acknowledged: a journal that has lost its end, or all of itself, looks like one
/// that never had more.
///
/// It is written after what it tells of is on disk, and never forced there itself: after the death of the machine it tells of less.
package struct DurableMark: Sendable {
    private static let digits = 20

    /// Where it lies.
    package let path: String

    /// A mark that may not be there yet.
    package init(path: String) { self.path = path }

    /// The number; nil when there is none, or none that can be read.
    package var number: UInt64? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.digits)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count == bytes.count else { return nil }
        return UInt64(String(decoding: bytes, as: UTF8.self))
    }

    /// Makes the mark tell of a number. A disk that refuses keeps the one before, which tells of less.
    package func write(_ number: UInt64) {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let text = "\(number)"
        // One write, of the same length always: it is there, or the one before is.
        let line = String(repeating: "0", count: Self.digits - text.utf8.count) + text + "\n"
        _ = line.withCString { pwrite(file, $0, line.utf8.count, 0) }
    }

    /// Forgets it: what is beside it now is not what it told of.
    package func remove() { unlink(path) }

    /// What to say of a journal that ends too soon.
    ///
    /// - Parameter last: The number of its last change.
    /// - Returns: nil when nothing is missing.
    package func missing(after last: UInt64) -> String? {
        guard let number, number > last else { return nil }
        return
            "the journal lacks changes that were acknowledged: it ends at change \(last), \(number) was on disk. Put the newest backup in its place (bespoked restore --replace FOLDER), or remove \(path) and start again to go on without them"
    }
}
