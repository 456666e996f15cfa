internal import Daemon
internal import Importing
internal import Model

/// Files that people write: tables of profiles, and the daemon's configuration.
enum FuzzedFiles {
    private static let columns: [ProfileCSV.Column] = [
        .init(name: "flag", type: .bool), .init(name: "age", type: .int), .init(name: "income", type: .double),
        .init(name: "title", type: .string), .init(name: "interests", type: .strings),
        .init(name: "warranty", type: .timestamp),
    ]

    /// A table, whole and byte by byte.
    static func table(_ bytes: [UInt8]) {
        let whole = rows(bytes, pieceLength: max(1, bytes.count))
        precondition(rows(bytes, pieceLength: 1) == whole, "The split of a file says nothing.")
        var profiles = ProfileCSV(columns: columns, entity: .visitor)
        do throws(CSVError) {
            try bytes.withUnsafeBufferPointer { (bytes) throws(CSVError) in try profiles.feed(bytes) { _, _ in } }
            try profiles.finish { _, _ in }
        } catch {
            precondition(!error.description.isEmpty, "A refusal says why.")
        }
    }

    private static func rows(_ bytes: [UInt8], pieceLength: Int) -> [[[UInt8]]] {
        var reader = CSVReader()
        var found: [[[UInt8]]] = []
        func take(_ row: CSVRow) {
            found.append(row.fault == nil ? (0..<row.count).map { Array(row[$0]) } : [])
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieceLength))
            rest = rest.dropFirst(pieceLength)
            do throws(CSVError) {
                try piece.withUnsafeBufferPointer { (piece) throws(CSVError) in try reader.feed(piece, take) }
            } catch {
                return []
            }
        }
        reader.finish(take)
        return found
    }

    /// The configuration file.
    static func configuration(_ bytes: [UInt8]) {
        do throws(ConfigurationError) {
            _ = try Configuration.load(
                file: ("bespoked.yaml", String(decoding: bytes, as: UTF8.self)), environment: [:], flags: [:])
        } catch {
            precondition(!error.description.isEmpty, "A refusal says why.")
        }
    }
}
