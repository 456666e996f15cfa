internal import Profiles
internal import Model

/// Turns the object of one JSON line into a row.
struct ProfileLine: Sendable {
    private enum Target: Sendable {
        /// Of several columns with the id the lowest place counts.
        case id(CellConversion.Casing, place: Int)
        case account(CellConversion.Casing, place: Int)
        case attribute(String, CellReader, observation: Int?)
        case observation(Int)
        case ignored
    }

    private let entity: Entity
    /// By name; nil without a mapping.
    private let targets: [String: [Target]]?
    private let ignoresOthers: Bool
    private let observations: [ObservationReader]
    /// Of the constants.
    private let rowObservation: Int?
    private let now: Timestamp?
    private let constants: [ProfileCSV.Value]
    private let attributes: [String: CellReader]
    private let idName: String
    private let isIDOptional: Bool
    private let digestAttribute: String?
    private let hasAlternatives: Bool
    private let omissions: [ImportMapping.Omission]
    private let refusals: [ImportMapping.Refusal]

    private static let depthMax = 8

    init(columns: [ProfileCSV.Column], entity: Entity, mapping: ImportMapping?, now: Timestamp?) {
        self.entity = entity
        self.now = now
        // Without a mapping no time is compared with it.
        let time = now ?? Timestamp(microseconds: 0)
        attributes = Dictionary(columns.map { ($0.name, CellReader($0, conversion: nil, now: time)) }) { first, _ in
            first
        }
        ignoresOthers = mapping?.ignoresOthers ?? false
        constants = mapping?.constants.map { ProfileCSV.Value(name: $0.attribute, value: $0.value) } ?? []
        idName = mapping?.id.column ?? "id"
        isIDOptional = mapping?.isIDOptional ?? false
        digestAttribute = mapping?.digestAttribute
        hasAlternatives = mapping?.id.alternatives.isEmpty == false
        omissions = mapping?.omissions ?? []
        refusals = mapping?.refusals ?? []
        guard let mapping else {
            (targets, observations, rowObservation) = (nil, [], nil)
            return
        }
        var targets: [String: [Target]] = [:]
        func add(_ identifier: ImportMapping.Identifier, _ target: (CellConversion.Casing, Int) -> Target) {
            for (place, name) in ([identifier.column] + identifier.alternatives).enumerated() {
                targets[name, default: []].append(target(identifier.casing, place))
            }
        }
        add(mapping.id) { .id($0, place: $1) }
        var observations: [ObservationReader] = []
        func place(of observation: ImportMapping.Observation) -> Int {
            observations.append(ObservationReader(observation.date, now: now))
            targets[observation.column, default: []].append(.observation(observations.count - 1))
            return observations.count - 1
        }
        let shared = mapping.observedAt.map(place)
        rowObservation = shared
        if let account = mapping.account { add(account) { .account($0, place: $1) } }
        for omission in mapping.omissions { targets[omission.column, default: []].append(.ignored) }
        for column in mapping.columns {
            let found = columns.first { $0.name == column.attribute }
            let target = found.map {
                Target.attribute(
                    $0.name, CellReader($0, conversion: column.conversion, now: time),
                    observation: column.observedAt.map(place) ?? shared)
            }
            targets[column.name, default: []].append(target ?? .ignored)
        }
        self.targets = targets
        self.observations = observations
    }

    /// Whether the mapping leaves the line out. A member that is missing, null or empty is an empty cell.
    func leavesOut(_ json: JSON) -> Bool {
        omissions.contains { omission in
            let value = Self.member(omission.column, of: json)
            let text: String
            switch value {
            case nil, .null?: text = ""
            case .string(let string)?: text = TextEdges.trimmed(string)
            case .number(let number)?: text = number
            case .bool(let flag)?: text = "\(flag)"
            case .array?, .object?: return false
            }
            return Array(text.utf8).withUnsafeBufferPointer { cell in omission.cells.contains { $0.matches(cell) } }
        }
    }

    /// - Parameter name: With points between the names of objects within each other.
    private static func member(_ name: String, of json: JSON) -> JSON? {
        guard case .object(let members) = json else { return nil }
        if let own = members.first(where: { $0.name == name }) { return own.value }
        for member in members where name.hasPrefix(member.name + ".") {
            let rest = String(name.dropFirst(member.name.count + 1))
            if let found = Self.member(rest, of: member.value) { return found }
        }
        return nil
    }

