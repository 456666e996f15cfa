package import Messages
package import Model
internal import Profiles
package import Ruleset

/// Turns a file, as it is read, into events.
package struct EventRows {
    /// An event, with where it stands in its file.
    package struct Row: Sendable, Hashable {
        package let line: Int
        package let event: EventMessage
    }

    private enum Source {
        case csv(ProfileCSV)
        case ndjson(ProfileNDJSON)
        case none
    }

    private let mapping: EventMapping
    private let fields: [String]
    private let latest: Int64
    private var source: Source
    /// Rows read, good and bad.
    package private(set) var rowCount: UInt64 = 0
    /// What is wrong with rows so far.
    package private(set) var rejects = RejectList()
    /// What is wrong with cells, since they were taken last.
    private var found: [ProfileCSV.Reject] = []

    /// Clocks of other programs may be ahead by that much, as the daemon allows it.
    private static let aheadMicroseconds: Int64 = 300_000_000
    private static let valueMax = 1e15

    /// - Parameters:
    ///   - mapping: How the file is written.
    ///   - events: Names of the events that may be recorded.
    ///   - now: Nothing can have happened later.
    package init(mapping: EventMapping, events: [String], format: ImportFormat, now: Timestamp) {
        self.mapping = mapping
        latest = now.microseconds + Self.aheadMicroseconds
        let columns = EventMapping.attributes(events).map { attribute in
            ProfileCSV.Column(name: attribute.name, type: attribute.type, allowed: attribute.values)
        }
        fields = columns.map(\.name)
        source =
            switch format {
            case .csv: .csv(ProfileCSV(columns: columns, mapping: mapping.rows, now: now))
            case .ndjson: .ndjson(ProfileNDJSON(columns: columns, mapping: mapping.rows, now: now))
            }
    }

    /// Where the rows ended that the mapping lets end before the file does, and how many have followed.
    package var ending: (line: Int, rowCount: Int)? {
        if case .csv(let csv) = source { csv.ending } else { nil }
    }

    /// Rows that the mapping leaves out, by a cell of theirs.
    package var leftOutCount: Int {
        switch source {
        case .csv(let csv): csv.leftOutCount
        case .ndjson(let lines): lines.leftOutCount
        case .none: 0
        }
    }

    /// - Returns: Everything that is wrong in the pieces since the last call, in the order of the file.
    package mutating func takeRejects() -> [ProfileCSV.Reject] {
        defer { found.removeAll(keepingCapacity: true) }
        return found
    }

    /// Takes the next piece of the file; nil ends it.
    ///
    /// - Returns: The good rows that are complete, in order.
    /// - Throws: `CSVError` when the file cannot be read at all.
    package mutating func feed(_ piece: UnsafeBufferPointer<UInt8>?) throws(CSVError) -> [Row] {
        var rows: [Row] = []
        switch source {
        case .csv(var csv):
            // Taken out meanwhile, so that it is not copied.
            source = .none
            defer { source = .csv(csv) }
            if let piece {
                try csv.feed(piece) { take(Self.row($0, fields), $1, &rows) }
            } else {
                try csv.finish { take(Self.row($0, fields), $1, &rows) }
            }
        case .ndjson(var lines):
            source = .none
            defer { source = .ndjson(lines) }
            let complete = if let piece { try lines.feed(piece) } else { try lines.finish() }
            for row in complete {
                take(row, row.rejects, &rows)
            }
        case .none: break
        }
        return rows
    }

    private static func row(_ cells: ImportCells, _ fields: [String]) -> ProfileCSV.Row {
        ProfileCSV.Row(
            line: cells.line, id: cells.string(cells.id), account: cells.string(cells.account),
            values: cells.cells.map { ProfileCSV.Value(name: fields[$0.attribute], value: cells.owned($0.value)) },
            rejects: [])
    }

    private mutating func take(_ row: ProfileCSV.Row, _ faults: [ProfileCSV.Reject], _ rows: inout [Row]) {
        rowCount += 1
        guard faults.isEmpty else { return refuse(row, faults) }
        let event = event(row)
        if let fault = fault(in: event) {
            refuse(row, [ProfileCSV.Reject(line: row.line, column: fault.field, reason: fault.reason, cell: "")])
        } else {
            rows.append(Row(line: row.line, event: event))
        }
    }

    private func event(_ row: ProfileCSV.Row) -> EventMessage {
        var event = EventMessage()
        (event.visitorID, event.accountID) = mapping.isVisitor ? (row.id, row.account ?? "") : ("", row.id)
        for value in row.values {
            switch (value.name, value.value) {
            case (EventMapping.id, .string(let text)): event.id = text
            case (EventMapping.name, .string(let text)): event.name = text
            case (EventMapping.decision, .string(let text)): event.decisionID = text
            case (EventMapping.time, .timestamp(let time)): event.time = time
            case (EventMapping.value, .double(let number)): event.value = number
            default: continue
            }
        }
        // One row may be several events, by several mappings.
        if mapping.rows.digestAttribute != nil { event.id = "\(event.name)-\(event.id)" }
        return event
    }

    private func fault(in event: EventMessage) -> (field: String, reason: String)? {
        if event.visitorID.isEmpty, event.accountID.isEmpty {
            return ("", "names neither a visitor nor an account")
        }
        if event.name.isEmpty { return (EventMapping.name, "is missing; an empty cell names no event") }
        if let fault = ProfileID.fault(in: event.id) { return (EventMapping.id, fault.words) }
        if !event.decisionID.isEmpty, let fault = ProfileID.fault(in: event.decisionID) {
            return (EventMapping.decision, fault.words)
        }
        guard let time = event.time else { return (EventMapping.time, "is missing; an event has its time") }
        if time.microseconds > latest { return (EventMapping.time, "is still to come") }
        return event.value.magnitude <= Self.valueMax
            ? nil : (EventMapping.value, "is not a number of at most 10^15 in magnitude")
    }

    private mutating func refuse(_ row: ProfileCSV.Row, _ faults: [ProfileCSV.Reject]) {
        rejects.add(ProfileBatches.reject(line: row.line, id: row.id, faults))
        found += faults
    }
}

/// What became of an import of events.
package struct EventImportResult: Sendable {
    package var recorded: UInt64 = 0
    /// Known already: nothing changed.
    package var duplicates: UInt64 = 0
    /// Not recorded, because the person does not agree to it.
    package var notAgreed: UInt64 = 0
    package var rejects = RejectList()
    /// Of a dry run: the first events as they would be recorded, and how many there are.
    package var first: [EventRows.Row] = []
    package var count: UInt64 = 0

    package init() {}
}
