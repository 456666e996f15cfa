/// Which of the 1,000,000 buckets of Bespoke's own contract belong to which arm. Part of what a daemon publishes, so that a change of
/// weights moves only the difference.
package struct Allocation: Sendable, Hashable {
    /// A stretch of buckets that belongs to one arm.
    package struct Run: Sendable, Hashable {
        package let arm: String
        /// First bucket, and the one behind the last.
        package let buckets: Range<Int>

        package init(arm: String, buckets: Range<Int>) {
            self.arm = arm
            self.buckets = buckets
        }
    }

    /// In the order of their buckets; together they cover the share of them that takes part.
    package let runs: [Run]

    private init(runs: [Run]) {
        self.runs = runs
    }

    /// The arms one behind the other.
    ///
    /// - Parameters:
    ///   - weights: In file order; not negative, relative to each other.
    ///   - traffic: The share of units that gets an arm, 0 to 1.
    package init(_ weights: [(arm: String, weight: Double)], traffic: Double = 1) {
        var first = 0
        runs = zip(weights, Allocation.counts(weights.map(\.weight), traffic: traffic)).compactMap { weight, count in
            guard count > 0 else { return nil }
            defer { first += count }
            return Run(arm: weight.arm, buckets: first..<first + count)
        }
    }

    /// The share of buckets for each weight: exact to a bucket by the method of largest remainders, ties to the first.
    package static func counts(_ weights: [Double], traffic: Double = 1) -> [Int] {
        let total = weights.reduce(0, +)
        guard total > 0, total.isFinite else { return weights.map { _ in 0 } }
        let buckets = (min(max(traffic, 0), 1) * Double(HashContract.bucketCount)).rounded()
        let exact = weights.map { $0 / total * buckets }
        var counts = exact.map { Int($0) }
        let missing = Int(buckets) - counts.reduce(0, +)
        let order = exact.indices.sorted { left, right in
            let remainders = (exact[left] - Double(counts[left]), exact[right] - Double(counts[right]))
            return remainders.0 == remainders.1 ? left < right : remainders.0 > remainders.1
        }
        for index in order.prefix(max(0, missing)) { counts[index] += 1 }
        return counts
    }

    /// The same buckets with new weights or traffic: an arm that shrinks gives up its last buckets, and arms that grow take what is free, first
    /// come. Exactly the difference moves: the sum of what arms give up.
    package func changed(to weights: [(arm: String, weight: Double)], traffic: Double = 1) -> Allocation {
        let counts = Allocation.counts(weights.map(\.weight), traffic: traffic)
        var wanted = Dictionary(zip(weights.map(\.arm), counts)) { first, _ in first }
        var kept: [Run] = []
        for run in runs {
            let count = min(run.buckets.count, wanted[run.arm] ?? 0)
            wanted[run.arm] = (wanted[run.arm] ?? 0) - count
            guard count > 0 else { continue }
            kept.append(Run(arm: run.arm, buckets: run.buckets.lowerBound..<run.buckets.lowerBound + count))
        }
        var free: [Range<Int>] = []
        var next = 0
        for run in kept {
            if next < run.buckets.lowerBound { free.append(next..<run.buckets.lowerBound) }
            next = run.buckets.upperBound
        }
        if next < HashContract.bucketCount { free.append(next..<HashContract.bucketCount) }
        for weight in weights {
            var missing = wanted[weight.arm] ?? 0
            wanted[weight.arm] = 0
            while missing > 0, let gap = free.first {
                let count = min(missing, gap.count)
                kept.append(Run(arm: weight.arm, buckets: gap.lowerBound..<gap.lowerBound + count))
                missing -= count
                free.removeFirst()
                if count < gap.count { free.insert(gap.lowerBound + count..<gap.upperBound, at: 0) }
            }
        }
        return Allocation(runs: Allocation.merged(kept))
    }

    /// The share of units that change arm, join or leave: 0 to 1.
    package func movedShare(to other: Allocation) -> Double {
        var same = 0
        var index = 0
        for run in runs {
            while index < other.runs.count, other.runs[index].buckets.upperBound <= run.buckets.lowerBound {
                index += 1
            }
            var position = index
            while position < other.runs.count, other.runs[position].buckets.lowerBound < run.buckets.upperBound {
                if other.runs[position].arm == run.arm {
                    same += other.runs[position].buckets.clamped(to: run.buckets).count
                }
                position += 1
            }
        }
        let covered = max(bucketCount, other.bucketCount)
        return Double(covered - same) / Double(HashContract.bucketCount)
    }

    /// The share of the units with an arm that have this one; 0 without units.
    package func share(of arm: String) -> Double {
        let all = bucketCount
        guard all > 0 else { return 0 }
        return Double(runs.reduce(0) { $1.arm == arm ? $0 + $1.buckets.count : $0 }) / Double(all)
    }

    private var bucketCount: Int { runs.reduce(0) { $0 + $1.buckets.count } }

    private static func merged(_ runs: [Run]) -> [Run] {
        var merged: [Run] = []
        for run in runs.sorted(by: { $0.buckets.lowerBound < $1.buckets.lowerBound }) {
            if let last = merged.last, last.arm == run.arm, last.buckets.upperBound == run.buckets.lowerBound {
                merged[merged.count - 1] = Run(
                    arm: run.arm, buckets: last.buckets.lowerBound..<run.buckets.upperBound)
            } else {
                merged.append(run)
            }
        }
        return merged
    }

    // MARK: Text

    /// One line: `control 0-499999 start_free 500000-999999`.
    package var text: String {
        runs.map { "\($0.arm) \($0.buckets.lowerBound)-\($0.buckets.upperBound - 1)" }.joined(separator: " ")
    }

    /// - Returns: nil when the text is not what `text` gives: in order, without overlap, within the buckets.
    package init?(text: String) {
        let words = text.split(separator: " ")
        guard words.count % 2 == 0 else { return nil }
        var runs: [Run] = []
        var next = 0
        for index in stride(from: 0, to: words.count, by: 2) {
            let bounds = words[index + 1].split(separator: "-").compactMap { Int($0) }
            guard bounds.count == 2, next <= bounds[0], bounds[0] <= bounds[1], bounds[1] < HashContract.bucketCount
            else { return nil }
            runs.append(Run(arm: String(words[index]), buckets: bounds[0]..<bounds[1] + 1))
            next = bounds[1] + 1
        }
        self.runs = runs
    }
}
