internal import Conditions

/// Files conjunctions under the codes of the slots where they are least probable.
struct MatchFiling {
    /// One conjunction of one row.
    struct Item {
        let position: UInt32
        let ranges: [MadeCoder.Range]
        let isComplete: Bool
    }

    private var levels: [MatchLevel] = []
    private var groups: [MatchGroup] = []
    private var cellCodes: [UInt16] = []
    private var cells: [Run<MatchEntry>] = []
    private var entries: [MatchEntry] = []
    private var readers: [MatchReaders] = []
    private var positions: [UInt32] = []
    private var cursorCountMax = 0

    /// A leaf that holds more often than this is no way to find a row.
    private static let probabilityMax = 0.6
    /// So few are tested one by one when a slot is unknown.
    private static let unknownCountMin = 32
    /// How many slots may be unknown before the rest is tested one by one.
    private static let depthMax = 2

    mutating func index(_ items: [Item], readers lists: [UInt32: [UInt32]], coders: Run<UInt16>) -> MatchIndex {
        let before = levels.count + groups.count
        let root = level(items, path: [])
        let firstReaders = readers.count
        for (set, positions) in lists.sorted(by: { $0.key < $1.key }) {
            readers.append(
                MatchReaders(
                    purposeSet: set, positions: Run(first: self.positions.count, count: positions.count)))
            self.positions += positions
        }
        let run = Run<MatchReaders>(first: firstReaders, count: readers.count - firstReaders)
        cursorCountMax = max(cursorCountMax, levels.count + groups.count - before + Int(run.count))
        return MatchIndex(root: root, coders: coders, readers: run)
    }

    func table(_ coders: [ValueCoder], _ coderLists: [UInt16], in storage: TableStorage) -> MatchTable {
        MatchTable(
            coderCount: coders.count, coders: storage.freeze(coders), levels: storage.freeze(levels),
            groups: storage.freeze(groups), cellCodes: storage.freeze(cellCodes), cells: storage.freeze(cells),
            entries: storage.freeze(entries), readers: storage.freeze(readers), positions: storage.freeze(positions),
            coderLists: storage.freeze(coderLists), cursorCountMax: cursorCountMax)
    }

    // MARK: Levels

    /// - Parameters:
    ///   - items: In the order of their positions.
    ///   - path: Coders of slots that are unknown here.
    private mutating func level(_ items: [Item], path: [UInt16]) -> Row<MatchLevel> {
        var rest: [MatchEntry] = []
        var filed: [UInt16: [(item: Int, range: Int)]] = [:]
        let isFiling = path.count <= MatchFiling.depthMax && (path.isEmpty || items.count > MatchFiling.unknownCountMin)
        for (index, item) in items.enumerated() {
            if isFiling, let range = MatchFiling.leastProbable(item, path) {
                filed[item.ranges[range].predicate.coder, default: []].append((index, range))
            } else {
                rest.append(MatchFiling.entry(item, without: nil, path))
            }
        }
        let groups = filed.sorted { $0.key < $1.key }.map { coder, members in
            let cells = fileCells(members, items, path)
            let unknown = level(members.map { items[$0.item] }, path: path + [coder])
            return MatchGroup(coder: coder, cells: cells, unknown: unknown)
        }
        levels.append(
            MatchLevel(
                groups: Run(first: self.groups.count, count: groups.count),
                rest: Run(first: entries.count, count: rest.count)))
        self.groups += groups
        entries += rest
        return Row(levels.count - 1)
    }

    private mutating func fileCells(
        _ members: [(item: Int, range: Int)], _ items: [Item], _ path: [UInt16]
    ) -> Run<Run<MatchEntry>> {
        var filed: [(code: UInt16, entry: MatchEntry)] = []
        for (item, range) in members {
            let entry = MatchFiling.entry(items[item], without: range, path)
            for code in items[item].ranges[range].cells ?? [] { filed.append((code, entry)) }
        }
        filed.sort { ($0.code, $0.entry.position) < ($1.code, $1.entry.position) }
        let first = cells.count
        for (code, entry) in filed {
            if cells.count == first || cellCodes[cells.count - 1] != code {
                cellCodes.append(code)
                cells.append(Run(first: entries.count, count: 0))
            }
            cells[cells.count - 1].count += 1
            entries.append(entry)
        }
        return Run(first: first, count: cells.count - first)
    }

    // MARK: Entries

    private static func leastProbable(_ item: Item, _ path: [UInt16]) -> Int? {
        item.ranges.indices
            .filter { index in
                let range = item.ranges[index]
                return range.cells != nil && range.probability < probabilityMax
                    && !path.contains(range.predicate.coder)
            }
            .min { item.ranges[$0].probability < item.ranges[$1].probability }
    }

    /// - Parameter range: The one that the entry's cell stands for.
    private static func entry(_ item: Item, without range: Int?, _ path: [UInt16]) -> MatchEntry {
        // What is unknown here comes first, for it says that the conjunction cannot hold.
        func rank(_ index: Int) -> Double {
            path.contains(item.ranges[index].predicate.coder) ? -1 : item.ranges[index].probability
        }
        let others = item.ranges.indices.filter { $0 != range }.sorted { rank($0) < rank($1) }
        return MatchEntry(
            position: item.position, isComplete: item.isComplete && others.count <= MatchEntry.predicatesMax,
            others.prefix(MatchEntry.predicatesMax).map { item.ranges[$0].predicate })
    }
}
