/// Rows whose columns are aligned.
struct TextTable {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]] = []

    init(_ alignments: [Alignment]) {
        self.alignments = alignments
    }

    /// - Precondition: As many cells as columns.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count, "a row has a cell for each column")
        rows.append(cells.map(Style.printable))
    }

    /// - Parameter head: Applied to the first row.
    /// - Returns: Each row with a line end; widths are counted in characters.
    func text(indent: String = "", head: (String) -> String = { $0 }) -> String {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for (index, row) in rows.enumerated() {
            var line = ""
            for (column, cell) in row.enumerated() {
                if column > 0 { line += "  " }
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += alignments[column] == .left ? cell + space : space + cell
            }
            while line.last == " " { line.removeLast() }
            text += indent + (index == 0 ? head(line) : line) + "\n"
        }
        return text
    }
}

/// Numbers as people read them.
enum NumberText {
    /// With commas between thousands.
    static func grouped(_ number: some BinaryInteger) -> String {
        let digits = "\(number)"
        let start = digits.hasPrefix("-") ? 1 : 0
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > start, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// With at most that many digits behind the point, trailing zeros left out.
    static func rounded(_ number: Double, digits: Int = 1) -> String {
        let scale = [1.0, 10, 100, 1_000][min(max(digits, 0), 3)]
        let value = (number * scale).rounded() / scale
        guard let whole = Int64(exactly: value) else { return "\(value)" }
        return "\(whole)"
    }

    /// With a unit of 1,024.
    static func bytes(_ count: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(count)
        var unit = 0
        while value >= 1_024, unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        return "\(rounded(value)) \(units[unit])"
    }
}
