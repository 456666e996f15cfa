package import Model
package import Ruleset
internal import Synchronization

/// Counts what one campaign with a goal has delivered; loops read it without waiting.
package final class GoalCounter: Sendable {
    /// Of the journal: who counts what, where and since when.
    package let key: [UInt8]
    package let measure: Campaign.Goal.Measure
    package let starts: Timestamp
    private let count = Atomic<UInt64>(0)
    private let whole: Atomic<Bool>

    package static let keyPrefix = Array("behaviour.goal.".utf8)

    /// Nothing delivered yet.
    ///
    /// - Parameter isWhole: Whether nothing can have been recorded before.
    package init(key: [UInt8], isWhole: Bool) {
        self.key = key
        let parts = key.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        measure = parts.count > 1 && parts[1].elementsEqual("clicks".utf8) ? .clicks : .shows
        let digits = key.suffix(MemoryLayout<Int64>.size)
        starts = Timestamp(microseconds: digits.reduce(0) { $0 << 8 | Int64($1) })
        whole = Atomic(isWhole)
    }

    /// - Returns: nil for a campaign without a goal.
    package static func key(_ campaign: Campaign) -> [UInt8]? {
        guard let goal = campaign.goal, let starts = campaign.starts else { return nil }
        return keyPrefix + Array("\(campaign.name)/\(goal.measure.rawValue)/\(goal.placement ?? "")/".utf8)
            + withUnsafeBytes(of: starts.microseconds.bigEndian, Array.init)
    }

    package var delivered: UInt64 { count.load(ordering: .relaxed) }

    /// Whether what was recorded before there was a goal has been counted.
    package var isWhole: Bool {
        get { whole.load(ordering: .relaxed) }
        set { whole.store(newValue, ordering: .relaxed) }
    }

    /// Counts so many more.
    package func add(_ more: UInt64) { count.add(more, ordering: .relaxed) }

    /// Counts so many less: they were not kept.
    package func takeBack(_ less: UInt64) { count.subtract(less, ordering: .relaxed) }

    /// The form that `GoalBook.load` reads.
    package var stored: [UInt8] { withUnsafeBytes(of: delivered.bigEndian, Array.init) }
}
