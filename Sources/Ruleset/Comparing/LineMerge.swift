/// Three versions of a text, merged by lines. Source: Khanna, Kunal and Pierce, "A Formal Investigation of Diff3", 2007; changes that only
/// touch each other are both taken, for a rule set has one entry a line in many places.
struct LineMerge {
    typealias Line = ArraySlice<UInt8>

    struct Conflict {
        /// The first of `ours`, from 1.
        let line: Int
        let base: [Line]
        let ours: [Line]
        let theirs: [Line]
    }

    /// A stretch of the base that became another one.
    private struct Change {
        var base: Range<Int>
        var new: Range<Int>
    }

    /// Lines of which differences are searched; beyond, what lies between the common beginning and end counts as changed as a whole.
    private static let searchedMax = 10_000

    private(set) var content: [UInt8] = []
    private(set) var conflicts: [Conflict] = []

    init(base: [UInt8], ours: [UInt8], theirs: [UInt8]) {
        let texts = [base, ours, theirs].map(Self.lines)
        let numbers = Self.numbered(texts)
        var left = Self.changes(from: numbers[0], to: numbers[1])[...]
        var right = Self.changes(from: numbers[0], to: numbers[2])[...]
        var next = 0
        // How far lines of ours are behind those of the base.
        var shift = 0
        while let first = Self.earlier(left.first, right.first) {
            content += texts[0][next..<first.base.lowerBound].joined()
            var region = first.base
            var (mine, yours): ([Change], [Change]) = ([], [])
            while true {
                let isFirst = mine.isEmpty && yours.isEmpty
                if let change = left.first, Self.clash(change.base, region) || (isFirst && change.base == first.base) {
                    mine.append(left.removeFirst())
                    region = Self.union(region, change.base)
                } else if let change = right.first,
                    Self.clash(change.base, region) || (isFirst && change.base == first.base)
                {
                    yours.append(right.removeFirst())
                    region = Self.union(region, change.base)
                } else {
                    break
                }
            }
            let old = texts[0][region]
            let ours = Self.side(mine, region, texts[0], texts[1])
            let theirs = Self.side(yours, region, texts[0], texts[2])
            if yours.isEmpty || ours == theirs {
                content += ours.joined()
            } else if mine.isEmpty {
                content += theirs.joined()
            } else {
                conflicts.append(
                    Conflict(line: region.lowerBound + shift + 1, base: Array(old), ours: ours, theirs: theirs))
            }
            shift += ours.count - region.count
            next = region.upperBound
        }
        content += texts[0][next...].joined()
    }

    /// With their ends.
    static func lines(_ content: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var start = 0
        for end in content.indices where content[end] == 0x0a {
            lines.append(content[start...end])
            start = end + 1
        }
        if start < content.count { lines.append(content[start...]) }
        return lines
    }

    private static func earlier(_ left: Change?, _ right: Change?) -> Change? {
        guard let left, let right else { return left ?? right }
        return (left.base.lowerBound, left.base.upperBound) <= (right.base.lowerBound, right.base.upperBound)
            ? left : right
    }

    /// Whether two changes speak of the same lines; two insertions at one place do too.
    private static func clash(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.overlaps(right) || left == right
            || (left.isEmpty && right.lowerBound < left.lowerBound && left.lowerBound < right.upperBound)
            || (right.isEmpty && left.lowerBound < right.lowerBound && right.lowerBound < left.upperBound)
    }

    private static func union(_ left: Range<Int>, _ right: Range<Int>) -> Range<Int> {
        min(left.lowerBound, right.lowerBound)..<max(left.upperBound, right.upperBound)
    }

    /// What one side made of a stretch of the base.
    private static func side(_ changes: [Change], _ region: Range<Int>, _ base: [Line], _ new: [Line]) -> [Line] {
        var lines: [Line] = []
        var next = region.lowerBound
        for change in changes {
            lines += base[next..<change.base.lowerBound] + new[change.new]
            next = change.base.upperBound
        }
        return lines + base[next..<region.upperBound]
    }

    /// The same numbers for the same lines.
    private static func numbered(_ texts: [[Line]]) -> [[Int]] {
        var numbers: [Line: Int] = [:]
        return texts.map { text in
            text.map { line in
                if let number = numbers[line] { return number }
                numbers[line] = numbers.count
                return numbers.count - 1
            }
        }
    }

    private static func changes(from old: [Int], to new: [Int]) -> [Change] {
        let start = zip(old, new).prefix { $0 == $1 }.count
        let end = zip(old[start...].reversed(), new[start...].reversed()).prefix { $0 == $1 }.count
        let (oldEnd, newEnd) = (old.count - end, new.count - end)
        guard oldEnd - start + newEnd - start <= searchedMax else {
            return [Change(base: start..<oldEnd, new: start..<newEnd)]
        }
        var removed = Set<Int>()
        var inserted = Set<Int>()
        for change in new[start..<newEnd].difference(from: old[start..<oldEnd]) {
            switch change {
            case .remove(let offset, _, _): removed.insert(start + offset)
            case .insert(let offset, _, _): inserted.insert(start + offset)
            }
        }
        var changes: [Change] = []
        var (left, right) = (start, start)
        while left < oldEnd || right < newEnd {
            let from = (left, right)
            while removed.contains(left) { left += 1 }
            while inserted.contains(right) { right += 1 }
            if from == (left, right) {
                (left, right) = (left + 1, right + 1)
            } else {
                changes.append(Change(base: from.0..<left, new: from.1..<right))
            }
        }
        return changes
    }
}
