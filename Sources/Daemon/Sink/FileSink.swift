internal import Engine
internal import Store
internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// Appends records to a file as JSON lines, or as CSV when its name ends in `.csv`.
///
/// The file is opened by its name for each batch, so that it can be moved away at any time. What a crash or a full disk left of a line
/// is cut off before the next is written; its record comes again.
struct FileSink: Sink {
    let path: String

    private static let mode: mode_t = 0o640
    private static let tornLineBytesMax = 1 << 20

    func deliver(_ batch: Outbox.Batch) async throws {
        let outcome: Result<Void, SinkError> = await BackgroundThread.run { [self] in
            Result { () throws(SinkError) in try append(batch.records) }
        }
        try outcome.get()
    }

    private func append(_ records: [EventRecord]) throws(SinkError) {
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, Self.mode)
        guard file >= 0 else { throw failure("cannot be opened") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("cannot be looked at") }
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        let size = isRegular ? try mend(file, size: status.st_size) : 0
        let isCSV = path.hasSuffix(".csv")
        var text = isCSV && size == 0 ? EventRecord.csvHead : ""
        for record in records { text += isCSV ? record.csvLine : record.jsonLine }
        do throws(SinkError) {
            try write(Array(text.utf8), to: file)
            guard !isRegular || fsync(file) == 0 else { throw failure("cannot be forced to disk") }
        } catch {
            if isRegular { _ = ftruncate(file, size) }
            throw error
        }
    }

    /// Cuts off a last line that has no end.
    ///
    /// - Returns: The size of what stays.
    private func mend(_ file: Int32, size: off_t) throws(SinkError) -> off_t {
        guard size > 0 else { return 0 }
        let count = min(Int(size), Self.tornLineBytesMax)
        var tail = [UInt8](repeating: 0, count: count)
        guard pread(file, &tail, count, size - off_t(count)) == count else { throw failure("cannot be read") }
        guard tail.last != UInt8(ascii: "\n") else { return size }
        guard let end = tail.lastIndex(of: UInt8(ascii: "\n")) ?? (count == Int(size) ? -1 : nil) else {
            throw SinkError("\(path): ends in no line end; is it a file of ours?")
        }
        let whole = size - off_t(count) + off_t(end) + 1
        guard ftruncate(file, whole) == 0 else { throw failure("cannot be cut to whole lines") }
        return whole
    }

    private func write(_ bytes: [UInt8], to file: Int32) throws(SinkError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                Glibc.write(file, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw failure("cannot be written")
            }
            written += count
        }
    }

    private func failure(_ what: String) -> SinkError {
        SinkError("\(path): \(what): \(String(cString: strerror(errno)))")
    }
}
