internal import CRocksDB

#if canImport(Glibc)
    internal import Glibc
#endif

extension Database {
    /// The file that a run is written to, in the database's folder, until it is one of the database's own.
    private static let incomingName = "incoming.sst"

    private var incomingPath: String { path + "/" + Self.incomingName }

    /// Removes what a process left behind that ended before it was done.
    func removeIncoming() {
        unlink(incomingPath)
    }

    /// Writes a run; it is on disk on return, whole, and after what was written before.
    func ingest(_ run: SortedRun) throws(Failure) {
        // What comes earlier must not be lost where this is kept: values make no sense without their schema.
        try sync()
        removeIncoming()
        defer { removeIncoming() }
        try write(run, to: incomingPath)
        let options = rocksdb_ingestexternalfileoptions_create()
        defer { rocksdb_ingestexternalfileoptions_destroy(options) }
        rocksdb_ingestexternalfileoptions_set_move_files(options, 1)
        var name = UnsafePointer(strdup(incomingPath))
        defer { free(UnsafeMutablePointer(mutating: name)) }
        try Self.checked { error in
            rocksdb_ingest_external_file_cf(handle, families[run.family.rawValue], &name, 1, options, error)
        }
    }

    private func write(_ run: SortedRun, to file: String) throws(Failure) {
        let databaseOptions = Self.makeOptions(options)
        defer { rocksdb_options_destroy(databaseOptions) }
        let environment = rocksdb_envoptions_create()
        defer { rocksdb_envoptions_destroy(environment) }
        let writer = rocksdb_sstfilewriter_create(environment, databaseOptions)
        defer { rocksdb_sstfilewriter_destroy(writer) }
        try Self.checked { error in rocksdb_sstfilewriter_open(writer, file, error) }
        var failure: Failure?
        run.forEach { key, value in
            do throws(Failure) {
                try Self.checked { error in
                    rocksdb_sstfilewriter_put(
                        writer, UnsafeRawPointer(key.baseAddress)?.assumingMemoryBound(to: CChar.self), key.count,
                        UnsafeRawPointer(value.baseAddress)?.assumingMemoryBound(to: CChar.self), value.count, error)
                }
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        try Self.checked { error in rocksdb_sstfilewriter_finish(writer, error) }
    }
}