    func row(_ line: Int, _ json: JSON) -> ProfileCSV.Row {
        var row = Draft(line: line)
        guard case .object(let members) = json else {
            row.refuse("", "the line holds \(json.kind), not an object in braces", nil)
            return row.row
        }
        for refusal in refusals where Self.member(refusal.column, of: json) != nil {
            row.refuse(refusal.column, "is not of these lines: \(refusal.words)", nil)
        }
        if targets == nil {
            plain(members, &row)
        } else {
            mapped(members, prefix: "", depth: 0, &row)
        }
        if !row.hasID, !isIDOptional { row.refuse(idName, "is missing", nil) }
        if let digestAttribute {
            let digest = RowDigest.text(Array(json.line().utf8))
            row.add(ProfileCSV.Value(name: digestAttribute, value: .string(digest)), observation: nil)
        }
        for constant in constants { row.add(constant, observation: rowObservation) }
        return row.row
    }

    // MARK: Without a mapping

    private func plain(_ members: [JSON.Member], _ row: inout Draft) {
        // What `profiles export` writes is read as it stands.
        let isExported = members.contains { $0.name == "features" }
        func identifier(_ member: JSON.Member, _ row: inout Draft) -> String {
            self.identifier(isExported ? member : Self.trimmed(member), .kept, &row)
        }
        for member in members where member.value != .null {
            switch member.name {
            case "id": row.id = identifier(member, &row)
            case "account", "accountId":
                if case .string("") = member.value { continue }
                guard entity == .visitor else {
                    row.refuse(member.name, "stands for visitors only; an account belongs to no account", member.value)
                    continue
                }
                row.account = identifier(member, &row)
            case "attributes", "features":
                guard case .object(let attributes) = member.value else {
                    row.refuse(member.name, "must be an object in braces, not \(member.value.kind)", nil)
                    continue
                }
                for attribute in attributes { add(attribute, isExported: member.name == "features", &row) }
            case "kind":
                if member.value != .string("PROFILE_KIND_" + entity.name.uppercased()),
                    member.value != .string(entity.name)
                {
                    row.refuse("kind", "is another than that of this import, \(entity.name)", member.value)
                }
            // Of an export; a new write has a version of its own.
            case "version": continue
            default:
                let known = ["id", "account", "attributes"]
                let hint =
                    attributes[member.name] == nil
                    ? Spelling.nearest(to: member.name, among: known).map { "; did you mean `\($0)`?" }
                    : "; put it within `attributes`"
                row.refuse(member.name, "is not known" + (hint ?? "; there are id, account and attributes"), nil)
            }
        }
    }

    private func add(_ member: JSON.Member, isExported: Bool, _ row: inout Draft) {
        guard let reader = attributes[member.name] else {
            let hint = Spelling.nearest(to: member.name, among: attributes.keys.sorted())
            row.refuse(
                member.name, "is no attribute of the rule set" + (hint.map { "; did you mean `\($0)`?" } ?? ""), nil)
            return
        }
        row.add(
            member.name, key: member.name, isExported ? Self.exported(member.value) : member.value, reader,
            isMapped: false, observation: nil)
        if isExported { row.observe(since: Self.observation(member.value), key: member.name, now: now) }
    }

    /// `observedAt` of a feature.
    private static func observation(_ json: JSON) -> JSON? {
        guard case .object(let members) = json else { return nil }
        return members.first { $0.name == "observedAt" }?.value
    }

    /// `{"value": {"int": "3"}}` as `"3"`.
    private static func exported(_ json: JSON) -> JSON {
        guard case .object(let members) = json, let feature = members.first(where: { $0.name == "value" })?.value,
            case .object(let typed) = feature, typed.count == 1, let value = typed.first?.value
        else { return json }
        guard case .object(let list) = value, list.count == 1, list.first?.name == "values" else { return value }
        return list.first?.value ?? value
    }

    private func identifier(_ member: JSON.Member, _ casing: CellConversion.Casing, _ row: inout Draft) -> String {
        let text: String
        switch member.value {
        case .string(let string): text = string
        case .number(let number): text = number
        default:
            row.refuse(member.name, "must be a text, not \(member.value.kind)", nil)
            return ""
        }
        let id = casing.applied(to: text)
        if let fault = ProfileID.fault(in: id) { row.refuse(member.name, fault.words, member.value) }
        return id
    }

    // MARK: With a mapping

