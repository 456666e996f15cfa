internal import Model
internal import Wire

/// Copies of the answers that one event loop gave, until they are gathered for the sink: nothing is decoded where decisions are made.
///
/// Touched on its loop only.
final class DecisionTap {
    /// Gathered ten times a second, so this holds 40,000 usual answers a second.
    private static let bytesMax = 4 << 20

    /// Copies, each text with its length (4 bytes) before it: visitor, account, answer.
    struct Gathered: Sendable {
        fileprivate(set) var bytes: [UInt8] = []
        fileprivate(set) var dropped: UInt64 = 0
    }

    @exclusivity(unchecked) private var gathered = Gathered()

    /// - Parameter answer: An encoded `DecideResponse`.
    func add(_ visitorID: BorrowedText, _ accountID: BorrowedText, answer: UnsafeRawBufferPointer) {
        guard gathered.bytes.count < Self.bytesMax else {
            gathered.dropped += 1
            return
        }
        append(UnsafeRawBufferPointer(visitorID.bytes))
        append(UnsafeRawBufferPointer(accountID.bytes))
        append(answer)
    }

    private func append(_ bytes: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: UInt32(bytes.count)) { gathered.bytes.append(contentsOf: $0) }
        gathered.bytes.append(contentsOf: bytes)
    }

    /// Hands over what has come together, and begins anew.
    func take() -> Gathered {
        defer { gathered = Gathered() }
        return gathered
    }
}

extension DecisionTap.Gathered {
    /// One record for each placement decided, and one for each arm that changes none.
    var records: [EventRecord] {
        var records: [EventRecord] = []
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            func next() -> UnsafeRawBufferPointer {
                let count = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                let start = offset + MemoryLayout<UInt32>.size
                offset = start + count
                return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
            }
            while offset < bytes.count {
                let visitorID = String(decoding: next(), as: UTF8.self)
                let accountID = String(decoding: next(), as: UTF8.self)
                // Our own answer can be read.
                guard let answer = try? DecideResponseMessage(decoding: next()) else { continue }
                Self.add(answer, visitorID, accountID, to: &records)
            }
        }
        return records
    }

    private static func add(
        _ answer: DecideResponseMessage, _ visitorID: String, _ accountID: String, to records: inout [EventRecord]
    ) {
        func record(_ what: String) -> EventRecord {
            var record = EventRecord(
                .decision, id: "\(answer.decisionID)/\(what)", at: answer.decidedAt ?? Timestamp(microseconds: 0))
            (record.visitorID, record.accountID) = (visitorID, accountID)
            (record.icp, record.persona) = (answer.icp?.name ?? "", answer.persona?.name ?? "")
            (record.decisionID, record.revision) = (answer.decisionID, answer.revision)
            return record
        }
        for placement in answer.placements {
            var record = record(placement.placement)
            (record.placement, record.reason) = (placement.placement, placement.reason?.name ?? "")
            (record.campaign, record.variant) = (placement.campaign, placement.variant)
            (record.experiment, record.arm) = (placement.experiment, placement.arm)
            let assignment = answer.assignments.first { $0.experiment == placement.experiment }
            record.propensity = assignment?.propensity ?? 0
            records.append(record)
        }
        for assignment in answer.assignments
        where !answer.placements.contains(where: { $0.experiment == assignment.experiment }) {
            var record = record(assignment.experiment)
            (record.experiment, record.arm) = (assignment.experiment, assignment.arm)
            record.propensity = assignment.propensity
            records.append(record)
        }
    }
}
