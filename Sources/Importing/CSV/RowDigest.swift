internal import CXXHash

/// What tells whether two rows of files are the same.
package enum RowDigest {
    /// - Parameter bytes: What the row says; cells that are cut elsewhere must give other bytes.
    /// - Returns: 32 hexadecimal digits.
    package static func text(_ bytes: [UInt8]) -> String {
        let digest = bytes.withUnsafeBytes { XXH3_128bits($0.baseAddress, $0.count) }
        return [digest.high64, digest.low64].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    static func text(_ row: CSVRow) -> String {
        var bytes: [UInt8] = []
        for index in 0..<row.count {
            let cell = CSVCell.trimmed(row[index])
            bytes += "\(cell.count):".utf8
            bytes += cell
        }
        return text(bytes)
    }
}
