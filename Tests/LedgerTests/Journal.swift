internal import Ledger
internal import Store

/// A ledger over a store on disk, as a daemon has them.
struct Journal: Sendable {
    let store: DiskStore
    let ledger: Ledger

    static func open(path: String, options: LedgerOptions = LedgerOptions()) throws(StoreError) -> Journal {
        let store = try DiskStore.open(path: path)
        return Journal(store: store, ledger: Ledger(store, options: options))
    }

    var figures: LedgerFigures { ledger.figures }

    func commit(_ batch: StoreBatch) async throws(StoreError) { try await ledger.commit(batch) }
    func commit(_ run: SortedRun) async throws(StoreError) { try await ledger.commit(run) }
    func get(_ family: StoreFamily, key: [UInt8]) throws(StoreError) -> [UInt8]? { try ledger.get(family, key: key) }

    func scan(
        _ family: StoreFamily, from start: [UInt8]? = nil,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) {
        try ledger.scan(family, from: start, body)
    }

    func close() async { await ledger.close() }
}
