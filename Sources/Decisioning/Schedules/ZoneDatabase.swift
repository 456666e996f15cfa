internal import Glibc
internal import Model

/// The time zones of this machine, read once.
///
/// Reading all of them when the first schedule is compiled lets a decision look up any visitor's zone without touching
/// a file.
final class ZoneDatabase: @unchecked Sendable {
    // Sendable: immutable after `init`; the memory lives as long as the object, which is that of the process.

    static let shared = ZoneDatabase(folder: "/usr/share/zoneinfo")
    static let empty = ZoneDatabase(files: [])

    let table: ZoneTable
    private let storage = TableStorage()

    private static let depthMax = 4
    private static let fileByteCountMax = 256 * 1024

    /// - Parameter folder: Holds files in the Time Zone Information Format, named as the zones are.
    convenience init(folder: String) {
        var files: [(name: String, bytes: [UInt8])] = []
        ZoneDatabase.collect(folder, below: "", depth: 0, into: &files)
        files.sort { $0.name < $1.name }
        self.init(files: files)
    }

    /// - Parameter files: Those that are not in the format are left out.
    init(files: [(name: String, bytes: [UInt8])]) {
        var zones: [ZoneTable.Zone] = []
        var changes: [ZoneTable.Change] = []
        var names: [(text: BorrowedText, value: UInt32)] = []
        for file in files {
            guard let zone = TimeZoneFile(file.bytes) else { continue }
            names.append((storage.text(file.name), UInt32(zones.count)))
            zones.append(ZoneTable.Zone(changes: Run(first: changes.count, count: zone.changes.count)))
            changes += zone.changes
        }
        table = ZoneTable(
            names: TextIndex(names, in: storage), zones: storage.freeze(zones), changes: storage.freeze(changes))
        storage.endInterning()
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
            // `posix` and `right` repeat all zones, the latter with leap seconds.
            guard !name.hasPrefix("."), depth > 0 || (name != "posix" && name != "right") else { continue }
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
