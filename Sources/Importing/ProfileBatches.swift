package import Messages
package import Model
internal import Profiles
package import Ruleset
package import Wire

/// What the client found wrong with rows, in the order of the file.
package struct RejectList: Sendable {
    /// As many as the daemon itemises too.
    package static let shownMax = 1_000

    /// The first.
    package private(set) var shown: [ImportReject] = []
    package private(set) var count: UInt64 = 0

    package init() {}

    /// Counts a reject; beyond the first 1,000 its words are dropped.
    package mutating func add(_ reject: ImportReject) {
        count += 1
        if shown.count < Self.shownMax { shown.append(reject) }
    }

    /// Puts the daemon's rejects among these.
    ///
    /// - Parameter count: How many those are in all, itemised or not.
    package mutating func merge(_ others: [ImportReject], count: UInt64) {
        // Both are in the order of the file; at the same line, what the client found comes first.
        var merged: [ImportReject] = []
        merged.reserveCapacity(shown.count + others.count)
        var rest = others[...]
        for reject in shown {
            while let other = rest.first, other.line < reject.line {
                merged.append(other)
                rest.removeFirst()
            }
            merged.append(reject)
        }
        merged += rest
        shown = Array(merged.prefix(Self.shownMax))
        self.count += count
    }
}

/// How a file holds rows.
package enum ImportFormat: String, Sendable, CaseIterable {
    case csv
    /// A JSON object a line.
    case ndjson

    /// What the name of a file says; CSV unless it says otherwise.
    package init(path: String) {
        self = path.hasSuffix(".ndjson") || path.hasSuffix(".jsonl") ? .ndjson : .csv
    }
}

