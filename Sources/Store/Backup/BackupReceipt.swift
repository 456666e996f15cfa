internal import CXXHash

/// What a generation of a backup holds, as it lies beside the files.
package struct BackupReceipt: Sendable, Equatable {
    /// A file of the journal.
    struct File: Sendable, Equatable {
        var name: String
        var bytes: UInt64
        /// In nanoseconds since 1970, as the journal's own file has it.
        var modified: Int64
        /// XXH64 of its content.
        var hash: UInt64
    }

    /// From 1, growing in each folder.
    package var generation: UInt64
    /// In microseconds since 1970.
    package var takenAt: Int64
    /// RocksDB's name for the journal, by which generations of one folder are known to belong together.
    var identity: String
    /// Entries by family, in the order of `StoreFamily`.
    package var rows: [(family: StoreFamily, count: UInt64)] = []
    var files: [File] = []
    /// What was written anew; the other files are shared with earlier generations. Not part of what is on disk.
    package var copiedBytes: UInt64 = 0

    /// Bytes of all its files.
    package var bytes: UInt64 { files.reduce(0) { $0 + $1.bytes } }

    static let formatName = "bespoke backup "
    static let format = formatName + "1"
    static let bytesMax = 64 << 20

    /// Equal in all that is on disk.
    package static func == (left: Self, right: Self) -> Bool { left.encoded() == right.encoded() }

    /// Lines of words; the last has the XXH64 of all before it.
    func encoded() -> [UInt8] {
        var text = "\(Self.format)\ngeneration \(generation)\ntaken \(takenAt)\nidentity \(identity)\n"
        for (family, count) in rows { text += "rows \(family.name) \(count)\n" }
        for file in files { text += "file \(file.name) \(file.bytes) \(file.modified) \(file.hash)\n" }
        let bytes = Array(text.utf8)
        return bytes + Array("end \(Self.hash(bytes))\n".utf8)
    }

    /// - Returns: Nil for what `encoded` did not write.
    init?(decoding bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let end = lines.popLast(), lines.first.map(String.init) == Self.format,
            end == "end \(Self.hash(Array(bytes.dropLast(end.utf8.count + 1))))"
        else { return nil }
        self.init(generation: 0, takenAt: 0, identity: "")
        for line in lines.dropFirst() {
            guard take(line.split(separator: " ")) else { return nil }
        }
        guard generation > 0, !files.isEmpty else { return nil }
    }

    init(generation: UInt64, takenAt: Int64, identity: String) {
        self.generation = generation
        self.takenAt = takenAt
        self.identity = identity
    }

    private mutating func take(_ words: [Substring]) -> Bool {
        switch (words.first, words.count) {
        case ("generation", 2): generation = UInt64(words[1]) ?? 0
        case ("taken", 2): takenAt = Int64(words[1]) ?? 0
        case ("identity", 2): identity = String(words[1])
        case ("rows", 3):
            guard let count = UInt64(words[2]) else { return false }
            // What a newer version has besides is checked when the journal is opened.
            if let family = StoreFamily.allCases.first(where: { $0.name == words[1] }) {
                rows.append((family, count))
            }
        case ("file", 5):
            guard let bytes = UInt64(words[2]), let modified = Int64(words[3]), let hash = UInt64(words[4]),
                !words[1].contains("/"), !words[1].hasPrefix(".")
            else { return false }
            files.append(File(name: String(words[1]), bytes: bytes, modified: modified, hash: hash))
        default: return false
        }
        return true
    }

    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { XXH64($0.baseAddress, $0.count, 0) }
    }
}
