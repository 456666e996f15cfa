/// A picture of intervals around a line of no effect: for a terminal, and as a file for slides.
package struct IntervalPlot: Sendable, Equatable {
    /// One row.
    package struct Row: Sendable, Equatable {
        /// What the row is of.
        package let label: String
        /// The estimate and its interval; nil shows that it is not known yet.
        package let effect: Effect?

        /// A row.
        ///
        /// - Parameters:
        ///   - label: what the row is of.
        ///   - effect: nil when not known.
        package init(label: String, effect: Effect?) {
            self.label = label
            self.effect = effect
        }
    }

    /// The largest number of characters of a title or label that are shown.
    package static let textMax = 60

    /// Above the rows.
    package let title: String
    /// The rows, from the top.
    package let rows: [Row]
    /// Whether the numbers are shares, written as per cent.
    package let isShare: Bool
    /// The direction in which the metric improves: it decides colours.
    package let direction: MetricDirection

    /// A plot of any effects.
    ///
    /// - Parameters:
    ///   - title: above the rows.
    ///   - rows: at most `ExperimentAnalysis.armsMax` are drawn.
    ///   - isShare: whether the numbers are shares.
    ///   - direction: the direction in which the metric improves.
    package init(title: String, rows: [Row], isShare: Bool, direction: MetricDirection = .increase) {
        self.title = Self.plain(title)
        self.rows = rows.prefix(ExperimentAnalysis.armsMax).map { Row(label: Self.plain($0.label), effect: $0.effect) }
        self.isShare = isShare
        self.direction = direction
    }

    /// The plot of an experiment: the lift of each arm over control; differences where some lift says nothing.
    ///
    /// - Parameter results: the results of one metric.
    package init(_ results: ExperimentResults) {
        let others = results.arms.filter { !$0.isControl }
        let hasLifts = results.showsLift
        let what = hasLifts ? "lift over control" : "difference from control"
        self.init(
            title: "\(results.question.name): \(what), at any time",
            rows: others.map { Row(label: $0.name, effect: results.shown($0)) },
            isShare: hasLifts, direction: results.question.direction)
    }

    /// The plot for a terminal.
    ///
    /// - Parameters:
    ///   - width: columns, bounded into 40…200.
    ///   - ascii: whether to use no other characters for the picture than those of ASCII.
    /// - Returns: lines, each ended; at most `width` columns for labels of ordinary width.
    package func text(width: Int = 80, ascii: Bool = false) -> String {
        let columns = min(max(width, 40), 200)
        let numbers = rows.map { row in row.effect.map { spanText($0.atAnyTime) } ?? "not known yet" }
        let labelWidth = min(rows.map(\.label.count).max() ?? 0, columns / 4)
        let numberWidth = numbers.map(\.count).max() ?? 0
        let plotWidth = max(columns - labelWidth - numberWidth - 4, 8)
        let scale = Scale(rows.compactMap(\.effect))
        var lines = [title]
        for (row, number) in zip(rows, numbers) {
            let label = Self.padded(String(row.label.prefix(labelWidth)), labelWidth)
            let bar = Self.bar(row.effect, scale, plotWidth, ascii: ascii)
            lines.append("\(label)  \(bar)  \(number)")
        }
        let joined = lines.joined(separator: "\n") + "\n"
        guard ascii else { return joined }
        // A minus sign has an ASCII twin; other characters have none.
        return String(joined.map { $0 == "−" ? "-" : ($0.isASCII ? $0 : "?") })
    }

    /// The numbers of an interval, as they stand beside a row.
    ///
    /// - Parameter interval: the interval.
    /// - Returns: such as "+4.1% to +9.8%".
    package func spanText(_ interval: EffectInterval) -> String {
        isShare
            ? NumberText.percents(interval)
            : "\(NumberText.signed(interval.low)) to \(NumberText.signed(interval.high))"
    }

    private static func bar(_ effect: Effect?, _ scale: Scale, _ width: Int, ascii: Bool) -> String {
        var cells = Array(repeating: Character(" "), count: width)
        func column(_ value: Double) -> Int {
            min(max(Int((scale.position(value) * Double(width - 1)).rounded()), 0), width - 1)
        }
        if let effect, effect.atAnyTime.low.isFinite, effect.atAnyTime.high.isFinite {
            let (low, high) = (column(effect.atAnyTime.low), column(effect.atAnyTime.high))
            for index in low...max(low, high) { cells[index] = ascii ? "-" : "─" }
            cells[column(0)] = ascii ? "|" : (low < column(0) && column(0) < high ? "┼" : "│")
            if low != column(0) { cells[low] = ascii ? "[" : "├" }
            if high != column(0) { cells[high] = ascii ? "]" : "┤" }
            cells[column(effect.estimate)] = ascii ? "*" : "●"
        } else {
            cells[column(0)] = ascii ? "|" : "│"
        }
        return String(cells)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    /// One line without control characters, of at most `textMax` characters: it may come from anywhere.
    private static func plain(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(4 * textMax) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                kept.append(" ")
            default: kept.append(scalar)
            }
        }
        return String(String(kept).prefix(textMax))
    }

    /// From values to 0…1, with the line of no effect always in sight.
    struct Scale {
        let low: Double
        let high: Double

        init(_ effects: [Effect]) {
            let ends = effects.flatMap { [$0.atAnyTime.low, $0.atAnyTime.high] }.filter(\.isFinite)
            let least = min(ends.min() ?? -1, 0)
            let most = max(ends.max() ?? 1, 0)
            let margin = most > least ? 0.04 * (most - least) : 1
            low = least - margin
            high = most + margin
        }

        func position(_ value: Double) -> Double {
            (value - low) / (high - low)
        }
    }
}
