internal import Glibc

/// The time zones of this machine: names of the IANA database with the changes of their clocks, read once.
///
/// Conditions, schedules, campaigns and imports all ask here, so that they take the same names: `Europe/Kyiv`, never `BST`, `GMT+3` or
/// whatever else a library may guess.
package final class ZoneCatalog: Sendable {
    /// Read at its first use, all of it, so that no decision touches a file.
    package static let shared = ZoneCatalog(folder: "/usr/share/zoneinfo")

    /// By name, in order; the first change of a zone holds from the beginning of time.
    package let zones: [(name: String, changes: [ZoneOffsets.Change])]
    private let places: [String: Int]

    private static let depthMax = 4
    /// Long before the first clock, in seconds.
    private static let beginning: Int64 = -(1 << 56)
    private static let fileByteCountMax = 256 * 1024
    /// `posix` and `right` repeat all zones, the latter with leap seconds; the others are this machine's own, or no place's.
    private static let passedOver: Set<String> = ["posix", "right", "localtime", "posixrules", "Factory"]

    /// - Parameter folder: Holds files in the Time Zone Information Format, named as the zones are.
    package convenience init(folder: String) {
        var files: [(name: String, bytes: [UInt8])] = []
        Self.collect(folder, below: "", depth: 0, into: &files)
        self.init(files: files)
    }

    /// - Parameter files: Those that are not in the format are left out.
    package init(files: [(name: String, bytes: [UInt8])]) {
        zones = files.sorted { $0.name < $1.name }.compactMap { file in
            TimeZoneFile(file.bytes).map { (file.name, $0.changes) }
        }
        places = Dictionary(zones.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    /// - Returns: The changes of the zone's clocks; nil when the database has no such name.
    package func changes(_ name: String) -> [ZoneOffsets.Change]? { places[name].map { zones[$0].changes } }

    /// - Returns: For turning what clocks show into times; nil when the database has no such name.
    package func offsets(_ name: String) -> ZoneOffsets? {
        guard let changes = changes(name) else { return nil }
        // What holds from the beginning of time is no change.
        let first = changes.prefix { $0.from < Self.beginning }
        return first.last.map {
            ZoneOffsets(offsetSeconds: $0.offsetSeconds, changes: Array(changes.dropFirst(first.count)))
        }
    }

    /// How far clocks there are ahead of UTC.
    ///
    /// - Parameter moment: Seconds since 1970.
    /// - Returns: nil when the database has no such name.
    /// - Complexity: O(log n) in the changes of the zone.
    package func offsetSeconds(_ name: String, at moment: Int64) -> Int64? {
        guard let changes = changes(name) else { return nil }
        var low = 0
        var high = changes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle].from <= moment { low = middle } else { high = middle }
        }
        return changes[low].offsetSeconds
    }

    private static func collect(
        _ folder: String, below prefix: String, depth: Int, into files: inout [(name: String, bytes: [UInt8])]
    ) {
        guard depth < depthMax, let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            guard !name.hasPrefix("."), depth > 0 || !passedOver.contains(name) else { continue }
            if entry.pointee.d_type == UInt8(DT_DIR) {
                collect("\(folder)/\(name)", below: "\(prefix)\(name)/", depth: depth + 1, into: &files)
            } else if let bytes = read("\(folder)/\(name)") {
                files.append(("\(prefix)\(name)", bytes))
            }
        }
    }

    /// - Returns: The file, when it begins as the format wants.
    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4)
        guard fread(&bytes, 1, 4, file) == 4, bytes.elementsEqual("TZif".utf8) else { return nil }
        var block = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count <= fileByteCountMax {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { return bytes }
            bytes += block[..<count]
        }
        return nil
    }
}
