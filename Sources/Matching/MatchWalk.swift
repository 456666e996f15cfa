public import Conditions

/// Where a walk stands in one list of a table.
public struct MatchCursor: BitwiseCopyable {
    /// What the list holds.
    @usableFromInline
    enum Kind: UInt32, BitwiseCopyable {
        case entries
        /// Entries of which a leaf is unknown.
        case unknownEntries
        /// Positions of rows that may read what needs a set of purposes.
        case readers
    }

    @usableFromInline var position: UInt32
    @usableFromInline var next: UInt32
    @usableFromInline let end: UInt32
    @usableFromInline let kind: Kind
    @usableFromInline let purposeSet: UInt32

    @inlinable
    init<Element>(position: UInt32, _ run: Run<Element>, _ kind: Kind, purposeSet: UInt32 = 0) {
        (self.position, self.kind, self.purposeSet) = (position, kind, purposeSet)
        (next, end) = (run.first, run.first + run.count)
    }

    /// Of which nothing is read.
    public static var nothing: MatchCursor { MatchCursor(position: 0, Run<MatchEntry>(), .entries) }
}

/// Names the rows of a list, in order, whose condition may make a difference: all but those that are known not to hold, and those
/// that would only add a lack that is had already.
///
/// The lists of the cells that the visitor's codes name are merged by a heap, so that a walk that ends early has touched what comes
/// before its end only. It lets through what it cannot rule out: the evaluator decides.
public struct MatchWalk: BitwiseCopyable {
    @usableFromInline let table: UnsafePointer<MatchTable>
    @usableFromInline let codes: UnsafePointer<UInt16>
    @usableFromInline let isUnread: UnsafePointer<Bool>
    @usableFromInline let heap: UnsafeMutablePointer<MatchCursor>
    @usableFromInline var count = 0
    @usableFromInline var last = UInt32.max
    /// What may be lacking, as bits of a verdict; none where it makes no difference.
    @usableFromInline let possible: UInt8
    /// Which of that has been found.
    @usableFromInline var have: UInt8 = 0

    /// - Parameters:
    ///   - codes: The code of each coder of the index.
    ///   - isWithheld: By set of purposes, whether what needs it may not be read.
    ///   - isUnread: By set of purposes, whether that is known to have made a difference.
    ///   - possible: What may be lacking and is asked for, as bits of a verdict.
    ///   - heap: As many cursors as the table says.
    @inlinable
    public init(
        _ index: MatchIndex, _ table: UnsafePointer<MatchTable>, codes: UnsafePointer<UInt16>,
        isWithheld: UnsafePointer<Bool>, isUnread: UnsafePointer<Bool>, possible: UInt8,
        heap: UnsafeMutablePointer<MatchCursor>
    ) {
        (self.table, self.codes, self.isUnread, self.possible, self.heap) = (table, codes, isUnread, possible, heap)
        open(index.root, isUnknown: false)
        for position in index.readers.indices {
            let readers = table.pointee.readers[position]
            let set = Int(readers.purposeSet)
            guard isWithheld[set], !isUnread[set], readers.positions.count > 0 else { continue }
            let first = table.pointee.positions[Int(readers.positions.first)]
            push(MatchCursor(position: first, readers.positions, .readers, purposeSet: readers.purposeSet))
        }
    }

    /// - Parameter lack: What has been found to be lacking, as bits of a verdict.
    /// - Returns: The position of the next row to ask; `.max` when there is none.
    @inlinable
    public mutating func next(lack: UInt8) -> UInt32 {
        have = lack
        while count > 0 {
            let top = heap[0]
            let isWanted: Bool
            switch top.kind {
            case .entries:
                isWanted = top.position != last && isOpen(table.pointee.entries[Int(top.next)])
            case .unknownEntries:
                if have & possible == possible {
                    removeTop()
                    continue
                }
                isWanted = top.position != last && isOpen(table.pointee.entries[Int(top.next)])
            case .readers:
                if isUnread[Int(top.purposeSet)] {
                    removeTop()
                    continue
                }
                isWanted = top.position != last
            }
            advanceTop()
            guard isWanted else { continue }
            last = top.position
            return top.position
        }
        return .max
    }

    // MARK: Entries

    /// Whether an entry is not ruled out.
    @inlinable
    func isOpen(_ entry: MatchEntry) -> Bool {
        var lack: UInt16 = 0
        guard holds(entry.first, &lack), holds(entry.second, &lack), holds(entry.third, &lack),
            holds(entry.fourth, &lack)
        else { return false }
        if lack == 0 { return true }
        // It cannot hold, so it counts for what it lacks only.
        let missing = possible & ~have
        if missing == 0 { return false }
        return !entry.isComplete || UInt8(truncatingIfNeeded: lack) & missing != 0
    }

    /// - Returns: False when the predicate is known not to hold.
    @inlinable @inline(__always)
    func holds(_ predicate: MatchPredicate, _ lack: inout UInt16) -> Bool {
        let code = codes[Int(predicate.coder)]
        if code >= ValueCoder.firstUnknown {
            lack |= code & 0x0C
            return true
        }
        return code &- predicate.low <= predicate.span
    }

    // MARK: Cells

    @inlinable
    mutating func open(_ level: Row<MatchLevel>, isUnknown: Bool) {
        let row = table.pointee.levels[level]
        push(row.rest, isUnknown: isUnknown)
        for index in row.groups.indices {
            let group = table.pointee.groups[index]
            let code = codes[Int(group.coder)]
            if code < ValueCoder.firstUnknown {
                push(table.pointee.cell(group, code), isUnknown: isUnknown)
            } else if possible != 0 {
                open(group.unknown, isUnknown: true)
            }
        }
    }

    @inlinable
    mutating func push(_ run: Run<MatchEntry>, isUnknown: Bool) {
        guard run.count > 0 else { return }
        let position = table.pointee.entries[Int(run.first)].position
        push(MatchCursor(position: position, run, isUnknown ? .unknownEntries : .entries))
    }

    // MARK: The heap

    @inlinable
    mutating func push(_ cursor: MatchCursor) {
        var place = count
        count += 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard cursor.position < heap[parent].position else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = cursor
    }

    @inlinable
    mutating func advanceTop() {
        var cursor = heap[0]
        cursor.next += 1
        guard cursor.next < cursor.end else {
            removeTop()
            return
        }
        cursor.position =
            cursor.kind == .readers
            ? table.pointee.positions[Int(cursor.next)] : table.pointee.entries[Int(cursor.next)].position
        sink(cursor)
    }

    @inlinable
    mutating func removeTop() {
        count -= 1
        if count > 0 { sink(heap[count]) }
    }

    /// Puts a cursor at the top, then where it belongs.
    @inlinable
    mutating func sink(_ cursor: MatchCursor) {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < count else { break }
            if child + 1 < count, heap[child + 1].position < heap[child].position { child += 1 }
            guard heap[child].position < cursor.position else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = cursor
    }
}
