package import Model

extension DecisionTap.Gathered {
    /// One record for each placement decided, and one for each arm that changes none.
    package var records: [EventRecord] {
        var records: [EventRecord] = []
        bytes.withUnsafeBytes { bytes in
            var reader = TapReader(bytes: bytes)
            while !reader.isAtEnd { Self.add(TappedAnswer(&reader), to: &records) }
        }
        return records
    }

    private static func add(_ answer: TappedAnswer, to records: inout [EventRecord]) {
        func record(_ what: String) -> EventRecord {
            var record = EventRecord(.decision, id: "\(answer.identifier)/\(what)", at: answer.decidedAt)
            (record.visitorID, record.accountID) = (answer.visitorID, answer.accountID)
            (record.icp, record.persona) = (answer.icp, answer.persona)
            (record.decisionID, record.revision) = (answer.identifier, answer.revision)
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

/// An answer as `DecisionTap.add` wrote it; the parts are read in the order in which they stand.
private struct TappedAnswer {
    struct Placement {
        let placement: String
        let reason: DecisionReason?
        let campaign: String
        let variant: String
        let experiment: String
        let arm: String
    }

    struct Assignment {
        let experiment: String
        let arm: String
        let propensity: Double
    }

    let identifier: String
    let visitorID: String
    let accountID: String
    let revision: String
    let decidedAt: Timestamp
    let icp: String
    let persona: String
    var placements: [Placement] = []
    var assignments: [Assignment] = []

    init(_ reader: inout TapReader) {
        identifier = reader.text()
        visitorID = reader.text()
        accountID = reader.text()
        revision = reader.text()
        decidedAt = Timestamp(microseconds: Int64(bitPattern: reader.number()))
        icp = reader.text()
        persona = reader.text()
        for _ in 0..<reader.number() {
            placements.append(
                Placement(
                    placement: reader.text(), reason: DecisionReason(rawValue: UInt8(reader.number())),
                    campaign: reader.text(), variant: reader.text(), experiment: reader.text(), arm: reader.text()))
        }
        for _ in 0..<reader.number() {
            assignments.append(
                Assignment(
                    experiment: reader.text(), arm: reader.text(), propensity: Double(bitPattern: reader.number())))
        }
    }
}

/// Reads what a tap wrote; nobody else ever writes it.
private struct TapReader {
    let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func number() -> UInt64 {
        defer { offset += MemoryLayout<UInt64>.size }
        return bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    mutating func text() -> String {
        let count = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let start = offset + MemoryLayout<UInt32>.size
        offset = start + count
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }
}
