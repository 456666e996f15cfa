public import Conditions

/// What has to hold of one slot: its code lies in a range.
public struct MatchPredicate: BitwiseCopyable, Sendable {
    /// Which coder's code it tests.
    public let coder: UInt16
    /// The first code that holds.
    public let low: UInt16
    /// How many codes follow it. They may lead over the end of the codes to their beginning: all but some.
    public let span: UInt16

    /// - Parameter span: How many codes follow `low` in the range.
    public init(coder: UInt16, low: UInt16, span: UInt16) {
        (self.coder, self.low, self.span) = (coder, low, span)
    }

    /// Holds always: coder 0 has a code that is known.
    static let nothing = MatchPredicate(coder: 0, low: 0, span: .max)
}

/// One conjunction of a row's condition, with what else has to hold beside the cell in which it stands.
public struct MatchEntry: BitwiseCopyable, Sendable {
    /// Which row it is of.
    public let position: UInt32
    /// Whether the cell and the predicates are all of the conjunction, so that they say all that it may lack.
    public let isComplete: Bool
    /// The least probable first.
    public let first: MatchPredicate
    /// The next, or what holds always.
    public let second: MatchPredicate
    /// The next, or what holds always.
    public let third: MatchPredicate
    /// The last that has room.
    public let fourth: MatchPredicate

    static let predicatesMax = 4

    /// - Precondition: At most `predicatesMax` predicates.
    init(position: UInt32, isComplete: Bool, _ predicates: [MatchPredicate]) {
        func predicate(_ index: Int) -> MatchPredicate { index < predicates.count ? predicates[index] : .nothing }
        (self.position, self.isComplete) = (position, isComplete)
        (first, second, third, fourth) = (predicate(0), predicate(1), predicate(2), predicate(3))
    }
}

/// Conjunctions filed under the code of one slot.
public struct MatchGroup: BitwiseCopyable, Sendable {
    /// Of the slot.
    public let coder: UInt16
    /// Cells in the order of their codes.
    public let cells: Run<Run<MatchEntry>>
    /// Where the same conjunctions are filed under other slots, for when this one is unknown.
    public let unknown: Row<MatchLevel>
}

/// A way to file conjunctions: some under slots, the rest in the order of their rows.
public struct MatchLevel: BitwiseCopyable, Sendable {
    /// Groups by slot.
    public let groups: Run<MatchGroup>
    /// Entries under no slot.
    public let rest: Run<MatchEntry>
}

/// Rows that may read a value which needs some purposes.
public struct MatchReaders: BitwiseCopyable, Sendable {
    /// The set of purposes.
    public let purposeSet: UInt32
    /// Positions of rows.
    public let positions: Run<UInt32>
}

/// The index over one list of rows.
public struct MatchIndex: BitwiseCopyable, Sendable {
    /// Where looking begins; none for a list without an index.
    public let root: Row<MatchLevel>
    /// Coders whose codes are asked for.
    public let coders: Run<UInt16>
    /// For each set of purposes that its rows may read.
    public let readers: Run<MatchReaders>

    /// For rows that are tested one by one.
    public static let none = MatchIndex(root: .none, coders: Run(), readers: Run())

    /// Whether there is an index.
    @inlinable @inline(__always)
    public var isBuilt: Bool { !root.isNone }
}

/// The indexes of a decision table.
///
/// Trivial: whoever holds one keeps the `TableStorage` alive in which it was built.
public struct MatchTable: BitwiseCopyable, @unchecked Sendable {
    // Sendable: nothing changes after `init`.

    /// Coder 0 encodes nothing: its code is always 0.
    public let coderCount: Int
    /// For each slot that is looked up.
    public let coders: UnsafePointer<ValueCoder>
    /// Of all indexes, each behind those that it leads to.
    public let levels: UnsafePointer<MatchLevel>
    /// Of all levels.
    public let groups: UnsafePointer<MatchGroup>
    /// The code of each cell, ascending within a group.
    public let cellCodes: UnsafePointer<UInt16>
    /// The entries of each cell.
    public let cells: UnsafePointer<Run<MatchEntry>>
    /// Within a cell in the order of rows.
    public let entries: UnsafePointer<MatchEntry>
    /// Of all indexes.
    public let readers: UnsafePointer<MatchReaders>
    /// Ascending for each of the readers.
    public let positions: UnsafePointer<UInt32>
    /// The coders of each index.
    public let coderLists: UnsafePointer<UInt16>
    /// The most cursors that a walk has.
    public let cursorCountMax: Int

    /// - Returns: The entries under a code of a group; empty when there are none.
    @inlinable
    public func cell(_ group: MatchGroup, _ code: UInt16) -> Run<MatchEntry> {
        var low = group.cells.first
        var count = group.cells.count
        while count > 0 {
            let half = count / 2
            if cellCodes[Int(low + half)] < code {
                low += half + 1
                count -= half + 1
            } else {
                count = half
            }
        }
        guard low < group.cells.first + group.cells.count, cellCodes[Int(low)] == code else { return Run() }
        return cells[Int(low)]
    }
}
