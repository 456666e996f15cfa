internal import Store

/// A moment from which on somebody reads the disk.
package struct ReadMark: Sendable {
    let settled: UInt64
}

/// What has settled since the oldest moment from which on somebody reads.
struct ReadMarks {
    /// Groups that have settled.
    private var settled: UInt64 = 0
    /// How many read since each moment.
    private var readers: [UInt64: Int] = [:]
    /// The oldest first, each with the number of its group.
    private var kept: [(number: UInt64, batches: [(StoreBatch, UInt64)])] = []

    mutating func take() -> ReadMark {
        readers[settled, default: 0] += 1
        return ReadMark(settled: settled)
    }

    /// - Parameter batches: A group that is on disk, with their places in line.
    /// - Returns: Whether somebody reads; if not, it is to be forgotten.
    mutating func keep(_ batches: [(StoreBatch, UInt64)]) -> Bool {
        guard !readers.isEmpty else { return false }
        settled += 1
        kept.append((settled, batches))
        return true
    }

    /// - Returns: What nobody needs any more.
    mutating func release(_ mark: ReadMark) -> [(StoreBatch, UInt64)] {
        readers[mark.settled] = readers[mark.settled].flatMap { $0 > 1 ? $0 - 1 : nil }
        // Whoever began to read later finds it on disk.
        let oldest = readers.keys.min() ?? .max
        let gone = kept.prefix { $0.number <= oldest }
        kept.removeFirst(gone.count)
        return gone.flatMap(\.batches)
    }
}