/// Turns a file, as it is read, into messages for ImportProfiles.
package struct ProfileBatches {
    private enum Source {
        case csv(ProfileCSV)
        case ndjson(ProfileNDJSON)
        case none
    }

    private var source: Source
    /// Whose profiles they are.
    package let kind: ProfileKind
    private var encoder: ImportRowsEncoder
    /// Attributes by name.
    private let places: [String: Int]
    private var firstMessage: [UInt8] = []
    /// What is wrong with rows so far.
    package private(set) var rejects = RejectList()
    /// What is wrong with cells, since they were taken last.
    private var found: [ProfileCSV.Reject] = []
    /// Good rows up to this line are left out: an earlier run has written them.
    package var writtenThrough = 0
    /// Rows read, good and bad.
    package private(set) var rowCount: UInt64 = 0

    private static let firstRowsMax = 5

    /// - Parameters:
    ///   - attributes: What the rule set declares.
    ///   - options: Of JSON lines, the encoding and the limit of a row.
    ///   - now: Nothing can be known since a later time; nil when the daemon is to look at that.
    package init(
        kind: ProfileKind, attributes: [Attribute], format: ImportFormat = .csv, options: CSVOptions = CSVOptions(),
        now: Timestamp? = nil
    ) {
        self.kind = kind
        let entity: Entity = kind == .visitor ? .visitor : .account
        let columns = Self.columns(attributes, of: entity)
        (encoder, places) = Self.encoder(kind, columns)
        source =
            switch format {
            case .csv: .csv(ProfileCSV(columns: columns, entity: entity, options: options))
            case .ndjson: .ndjson(ProfileNDJSON(columns: columns, entity: entity, options: options, now: now))
            }
    }

    /// - Parameters:
    ///   - mapping: Says whose profiles they are, and how the file is written.
    ///   - attributes: What the rule set declares.
    ///   - now: What columns of past times are compared with.
    package init(mapping: ImportMapping, attributes: [Attribute], format: ImportFormat = .csv, now: Timestamp) {
        kind = mapping.entity == .visitor ? .visitor : .account
        let columns = Self.columns(attributes, of: mapping.entity)
        (encoder, places) = Self.encoder(kind, columns)
        source =
            switch format {
            case .csv: .csv(ProfileCSV(columns: columns, mapping: mapping, now: now))
            case .ndjson: .ndjson(ProfileNDJSON(columns: columns, mapping: mapping, now: now))
            }
    }

    private static func columns(_ attributes: [Attribute], of entity: Entity) -> [ProfileCSV.Column] {
        attributes.filter { $0.entity == entity }.map { attribute in
            ProfileCSV.Column(name: attribute.name, type: attribute.type, allowed: attribute.values)
        }
    }

    private static func encoder(
        _ kind: ProfileKind, _ columns: [ProfileCSV.Column]
    ) -> (ImportRowsEncoder, places: [String: Int]) {
        let names = columns.map(\.name)
        return (
            ImportRowsEncoder(entity: kind == .account ? .account : .visitor, names: names),
            Dictionary(zip(names, names.indices)) { first, _ in first }
        )
    }

    /// The first good rows, to look at, once the first message is full or the file has ended.
    package var firstRows: [ImportRow] {
        // Our own bytes: they are a message.
        let message = firstMessage.withUnsafeBytes { try? ImportProfilesRequest(decoding: $0) }
        return Array((message?.rows ?? []).prefix(Self.firstRowsMax))
    }

    /// Where the rows ended that the mapping lets end before the file does, and how many have followed.
    package private(set) var ending: (line: Int, rowCount: Int)?

    /// Rows that the mapping leaves out, by a cell of theirs.
    package var leftOutCount: Int {
        switch source {
        case .csv(let csv): csv.leftOutCount
        case .ndjson(let lines): lines.leftOutCount
        case .none: leftOutAtEnd
        }
    }
    private var leftOutAtEnd = 0

    /// - Returns: Everything that is wrong in the pieces since the last call, in the order of the file.
    package mutating func takeRejects() -> [ProfileCSV.Reject] {
        defer { found.removeAll(keepingCapacity: true) }
        return found
    }

    /// Takes the next piece of the file.
    ///
    /// - Returns: Messages that are full.
    /// - Throws: `CSVError` when the file cannot be read at all.
    package mutating func feed(_ piece: UnsafeBufferPointer<UInt8>) throws(CSVError) -> [ImportMessage] {
        var messages: [ImportMessage] = []
        switch source {
        case .csv(var csv):
            // Taken out meanwhile, so that it is not copied.
            source = .none
            defer { source = .csv(csv) }
            try csv.feed(piece) { take($0, $1, &messages) }
        case .ndjson(var lines):
            source = .none
            defer { source = .ndjson(lines) }
            take(try lines.feed(piece), &messages)
        case .none: break
        }
        return messages
    }

    /// Ends the file.
    ///
    /// - Returns: What is left to send.
    /// - Throws: `CSVError`, as `feed`.
    package mutating func finish() throws(CSVError) -> [ImportMessage] {
        var messages: [ImportMessage] = []
        switch source {
        case .csv(var csv):
            source = .none
            try csv.finish { take($0, $1, &messages) }
            (ending, leftOutAtEnd) = (csv.ending, csv.leftOutCount)
        case .ndjson(var lines):
            source = .none
            take(try lines.finish(), &messages)
            leftOutAtEnd = lines.leftOutCount
        case .none: break
        }
        add(encoder.take(), to: &messages)
        return messages
    }

    private mutating func take(_ rows: [ProfileCSV.Row], _ messages: inout [ImportMessage]) {
        var cells = ImportCells()
        for row in rows {
            cells.start(line: row.line)
            cells.id = cells.text(row.id)
            if let account = row.account { cells.account = cells.text(account) }
            for value in row.values {
                guard let place = places[value.name] else { continue }
                cells.add(cells.value(value.value), to: place, observedAtSeconds: value.observedAtSeconds)
            }
            take(cells, row.rejects, &messages)
        }
    }

    private mutating func take(_ row: ImportCells, _ faults: [ProfileCSV.Reject], _ messages: inout [ImportMessage]) {
        rowCount += 1
        guard faults.isEmpty else { return refuse(row, faults) }
        guard row.line > writtenThrough else { return }
        do {
            add(try encoder.append(row), to: &messages)
        } catch {
            refuse(row, [ProfileCSV.Reject(line: row.line, column: "", reason: error.description, cell: "")])
        }
    }

    private mutating func refuse(_ row: ImportCells, _ faults: [ProfileCSV.Reject]) {
        rejects.add(Self.reject(line: row.line, id: row.string(row.id), faults))
        found += faults
    }

    private mutating func add(_ message: ImportMessage?, to messages: inout [ImportMessage]) {
        guard let message else { return }
        if firstMessage.isEmpty { firstMessage = message.bytes }
        messages.append(message)
    }

    /// One reject for a row, whatever the number of its bad cells.
    static func reject(line: Int, id: String, _ found: [ProfileCSV.Reject]) -> ImportReject {
        let reasons = found.map { reject in
            (reject.column.isEmpty ? reject.reason : "\(reject.column): \(reject.reason)")
                + (reject.text.isEmpty ? "" : " (\"\(reject.text)\")")
        }
        return ImportReject(line: UInt64(line), id: id, reason: reasons.joined(separator: "; "))
    }
}
