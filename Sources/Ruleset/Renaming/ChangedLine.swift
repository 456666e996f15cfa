/// Lines of a file that became others.
package struct ChangedLine: Sendable, Hashable {
    /// The first of them in the file as it was, from 1; of added lines the one behind which they stand.
    package let number: Int
    package let before: [String]
    package let after: [String]

    /// - Returns: Stretches of lines that differ, in the order of the file.
    package static func all(from before: [UInt8], to after: [UInt8]) -> [ChangedLine] {
        let old = LineMerge.lines(before)
        let new = LineMerge.lines(after)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var changes: [ChangedLine] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            let from = (left, right)
            while removed.contains(left) { left += 1 }
            while inserted.contains(right) { right += 1 }
            if from == (left, right) {
                (left, right) = (left + 1, right + 1)
            } else {
                changes.append(
                    ChangedLine(
                        number: left > from.0 ? from.0 + 1 : from.0, before: old[from.0..<left].map(text),
                        after: new[from.1..<right].map(text)))
            }
        }
        return changes
    }

    private static func text(_ line: LineMerge.Line) -> String {
        var line = line
        while let last = line.last, last == 0x0a || last == 0x0d { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }
}
