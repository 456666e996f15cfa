internal import CRocksDB

/// An open RocksDB with its column families; closed when the last reference goes, so never before an iterator.
///
/// RocksDB's handles may be used from any thread at once (rocksdb/db.h, "Thread safety"); the options are not changed
/// after `init`. Hence `@unchecked Sendable`.
final class Database: @unchecked Sendable {
    let handle: OpaquePointer
    let path: String
    /// By raw value of `StoreFamily`; nil only where a database that is open for reading lacks the family.
    let families: [OpaquePointer?]
    private let defaultFamily: OpaquePointer
    private let readOptions: OpaquePointer
    private let syncedWrite: OpaquePointer
    private let unsyncedWrite: OpaquePointer
    let options: StoreOptions
    let isReadOnly: Bool

    /// What RocksDB says when a call fails.
    struct Failure: Error {
        let message: String
    }

    /// - Parameters:
    ///   - path: A folder that exists.
    ///   - isReadOnly: Whether nothing in the folder changes; families that are missing then are empty.
    ///   - keepsIncoming: Whether a run may be on its way in.
    init(
        path: String, options: StoreOptions, isReadOnly: Bool = false, keepsIncoming: Bool = false
    ) throws(Failure) {
        let databaseOptions = Self.makeOptions(options)
        defer { rocksdb_options_destroy(databaseOptions) }
        var present = StoreFamily.allCases
        if isReadOnly {
            let found = Set(try Self.familyNames(path: path))
            present.removeAll { !found.contains($0.name) }
        }
        let names = ["default"] + present.map(\.name)
        var handles = [OpaquePointer?](repeating: nil, count: names.count)
        let opened = try Self.checked { error in
            Self.withStrings(names) { names in
                let familyOptions = [OpaquePointer?](repeating: databaseOptions, count: names.count)
                if isReadOnly {
                    return rocksdb_open_for_read_only_column_families(
                        databaseOptions, path, Int32(names.count), names.baseAddress, familyOptions, &handles, 0, error)
                }
                return rocksdb_open_column_families(
                    databaseOptions, path, Int32(names.count), names.baseAddress, familyOptions, &handles, error)
            }
        }
        let found = handles.compactMap { $0 }
        guard let opened, found.count == names.count else {
            preconditionFailure("RocksDB opens every column family or reports an error")
        }
        handle = opened
        self.path = path
        self.options = options
        self.isReadOnly = isReadOnly
        defaultFamily = found[0]
        var families = [OpaquePointer?](repeating: nil, count: StoreFamily.allCases.count)
        for (family, handle) in zip(present, found.dropFirst()) { families[family.rawValue] = handle }
        self.families = families
        readOptions = rocksdb_readoptions_create()
        syncedWrite = rocksdb_writeoptions_create()
        rocksdb_writeoptions_set_sync(syncedWrite, 1)
        unsyncedWrite = rocksdb_writeoptions_create()
        if !isReadOnly, !keepsIncoming { removeIncoming() }
    }

    deinit {
        for case let family? in families { rocksdb_column_family_handle_destroy(family) }
        rocksdb_column_family_handle_destroy(defaultFamily)
        rocksdb_close(handle)
        rocksdb_readoptions_destroy(readOptions)
        rocksdb_writeoptions_destroy(syncedWrite)
        rocksdb_writeoptions_destroy(unsyncedWrite)
    }

    /// Column families that the folder holds, to be asked only when there is a database.
    static func familyNames(path: String) throws(Failure) -> [String] {
        let options = rocksdb_options_create()
        defer { rocksdb_options_destroy(options) }
        var count = 0
        let list = try checked { error in rocksdb_list_column_families(options, path, &count, error) }
        guard let list else { return [] }
        defer { rocksdb_list_column_families_destroy(list, count) }
        return (0..<count).compactMap { list[$0].map { String(cString: $0) } }
    }

    /// Writes batches as one; on disk on return when `isSynced`.
    func write(_ batches: [StoreBatch], isSynced: Bool) throws(Failure) {
        let combined = rocksdb_writebatch_create()
        defer { rocksdb_writebatch_destroy(combined) }
        for batch in batches {
            batch.forEach { family, key, value in
                let family = families[family.rawValue]
                guard let value else {
                    return rocksdb_writebatch_delete_cf(combined, family, key.baseAddress, key.count)
                }
                rocksdb_writebatch_put_cf(combined, family, key.baseAddress, key.count, value.baseAddress, value.count)
            }
        }
        try Self.checked { error in rocksdb_write(handle, isSynced ? syncedWrite : unsyncedWrite, combined, error) }
    }

    /// Forces to disk what was written unsynced.
    func sync() throws(Failure) {
        try Self.checked { error in rocksdb_flush_wal(handle, 1, error) }
    }