    private func mapped(_ members: [JSON.Member], prefix: String, depth: Int, _ row: inout Draft) {
        for member in members {
            let name = prefix + member.name
            guard let targets = targets?[name] else {
                if case .object(let inner) = member.value, depth < Self.depthMax {
                    mapped(inner, prefix: name + ".", depth: depth + 1, &row)
                } else if !ignoresOthers {
                    row.refuse(
                        name,
                        "is not named by the mapping; add it, with `ignore` if nothing takes it, or say `others: ignore`",
                        nil)
                }
                continue
            }
            guard member.value != .null else { continue }
            let named = Self.trimmed(JSON.Member(name, member.value))
            for target in targets {
                switch target {
                case .id(let casing, let place):
                    if isIDOptional || hasAlternatives, named.value == .string("") { continue }
                    if place < row.idPlace { (row.id, row.idPlace) = (identifier(named, casing, &row), place) }
                case .account(let casing, let place):
                    if case .string("") = named.value { continue }
                    if place < row.accountPlace {
                        (row.account, row.accountPlace) = (identifier(named, casing, &row), place)
                    }
                case .attribute(let attribute, let reader, let observation):
                    row.add(attribute, key: name, named.value, reader, isMapped: true, observation: observation)
                case .observation(let place): row.observe(place, named, observations[place])
                case .ignored: continue
                }
            }
        }
    }

    private static func trimmed(_ member: JSON.Member) -> JSON.Member {
        guard case .string(let text) = member.value else { return member }
        return JSON.Member(member.name, .string(TextEdges.trimmed(text)))
    }
}

/// A row as it grows.
private struct Draft {
    let line: Int
    var id = ""
    var account: String?
    /// Which of the columns that have them they were taken from.
    var idPlace = Int.max
    var accountPlace = Int.max
    private var values: [(value: ProfileCSV.Value, observation: Int?)] = []
    private var times: [Int: Int64] = [:]
    private var rejects: [ProfileCSV.Reject] = []

    init(line: Int) {
        self.line = line
    }

    /// Whether there is one, or what is wrong has been said.
    var hasID: Bool { !id.isEmpty || !rejects.isEmpty }

    var row: ProfileCSV.Row {
        let values = values.map { value, observation in
            observation.flatMap { times[$0] }.map { time in
                ProfileCSV.Value(name: value.name, value: value.value, observedAtSeconds: time)
            } ?? value
        }
        return ProfileCSV.Row(line: line, id: id, account: account, values: values, rejects: rejects)
    }

    mutating func add(_ value: ProfileCSV.Value, observation: Int?) { values.append((value, observation)) }

    /// Says since when values are known.
    mutating func observe(_ place: Int, _ member: JSON.Member, _ reader: ObservationReader) {
        do throws(CellRefusal) {
            switch member.value {
            case .string(let text), .number(let text): times[place] = try reader.seconds(text)
            default: throw CellRefusal(reason: "is \(member.value.kind), which is no time")
            }
        } catch {
            refuse(member.name, error.reason, member.value)
        }
    }

    /// Says since when the value that was added last is known, unless it was refused.
    mutating func observe(since json: JSON?, key: String, now: Timestamp?) {
        guard let json, json != .null, let last = values.last, last.value.name == key else { return }
        let place = -values.count
        values[values.count - 1].observation = place
        observe(place, JSON.Member(key + ".observedAt", json), ObservationReader(DateFormat(), now: now))
    }

    mutating func refuse(_ key: String, _ reason: String, _ value: JSON?) {
        let cell =
            switch value {
            case .string(let text)?: text
            case let value?: value.line()
            case nil: ""
            }
        rejects.append(ProfileCSV.Reject(line: line, column: key, reason: reason, cell: cell))
    }

    mutating func add(
        _ attribute: String, key: String, _ json: JSON, _ reader: CellReader, isMapped: Bool, observation: Int?
    ) {
        do throws(CellRefusal) {
            guard let value = try Self.value(json, reader, isMapped: isMapped) else { return }
            add(ProfileCSV.Value(name: attribute, value: value), observation: observation)
        } catch {
            refuse(key, error.reason, json)
        }
    }

    /// - Parameter isMapped: Whether the mapping may read numbers and texts as something else.
    private static func value(_ json: JSON, _ reader: CellReader, isMapped: Bool) throws(CellRefusal) -> AttributeValue?
    {
        let type = reader.type
        switch json {
        case .null: return nil
        case .bool(let flag) where isMapped || type == .bool: return try reader.value(flag ? "true" : "false")
        case .number(let number) where isMapped || type == .int || type == .double:
            return try reader.value(number: number)
        case .string(let text) where isMapped || type != .strings:
            return try reader.value(text, isExact: !isMapped)
        case .array(let items) where type == .strings:
            var members: [String] = []
            for item in items {
                guard case .string(let member) = item else {
                    throw CellRefusal(reason: "must be an array of texts, but one is \(item.kind)")
                }
                members.append(member)
            }
            return try reader.value(members: members)
        default: throw CellRefusal(reason: "is \(json.kind), which is no \(type.name)")
        }
    }
}
