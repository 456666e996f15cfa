#if canImport(Glibc)
    internal import Glibc
#endif

/// A folder that goes with its owner.
package final class TemporaryFolder: Sendable {
    /// Where it is.
    package let path: String

    /// Makes one below `TMPDIR`.
    package init() {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/bespoke-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { preconditionFailure("a temporary folder can be made in \(base)") }
        path = made
    }

    deinit {
        Self.remove(path)
    }

    /// What stands in it.
    package func names() -> [String] { Self.names(path) }

    /// What stands in a folder; nothing when it cannot be read.
    package static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        for name in names(path) { remove(path + "/" + name) }
        if rmdir(path) != 0 { unlink(path) }
    }
}

/// The bytes of a file; empty when it cannot be read.
package func readFile(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}

/// Writes a file anew.
package func writeFile(_ path: String, _ bytes: [UInt8]) {
    guard let file = fopen(path, "wb") else { preconditionFailure("\(path) can be written") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}
