internal import CXXHash

#if canImport(Glibc)
    internal import Glibc
#endif

/// Calls on files, with errors that name the path.
enum Files {
    private static let chunkBytes = 1 << 20
    /// After so many bytes what was copied is forced to disk, so that little waits when others force theirs.
    private static let bytesBetweenSyncs: UInt64 = 16 << 20

    /// What the last call on a path has failed with.
    static func problem(_ path: String) -> BackupError {
        let code = errno
        if code == ENOSPC || code == EDQUOT {
            return .folder(path: path, reason: "there is no space left; make room, or keep fewer generations")
        }
        return .folder(path: path, reason: String(cString: strerror(code)))
    }

    /// Names in a folder, sorted.
    static func names(in folder: String) throws(BackupError) -> [String] {
        guard let directory = opendir(folder) else { throw problem(folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file, or a folder with all in it; nothing happens when it is not there. Links are not followed.
    static func remove(_ path: String) throws(BackupError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw problem(path)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove(path + "/" + name) }
            guard rmdir(path) == 0 else { throw problem(path) }
        } else {
            guard unlink(path) == 0 else { throw problem(path) }
        }
    }

    /// Size, and time of the last change in nanoseconds since 1970.
    static func status(_ path: String) throws(BackupError) -> (bytes: UInt64, modified: Int64) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw problem(path) }
        return (UInt64(status.st_size), Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    }

    /// Bytes that a folder's file system has free for this user.
    static func freeBytes(_ folder: String) throws(BackupError) -> UInt64 {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { throw problem(folder) }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    /// Tries whether a folder's disk takes writes, and forces them to disk, by a file that is removed again.
    ///
    /// - Parameter bytesMin: For which there must be room.
    /// - Returns: What is wrong; nil when nothing is.
    static func writingProblem(_ folder: String, bytesMin: Int) -> String? {
        let path = folder + "/" + probeName
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return "\(path): \(String(cString: strerror(errno)))" }
        defer {
            close(file)
            unlink(path)
        }
        var code = posix_fallocate(file, 0, bytesMin)
        // Where it is not known, writing tells.
        if code == EOPNOTSUPP || code == EINVAL { code = 0 }
        let block = [UInt8](repeating: 0, count: 4_096)
        if code == 0, Glibc.write(file, block, block.count) != block.count || fsync(file) != 0 { code = errno }
        guard code != 0 else { return nil }
        let wanted = code == ENOSPC || code == EDQUOT ? "; \(bytesMin >> 20) MB are wanted" : ""
        return "\(folder): \(String(cString: strerror(code)))\(wanted)"
    }

    private static let probeName = "write-probe"

    /// The folder in which a path lies.
    static func above(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func makeFolder(_ path: String) throws(BackupError) {
        guard mkdir(path, 0o700) == 0 else { throw problem(path) }
    }

    static func read(_ path: String, bytesMax: Int) throws(BackupError) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try contents(path) { chunk throws(BackupError) in
            guard bytes.count + chunk.count <= bytesMax else {
                throw .damaged(path: path, reason: "it has more than \(bytesMax) bytes")
            }
            bytes += chunk
        }
        return bytes
    }

    /// Writes a file that is not there yet; it is on disk on return.
    static func write(_ path: String, _ bytes: [UInt8]) throws(BackupError) {
        try withNewFile(path) { file throws(BackupError) in
            try bytes.withUnsafeBufferPointer { bytes throws(BackupError) in
                try append(UnsafeRawBufferPointer(bytes), to: file, path)
            }
        }
    }

    /// Copies a file, time of change included; it is on disk on return.
    ///
    /// - Parameter pace: Is told of every chunk that has been copied; may wait, or throw to break it off.
    /// - Returns: XXH64 of the content.
    static func copy(
        _ source: String, to target: String, modified: Int64, pace: (Int) throws(BackupError) -> Void
    ) throws(BackupError) -> UInt64 {
        var hash: UInt64 = 0
        try withNewFile(target) { file throws(BackupError) in
            var sinceSync: UInt64 = 0
            hash = try contents(source) { chunk throws(BackupError) in
                try append(chunk, to: file, target)
                sinceSync += UInt64(chunk.count)
                if sinceSync >= bytesBetweenSyncs {
                    sinceSync = 0
                    guard fdatasync(file) == 0 else { throw problem(target) }
                }
                try pace(chunk.count)
            }
            let time = timespec(tv_sec: Int(modified / 1_000_000_000), tv_nsec: Int(modified % 1_000_000_000))
            guard futimens(file, [time, time]) == 0 else { throw problem(target) }
        }
        return hash
    }

    /// Forces the names in a folder to disk.
    static func sync(folder: String) throws(BackupError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw problem(folder) }
    }

    /// Hands out a file in chunks.
    ///
    /// - Returns: XXH64 of the content.
    static func contents(
        _ path: String, _ body: (UnsafeRawBufferPointer) throws(BackupError) -> Void
    ) throws(BackupError) -> UInt64 {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw problem(path) }
        defer { close(file) }
        guard let state = XXH64_createState() else { throw .folder(path: path, reason: "there is no memory left") }
        defer { XXH64_freeState(state) }
        XXH64_reset(state, 0)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(file, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw problem(path) }
            guard count > 0 else { return XXH64_digest(state) }
            let chunk = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            XXH64_update(state, chunk.baseAddress, chunk.count)
            try body(chunk)
        }
    }

    private static func withNewFile(
        _ path: String, _ body: (Int32) throws(BackupError) -> Void
    ) throws(BackupError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw problem(path) }
        defer { close(file) }
        try body(file)
        guard fsync(file) == 0 else { throw problem(path) }
    }

    private static func append(
        _ bytes: UnsafeRawBufferPointer, to file: Int32, _ path: String
    ) throws(BackupError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw problem(path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
