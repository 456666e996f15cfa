package import Importing
package import Model
#if canImport(Glibc)
    internal import Glibc
#endif

/// The file that lists what is wrong with an import. It grows beside its place and takes it, whatever was there, at the end.
package final class RejectsFile {
    private let path: String
    private let growing: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isFinished = false

    private static let bufferBytesMax = 64 * 1_024

    /// - Parameter file: What is imported; it is not overwritten.
    /// - Throws: `Failure` naming the file.
    package init(_ path: String, besides file: FileReader) throws(Failure) {
        guard !file.isSame(path) else {
            throw Failure("INVALID_ARGUMENT", "\(path): is the file that is imported; name another for --rejects")
        }
        self.path = path
        growing = "\(path).part"
        descriptor = open(growing, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Files.failure(growing) }
        buffer += ImportText.rejectsHead.utf8
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(growing) }
    }

    /// Those that were found here.
    package func add(_ rejects: [ProfileCSV.Reject]) throws(Failure) {
        for reject in rejects {
            buffer += ImportText.rejectLine(reject).utf8
            if buffer.count > Self.bufferBytesMax { try flush() }
        }
    }

    /// Those that the daemon found.
    package func add(_ rejects: [ImportReject]) throws(Failure) {
        for reject in rejects { buffer += ImportText.rejectLine(reject).utf8 }
        try flush()
    }

    /// Forgets what was added: the file is read once more.
    package func restart() throws(Failure) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw Files.failure(growing) }
        buffer = Array(ImportText.rejectsHead.utf8)
    }

    /// Puts the file in its place.
    package func finish() throws(Failure) {
        try flush()
        guard rename(growing, path) == 0 else { throw Files.failure(path) }
        isFinished = true
    }

    /// Writes what is waiting, so that a full disk shows.
    package func flush() throws(Failure) {
        try Files.writeAll(buffer, descriptor, growing)
        buffer.removeAll(keepingCapacity: true)
    }
}