    func get(_ family: StoreFamily, key: [UInt8]) throws(Failure) -> [UInt8]? {
        guard let family = families[family.rawValue] else { return nil }
        let found = try Self.checked { error in
            Self.withChars(key) { key in
                rocksdb_get_pinned_cf(handle, readOptions, family, key.baseAddress, key.count, error)
            }
        }
        guard let found else { return nil }
        defer { rocksdb_pinnableslice_destroy(found) }
        var count = 0
        let start = rocksdb_pinnableslice_value(found, &count)
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// - Parameters:
    ///   - start: The first key; nil for the first of all.
    ///   - end: The key before which to stop; nil to go to the last.
    ///   - body: Returns whether to go on; what it gets is valid during the call.
    func scan(
        _ family: StoreFamily, from start: [UInt8]?, to end: [UInt8]? = nil,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(Failure) {
        try Self.withChars(end ?? []) { end throws(Failure) in
            let options = Self.makeScanOptions()
            defer { rocksdb_readoptions_destroy(options) }
            if !end.isEmpty { rocksdb_readoptions_set_iterate_upper_bound(options, end.baseAddress, end.count) }
            try scan(family, from: start, options: options, body)
        }
    }

    private func scan(
        _ family: StoreFamily, from start: [UInt8]?, options: OpaquePointer?,
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(Failure) {
        guard let family = families[family.rawValue] else { return }
        let iterator = rocksdb_create_iterator_cf(handle, options, family)
        defer { rocksdb_iter_destroy(iterator) }
        if let start {
            Self.withChars(start) { rocksdb_iter_seek(iterator, $0.baseAddress, $0.count) }
        } else {
            rocksdb_iter_seek_to_first(iterator)
        }
        while rocksdb_iter_valid(iterator) != 0 {
            let (key, value) = Self.entry(of: iterator)
            guard body(key, value) else { return }
            rocksdb_iter_next(iterator)
        }
        try Self.checked { error in rocksdb_iter_get_error(iterator, error) }
    }

    /// As `scan`, from the last key to the first.
    func scanBackwards(
        _ family: StoreFamily, _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(Failure) {
        guard let family = families[family.rawValue] else { return }
        let options = Self.makeScanOptions()
        defer { rocksdb_readoptions_destroy(options) }
        let iterator = rocksdb_create_iterator_cf(handle, options, family)
        defer { rocksdb_iter_destroy(iterator) }
        rocksdb_iter_seek_to_last(iterator)
        while rocksdb_iter_valid(iterator) != 0 {
            let (key, value) = Self.entry(of: iterator)
            guard body(key, value) else { return }
            rocksdb_iter_prev(iterator)
        }
        try Self.checked { error in rocksdb_iter_get_error(iterator, error) }
    }

    /// The entry with the greatest key.
    func last(_ family: StoreFamily) throws(Failure) -> (key: [UInt8], value: [UInt8])? {
        guard let family = families[family.rawValue] else { return nil }
        let iterator = rocksdb_create_iterator_cf(handle, readOptions, family)
        defer { rocksdb_iter_destroy(iterator) }
        rocksdb_iter_seek_to_last(iterator)
        guard rocksdb_iter_valid(iterator) != 0 else {
            try Self.checked { error in rocksdb_iter_get_error(iterator, error) }
            return nil
        }
        let (key, value) = Self.entry(of: iterator)
        return (Array(key), Array(value))
    }

    /// Entries of a family, as RocksDB estimates them.
    func estimatedCount(_ family: StoreFamily) -> UInt64 {
        guard let family = families[family.rawValue] else { return 0 }
        var count: UInt64 = 0
        let status = rocksdb_property_int_cf(handle, family, "rocksdb.estimate-num-keys", &count)
        return status == 0 ? count : 0
    }

    /// Writes the files anew that hold keys of these ranges, without what was deleted; afterwards no file has its bytes.
    ///
    /// - Parameter ranges: First and last key, both included.
    func scrub(_ ranges: [StoreRange]) throws(Failure) {
        let options = rocksdb_flushoptions_create()
        defer { rocksdb_flushoptions_destroy(options) }
        rocksdb_flushoptions_set_wait(options, 1)
        // Every family, for the log goes when none needs it any more.
        for family in families {
            try Self.checked { error in rocksdb_flush_cf(handle, options, family, error) }
        }
        let compaction = rocksdb_compactoptions_create()
        defer { rocksdb_compactoptions_destroy(compaction) }
        rocksdb_compactoptions_set_bottommost_level_compaction(compaction, Self.forceBottommost)
        for range in ranges {
            Self.withChars(range.first) { first in
                Self.withChars(range.last) { last in
                    rocksdb_compact_range_cf_opt(
                        handle, families[range.family.rawValue], compaction, first.baseAddress, first.count,
                        last.baseAddress, last.count)
                }
            }
        }
        // The list of files begins with the state before the last change: one more change drops the old keys from it.
        var batch = StoreBatch()
        batch.put(.meta, key: Self.scrubbedKey, value: [])
        try write([batch], isSynced: true)
        try Self.checked { error in
            rocksdb_flush_cf(handle, options, families[StoreFamily.meta.rawValue], error)
        }
    }

    private static let scrubbedKey = Array("journal.scrubbed".utf8)

    /// Source: rocksdb/options.h, BottommostLevelCompaction.
    private static let forceBottommost: UInt8 = 2

    /// Lets background work put files in order that `StoreOptions.defersCompaction` kept from it.
    func allowCompaction() throws(Failure) {
        for case let family? in families {
            try Self.checked { error in
                Self.withStrings(["disable_auto_compactions", "false"]) { texts in
                    let keys = UnsafePointer(texts.baseAddress)
                    rocksdb_set_options_cf(handle, family, 1, keys, keys.map { $0 + 1 }, error)
                }
            }
        }
    }

    // MARK: Helpers

    private static func makeScanOptions() -> OpaquePointer? {
        let options = rocksdb_readoptions_create()
        // A scan reads everything once: ahead of time, and without driving other blocks out of the cache.
        rocksdb_readoptions_set_readahead_size(options, 256 << 10)
        rocksdb_readoptions_set_fill_cache(options, 0)
        return options
    }

    static func makeOptions(_ options: StoreOptions) -> OpaquePointer {
        guard let made = rocksdb_options_create(), let environment = rocksdb_create_default_env() else {
            preconditionFailure("RocksDB makes its options")
        }
        rocksdb_options_set_create_if_missing(made, 1)
        rocksdb_options_set_create_missing_column_families(made, 1)
        // An acknowledged write must not be rolled back: only an incomplete record at the very end, which was never
        // acknowledged, is tolerated. Source: rocksdb/options.h, WALRecoveryMode.
        rocksdb_options_set_wal_recovery_mode(made, Int32(rocksdb_tolerate_corrupted_tail_records_recovery))
        rocksdb_options_set_max_background_jobs(made, 2)
        rocksdb_env_lower_thread_pool_io_priority(environment)
        rocksdb_env_lower_thread_pool_cpu_priority(environment)
        // The environment is the process's only one; destroying the wrapper leaves it.
        rocksdb_env_destroy(environment)
        if let limiter = rocksdb_ratelimiter_create(Int64(max(1 << 20, options.backgroundBytesPerSecond)), 100_000, 10)
        {
            rocksdb_options_set_ratelimiter(made, limiter)
            rocksdb_ratelimiter_destroy(limiter)
        }
        rocksdb_options_set_compression(made, Int32(rocksdb_lz4_compression))
        rocksdb_options_set_write_buffer_size(made, 32 << 20)
        rocksdb_options_set_disable_auto_compactions(made, options.defersCompaction ? 1 : 0)
        rocksdb_options_set_max_total_wal_size(made, 256 << 20)
        rocksdb_options_set_max_open_files(made, 256)
        // The list of files names their first and last keys. It is written anew with each change, so that no key stays in it that no
        // file has.
        rocksdb_options_set_max_manifest_file_size(made, 1)
        // RocksDB's own log: fatal errors only. Others come as statuses, and a line that it cannot write for want of
        // space would end the process where RocksDB is built with assertions, as Debian's is (librocksdb 7.8.3,
        // EnvLogger::Logv).
        rocksdb_options_set_info_log_level(made, 4)
        rocksdb_options_set_keep_log_file_num(made, 4)
        return made
    }

    /// Runs a call of RocksDB's C interface and turns the message it leaves into an error.
    static func checked<Result>(
        _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) throws(Failure) -> Result {
        var message: UnsafeMutablePointer<CChar>?
        let result = call(&message)
        if let message {
            defer { rocksdb_free(message) }
            throw Failure(message: String(cString: message))
        }
        return result
    }

    private static func entry(
        of iterator: OpaquePointer?
    ) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        var keyCount = 0
        var valueCount = 0
        let key = rocksdb_iter_key(iterator, &keyCount)
        let value = rocksdb_iter_value(iterator, &valueCount)
        return (
            UnsafeRawBufferPointer(start: key, count: keyCount), UnsafeRawBufferPointer(start: value, count: valueCount)
        )
    }

    static func withChars<Result, Problem: Error>(
        _ bytes: [UInt8], _ body: (UnsafeBufferPointer<CChar>) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try bytes.withUnsafeBufferPointer { bytes throws(Problem) in
            try body(UnsafeRawBufferPointer(bytes).bindMemory(to: CChar.self))
        }
    }

    private static func withStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutableBufferPointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { Array($0.utf8CString) }
        let buffers = copies.map { copy in
            let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: copy.count)
            _ = buffer.initialize(from: copy)
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        var pointers = buffers.map { UnsafePointer($0.baseAddress) }
        return pointers.withUnsafeMutableBufferPointer { body($0) }
    }
}
