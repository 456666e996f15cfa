package import Ledger
internal import Model
package import Store

/// A ledger over a store on disk, as a daemon has them.
package struct Journal: Sendable {
    /// What is on disk.
    package let store: DiskStore
    /// What writes to it.
    package let ledger: Ledger

    /// Opens the store in a folder.
    package static func open(path: String, options: LedgerOptions = LedgerOptions()) throws(StoreError) -> Journal {
        let store = try DiskStore.open(path: path)
        return Journal(store: store, ledger: try Ledger(store, options: options))
    }

    /// As of the ledger.
    package var figures: LedgerFigures { ledger.figures }

    /// As of the ledger.
    package func commit(_ batch: StoreBatch) async throws(StoreError) { try await ledger.submit(Changes(rows: batch)) }
    /// As of the ledger.
    package func commit(_ run: SortedRun) async throws(StoreError) {
        try await ledger.submit(run, of: .visitor, count: 1)
    }
    /// As of the ledger.
    package func get(_ family: StoreFamily, key: [UInt8]) throws(StoreError) -> [UInt8]? {
        try ledger.get(family, key: key)
    }

    /// As of the ledger.
    package func scan(
        _ family: StoreFamily, from start: [UInt8]? = nil,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) {
        try ledger.scan(family, from: start, body)
    }

    /// As of the ledger.
    package func close() async { await ledger.close() }
}
