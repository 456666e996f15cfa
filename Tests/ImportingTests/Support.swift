internal import Model
internal import Importing

extension ProfileCSV {
    /// The rows of a whole text, which arrives in pieces.
    mutating func rows(_ bytes: [UInt8], pieceLength: Int = .max) throws -> [Row] {
        var rows: [Row] = []
        let names = columns.map(\.name)
        func take(_ cells: ImportCells, _ rejects: [Reject]) {
            let account = cells.string(cells.account)
            rows.append(
                Row(
                    line: cells.line, id: cells.string(cells.id), account: account.isEmpty ? nil : account,
                    values: cells.cells.map {
                        Value(
                            name: names[$0.attribute], value: cells.owned($0.value),
                            observedAtSeconds: $0.observedAtSeconds)
                    },
                    rejects: rejects))
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            try rest.prefix(pieceLength).withUnsafeBufferPointer { try feed($0, take) }
            rest = rest.dropFirst(pieceLength)
        }
        try finish(take)
        return rows
    }
}
