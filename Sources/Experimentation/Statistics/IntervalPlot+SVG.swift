extension IntervalPlot {
    private static let rowHeight = 36
    private static let headHeight = 56
    private static let footHeight = 40

    /// The plot as an SVG file: text escaped, no scripts, no references to other files.
    ///
    /// - Parameter width: pixels, bounded into 400…2000.
    /// - Returns: a whole XML document.
    package func svg(width: Int = 760) -> String {
        let pixels = min(max(width, 400), 2000)
        let height = Self.headHeight + Self.rowHeight * rows.count + Self.footHeight
        let left = 160.0
        let right = Double(pixels) - 190
        let scale = Scale(rows.compactMap(\.effect))
        func x(_ value: Double) -> String {
            NumberText.coordinate(left + scale.position(value) * (right - left))
        }
        let bottom = Self.headHeight + Self.rowHeight * rows.count
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<svg xmlns="http://www.w3.org/2000/svg" width="\#(pixels)" height="\#(height)" "#
                + #"viewBox="0 0 \#(pixels) \#(height)" font-family="sans-serif" font-size="13" role="img">"#,
            "<title>\(Self.escaped(title))</title>",
            ##"<rect width="100%" height="100%" fill="#ffffff"/>"##,
            ##"<text x="16" y="28" font-size="15" fill="#1b1f24">\##(Self.escaped(title))</text>"##,
            ##"<line x1="\##(x(0))" y1="44" x2="\##(x(0))" y2="\##(bottom)" stroke="#8c959f" stroke-dasharray="3 3"/>"##,
            ##"<text x="\##(x(0))" y="\##(bottom + 18)" text-anchor="middle" fill="#57606a">0</text>"##,
        ]
        for (index, row) in rows.enumerated() {
            let y = Self.headHeight + Self.rowHeight * index + Self.rowHeight / 2
            lines += marks(of: row, y: y, x: x)
            let numbers = row.effect.map { spanText($0.atAnyTime) } ?? "not known yet"
            lines.append(
                ##"<text x="\##(pixels - 16)" y="\##(y + 4)" text-anchor="end" fill="#1b1f24">"##
                    + "\(Self.escaped(numbers))</text>")
        }
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    private func marks(of row: Row, y: Int, x: (Double) -> String) -> [String] {
        let shown = row.label.count > 20 ? String(row.label.prefix(19)) + "…" : row.label
        var lines = [##"<text x="16" y="\##(y + 4)" fill="#1b1f24">\##(Self.escaped(shown))</text>"##]
        guard let effect = row.effect, effect.atAnyTime.low.isFinite, effect.atAnyTime.high.isFinite else {
            return lines
        }
        let (low, high) = (effect.atAnyTime.low, effect.atAnyTime.high)
        let (isBetter, isWorse) = direction == .increase ? (low > 0, high < 0) : (high < 0, low > 0)
        // Green is better, orange worse; grey says that nothing is known to differ.
        let colour = isBetter ? "#1a7f37" : (isWorse ? "#bc4c00" : "#57606a")
        lines.append(
            #"<line x1="\#(x(low))" y1="\#(y)" x2="\#(x(high))" y2="\#(y)" stroke="\#(colour)" stroke-width="3"/>"#)
        for end in [low, high] {
            lines.append(
                #"<line x1="\#(x(end))" y1="\#(y - 7)" x2="\#(x(end))" y2="\#(y + 7)" stroke="\#(colour)" "#
                    + #"stroke-width="2"/>"#)
        }
        lines.append(#"<circle cx="\#(x(effect.estimate))" cy="\#(y)" r="5" fill="\#(colour)"/>"#)
        return lines
    }

    /// Text for XML 1.0: markup escaped, characters that XML does not allow left out.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default:
                let isAllowed = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                if isAllowed { out.unicodeScalars.append(scalar) }
            }
        }
        return out
    }
}
