package import Ledger
package import Logging
package import Model
package import Store
internal import Synchronization

/// Data of persons that was given to somebody: an export.
package struct Handover: Sendable, Equatable {
    package var at: Timestamp
    /// What was given, such as `profiles of visitors`.
    package var what: String
    /// Who asked; empty when nobody can tell.
    package var by: String
    /// Profiles, or events.
    package var count: UInt64

    package init(at: Timestamp, what: String, by: String, count: UInt64) {
        (self.at, self.what, self.by, self.count) = (at, what, by, count)
    }
}

/// Remembers who was given what, so that a person can be told. It names no person: whoever was known at that time may be in it.
package final class HandoverLog: Sendable {
    /// Followed by the time.
    static let keyPrefix = Array("handover.".utf8)
    private static let keptMax = 1_000

    private let ledger: Ledger
    private let logger: Logger
    private let last = Mutex<Int64>(0)

    /// Nothing is read until it is asked for.
    package init(ledger: Ledger, logger: Logger) { (self.ledger, self.logger) = (ledger, logger) }

    /// Notes an export that has ended, also one that was broken off. That a disk takes no writes keeps nobody from exporting: then the
    /// log has it.
    package func note(_ what: String, by: String, count: UInt64, at now: Timestamp) async {
        // No two of one time.
        let time = last.withLock { last in
            last = max(last + 1, now.microseconds)
            return last
        }
        // A line each, so that a name cannot begin another.
        let lines = [what, by, String(count)].map { $0.replacing("\n", with: " ") }
        do throws(StoreError) {
            var changes = Changes(for: ledger)
            let known = try keys()
            for key in known.dropLast(Self.keptMax - 1) { changes.append(.handover(key: key, record: nil)) }
            let key = Self.keyPrefix + withUnsafeBytes(of: time.bigEndian, Array.init)
            changes.append(.handover(key: key, record: Array(lines.joined(separator: "\n").utf8)))
            try await ledger.submit(changes)
        } catch {
            logger.warning(
                "an export could not be noted", metadata: ["what": "\(what)", "by": "\(by)", "reason": "\(error)"])
        }
    }

    /// Those that are remembered, oldest first.
    ///
    /// - Throws: What the ledger says.
    package func all() throws(StoreError) -> [Handover] {
        var found: [Handover] = []
        try ledger.scan(.meta, under: Self.keyPrefix) { key, value in
            let time = key.dropFirst(Self.keyPrefix.count).reduce(Int64(0)) { $0 << 8 | Int64($1) }
            let lines = String(decoding: value, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            if lines.count == 3, let count = UInt64(lines[2]) {
                found.append(
                    Handover(
                        at: Timestamp(microseconds: time), what: String(lines[0]), by: String(lines[1]), count: count))
            }
            return true
        }
        return found
    }

    private func keys() throws(StoreError) -> [[UInt8]] {
        var found: [[UInt8]] = []
        try ledger.scan(.meta, under: Self.keyPrefix) { key, _ in
            found.append(Array(key))
            return true
        }
        return found
    }
}
