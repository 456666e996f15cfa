internal import CRocksDB

extension Database {
    /// The file that holds `identity`.
    static let identityName = "IDENTITY"

    /// RocksDB's name for this database, which goes with its files.
    func identity() throws(BackupError) -> String {
        let bytes = try Files.read(path + "/" + Self.identityName, bytesMax: 1_024)
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
            throw .damaged(path: path, reason: "its file \(Self.identityName) is not as it was written")
        }
        return text
    }

    /// Makes a folder with the database as it is now: links to the files that never change, copies of the small rest.
    ///
    /// - Parameter path: Is not there yet; on the same file system, else everything is copied.
    func checkpoint(_ path: String) throws(Failure) {
        let made = try Self.checked { error in rocksdb_checkpoint_object_create(handle, error) }
        defer { rocksdb_checkpoint_object_destroy(made) }
        // What is in memory is written to files first, whatever its size, so that little of the log has to be copied.
        try Self.checked { error in rocksdb_checkpoint_create(made, path, 0, error) }
    }
}
