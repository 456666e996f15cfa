internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// Finds the file that was meant by a path to none.
package enum Neighbours {
    private static let namesMax = 10_000

    /// - Parameter path: Of a file or folder that is not there.
    /// - Returns: The path of the nearest name in the same folder; nil when none is near. Blocks the thread.
    package static func nearest(to path: String) -> String? {
        let whole = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let cut = whole.lastIndex(of: "/")
        let folder = cut.map { String(whole[...$0]) } ?? ""
        let name = cut.map { String(whole[whole.index(after: $0)...]) } ?? whole
        guard let directory = opendir(folder.isEmpty ? "." : folder) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while names.count < namesMax, let entry = readdir(directory) {
            let found = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !found.hasPrefix(".") { names.append(found) }
        }
        return Spelling.nearest(to: name, among: names.sorted()).map { folder + $0 }
    }
}
