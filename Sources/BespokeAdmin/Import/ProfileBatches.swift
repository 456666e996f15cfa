package import Model
package import Profiles
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
    /// Both well below the daemon's message limit of 4 MiB.
    private static let rowsMax = 500
    private static let bytesMax = 512 * 1_024

    private enum Source {
        case csv(ProfileCSV)
        case ndjson(ProfileNDJSON)
        case none
    }

    private var source: Source
    /// Whose profiles they are.
    package let kind: ProfileKind
    private var rows: [ImportRow] = []
    private var byteCount = 0
    /// What is wrong with rows so far.
    package private(set) var rejects = RejectList()
    /// Rows read, good and bad.
    package private(set) var rowCount: UInt64 = 0
    /// The first good rows, to look at.
    package private(set) var firstRows: [ImportRow] = []

    private static let firstRowsMax = 5

    /// - Parameters:
    ///   - attributes: What the rule set declares.
    ///   - options: Of JSON lines, the encoding and the limit of a row.
    package init(
        kind: ProfileKind, attributes: [Attribute], format: ImportFormat = .csv, options: CSVOptions = CSVOptions()
    ) {
        self.kind = kind
        let entity: Entity = kind == .visitor ? .visitor : .account
        let columns = Self.columns(attributes, of: entity)
        source =
            switch format {
            case .csv: .csv(ProfileCSV(columns: columns, entity: entity, options: options))
            case .ndjson: .ndjson(ProfileNDJSON(columns: columns, entity: entity, options: options))
            }
    }

    /// - Parameters:
    ///   - mapping: Says whose profiles they are, and how the file is written.
    ///   - attributes: What the rule set declares.
    ///   - now: What columns of past times are compared with.
    package init(mapping: ImportMapping, attributes: [Attribute], format: ImportFormat = .csv, now: Timestamp) {
        kind = mapping.entity == .visitor ? .visitor : .account
        let columns = Self.columns(attributes, of: mapping.entity)
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

    /// Takes the next piece of the file.
    ///
    /// - Returns: Messages that are full.
    /// - Throws: `CSVError` when the file cannot be read at all.
    package mutating func feed(_ piece: UnsafeBufferPointer<UInt8>) throws(CSVError) -> [ImportProfilesRequest] {
        switch source {
        case .csv(var csv):
            // Taken out meanwhile, so that it is not copied.
            source = .none
            defer { source = .csv(csv) }
            return take(try csv.feed(piece))
        case .ndjson(var lines):
            source = .none
            defer { source = .ndjson(lines) }
            return take(try lines.feed(piece))
        case .none: return []
        }
    }

    /// Ends the file.
    ///
    /// - Returns: What is left to send.
    /// - Throws: `CSVError`, as `feed`.
    package mutating func finish() throws(CSVError) -> [ImportProfilesRequest] {
        var messages: [ImportProfilesRequest] = []
        switch source {
        case .csv(var csv): messages = take(try csv.finish())
        case .ndjson(var lines): messages = take(try lines.finish())
        case .none: break
        }
        source = .none
        if let last = flush() { messages.append(last) }
        return messages
    }

    private mutating func take(_ parsed: [ProfileCSV.Row]) -> [ImportProfilesRequest] {
        var messages: [ImportProfilesRequest] = []
        for row in parsed {
            rowCount += 1
            guard row.rejects.isEmpty else {
                rejects.add(Self.reject(row))
                continue
            }
            let profile = ProfileMessage(
                kind: kind, id: row.id, accountID: row.account ?? "",
                features: row.values.map { FeatureMessage(name: $0.name, value: $0.value) })
            let size = Self.size(profile)
            if rows.count == Self.rowsMax || byteCount + size > Self.bytesMax, let message = flush() {
                messages.append(message)
            }
            let line = ImportRow(line: UInt64(row.line), profile: profile)
            rows.append(line)
            if firstRows.count < Self.firstRowsMax { firstRows.append(line) }
            byteCount += size
        }
        return messages
    }

    private mutating func flush() -> ImportProfilesRequest? {
        guard !rows.isEmpty else { return nil }
        defer {
            rows = []
            byteCount = 0
        }
        return ImportProfilesRequest(rows: rows)
    }

    /// One reject for a row, whatever the number of its bad cells.
    private static func reject(_ row: ProfileCSV.Row) -> ImportReject {
        let reasons = row.rejects.map { reject in
            (reject.column.isEmpty ? reject.reason : "\(reject.column): \(reject.reason)")
                + (reject.text.isEmpty ? "" : " (\"\(reject.text)\")")
        }
        return ImportReject(line: UInt64(row.line), id: row.id, reason: reasons.joined(separator: "; "))
    }

    /// An upper bound of the encoded size.
    private static func size(_ profile: ProfileMessage) -> Int {
        let overhead = 32
        return profile.features.reduce(overhead + profile.id.utf8.count + profile.accountID.utf8.count) {
            sum, feature in
            let content =
                switch feature.value {
                case .string(let text): text.utf8.count
                case .strings(let members): members.reduce(0) { $0 + $1.utf8.count + 6 }
                default: 24
                }
            return sum + overhead + feature.name.utf8.count + content
        }
    }
}
