internal import Ruleset

#if canImport(Glibc)
    package import Glibc
#endif

/// Files as commands read and write them.
package enum Files {
    private static let pieceBytes = 256 * 1_024

    /// The whole content of a file, or of standard input for `-`.
    ///
    /// - Throws: `Failure` naming the file.
    package static func content(_ path: String, bytesMax: Int) throws(Failure) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if path != "-" { close(descriptor) } }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        while true {
            let count = try read(descriptor, into: &piece, path)
            guard count > 0 else { return content }
            content += piece[..<count]
            guard content.count <= bytesMax else {
                throw Failure("RESOURCE_EXHAUSTED", "\(path): is larger than \(bytesMax) bytes")
            }
        }
    }

    /// Writes a file, in place of one that may be there.
    package static func replace(_ path: String, _ content: [UInt8]) throws(Failure) {
        let cut = path.lastIndex(of: "/")
        let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
        try write(content, to: cut.map { String(path[path.index(after: $0)...]) } ?? path, in: folder)
    }

    /// Writes a file that takes its place in one step, on disk before, whatever was there.
    package static func replaceWhole(_ path: String, _ content: [UInt8], mode: mode_t = 0o644) throws(Failure) {
        let growing = path + ".part"
        // One that was left behind keeps no mode of its own.
        guard unlink(growing) == 0 || errno == ENOENT else { throw failure(growing) }
        let descriptor = open(growing, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(growing) }
        defer { close(descriptor) }
        try writeAll(content, descriptor, growing)
        guard fsync(descriptor) == 0 else { throw failure(growing) }
        guard rename(growing, path) == 0 else { throw failure(path) }
    }

    /// Removes a file, if it is there.
    package static func remove(_ path: String) throws(Failure) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
    }

    /// - Returns: Nil when there is no such file.
    package static func contentIfThere(_ path: String, bytesMax: Int) throws(Failure) -> [UInt8]? {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        return try content(path, bytesMax: bytesMax)
    }

    /// Writes a new file below a folder, with the folders that lead to it.
    ///
    /// - Parameter relative: With `/`, checked by `isSafe`.
    package static func write(_ content: [UInt8], to relative: String, in folder: String) throws(Failure) {
        var directory = folder
        for part in relative.split(separator: "/").dropLast() {
            directory += "/" + part
            guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw failure(directory) }
        }
        let path = folder + "/" + relative
        // The folder was empty: whatever is there now was put there meanwhile, and is not followed or overwritten.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        do throws(Failure) {
            try writeAll(content, descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw failure(path) }
    }

    /// All of it, however often the system takes a part.
    package static func writeAll(_ content: [UInt8], _ descriptor: Int32, _ path: String) throws(Failure) {
        var written = 0
        while written < content.count {
            let count = content[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            written += count
        }
    }

    /// Makes a folder, or takes one that is there and empty.
    package static func makeEmptyFolder(_ path: String) throws(Failure) {
        if mkdir(path, 0o755) == 0 { return }
        guard errno == EEXIST, let directory = opendir(path) else { throw failure(path) }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name == "." || name == ".." else {
                throw Failure("ALREADY_EXISTS", "\(path): is not empty; name a folder that is empty or not there yet")
            }
        }
    }

    /// The path from the root.
    package static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    /// Whether a path stays below the folder that it is relative to.
    package static func isSafe(_ relative: String) -> Bool {
        let parts = relative.split(separator: "/", omittingEmptySubsequences: false)
        return !relative.utf8.contains(0) && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    /// - Returns: How many bytes came; 0 at the end.
    package static func read(_ descriptor: Int32, into piece: inout [UInt8], _ path: String) throws(Failure) -> Int {
        while true {
            let count = piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            if errno != EINTR { throw failure(path) }
        }
    }

    /// The system's words for what has just failed, and the name that was meant by one that is not there.
    package static func failure(_ path: String) -> Failure {
        let isMissing = errno == ENOENT
        let reason = String(cString: strerror(errno))
        let meant = isMissing ? Neighbours.nearest(to: path).map { "; did you mean `\($0)`?" } : nil
        return Failure("FAILED", "\(path): \(reason)\(meant ?? "")")
    }
}

/// A regular file that is read in pieces, from the beginning as often as needed.
package final class FileReader {
    /// As it was given.
    package let path: String
    package let byteCount: Int
    /// Since 1970.
    package var modifiedNanoseconds: Int64 {
        Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
    private let descriptor: Int32
    private let status: stat
    private var offset = 0
    private var piece = [UInt8](repeating: 0, count: 256 * 1_024)

    /// - Throws: `Failure` naming the file.
    package init(_ path: String) throws(Failure) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Files.failure(path) }
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        guard isKnown, status.st_mode & S_IFMT == S_IFREG else {
            let failure =
                isKnown ? Failure("FAILED", "\(path): is not a regular file") : Files.failure(path)
            close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        self.status = status
        byteCount = Int(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    /// 0 to 1.
    package var fraction: Double { byteCount == 0 ? 1 : Double(offset) / Double(byteCount) }

    /// Whether it was written to since it was opened.
    package var hasChanged: Bool {
        var now = stat()
        return fstat(descriptor, &now) != 0 || now.st_size != status.st_size
            || now.st_mtim.tv_sec != status.st_mtim.tv_sec || now.st_mtim.tv_nsec != status.st_mtim.tv_nsec
    }

    /// The first bytes; what is read next stays the same.
    package func head(byteCount: Int) throws(Failure) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: byteCount)
        var filled = 0
        while filled < byteCount {
            let count = head.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + filled, byteCount - filled, filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Files.failure(path) }
            if count == 0 { break }
            filled += count
        }
        return Array(head[..<filled])
    }

    /// Whether the path leads to this file.
    package func isSame(_ path: String) -> Bool {
        var other = stat()
        return stat(path, &other) == 0 && other.st_dev == status.st_dev && other.st_ino == status.st_ino
    }

    /// Reads from the beginning again.
    package func rewind() throws(Failure) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Files.failure(path) }
        offset = 0
    }

    /// Calls `body` with the next piece.
    ///
    /// - Returns: nil at the end.
    package func next<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) throws -> Result? {
        let count = try Files.read(descriptor, into: &piece, path)
        guard count > 0 else { return nil }
        offset += count
        return try piece.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[..<count])) }
    }
}
