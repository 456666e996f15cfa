internal import Conditions
internal import Model

/// The time zones of this machine, laid out so that a decision looks up any visitor's zone without touching a file.
final class ZoneDatabase: @unchecked Sendable {
    // Sendable: immutable after `init`; the memory lives as long as the object, which is that of the process.

    static let shared = ZoneDatabase(ZoneCatalog.shared)
    static let empty = ZoneDatabase(ZoneCatalog(files: []))

    let table: ZoneTable
    private let storage = TableStorage()

    private init(_ catalog: ZoneCatalog) {
        var zones: [ZoneTable.Zone] = []
        var changes: [ZoneTable.Change] = []
        var names: [(text: BorrowedText, value: UInt32)] = []
        for zone in catalog.zones {
            names.append((storage.text(zone.name), UInt32(zones.count)))
            zones.append(ZoneTable.Zone(changes: Run(first: changes.count, count: zone.changes.count)))
            changes += zone.changes.map {
                ZoneTable.Change(from: $0.from, offsetSeconds: Int32(truncatingIfNeeded: $0.offsetSeconds))
            }
        }
        table = ZoneTable(
            names: TextIndex(names, in: storage), zones: storage.freeze(zones), changes: storage.freeze(changes))
        storage.endInterning()
    }
}
