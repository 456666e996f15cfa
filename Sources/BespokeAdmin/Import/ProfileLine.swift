internal import Model
internal import Profiles

/// Turns the object of one JSON line into a row.
struct ProfileLine: Sendable {
    private enum Target: Sendable {
        case id(CellConversion.Casing)
        case account(CellConversion.Casing)
        case attribute(String, CellReader)
        case ignored
    }

    private let entity: Entity
    /// By name; nil without a mapping.
    private let targets: [String: [Target]]?
    private let ignoresOthers: Bool
    private let constants: [ProfileCSV.Value]
    private let attributes: [String: CellReader]
    private let idName: String

    private static let depthMax = 8

    init(columns: [ProfileCSV.Column], entity: Entity, mapping: ImportMapping?, now: Timestamp) {
        self.entity = entity
        attributes = Dictionary(columns.map { ($0.name, CellReader($0, conversion: nil, now: now)) }) { first, _ in
            first
        }
        ignoresOthers = mapping?.ignoresOthers ?? false
        constants = mapping?.constants.map { ProfileCSV.Value(name: $0.attribute, value: $0.value) } ?? []
        idName = mapping?.id.column ?? "id"
        guard let mapping else {
            targets = nil
            return
        }
        var targets: [String: [Target]] = [mapping.id.column: [.id(mapping.id.casing)]]
        if let account = mapping.account { targets[account.column, default: []].append(.account(account.casing)) }
        for column in mapping.columns {
            let found = columns.first { $0.name == column.attribute }
            let target = found.map {
                Target.attribute($0.name, CellReader($0, conversion: column.conversion, now: now))
            }
            targets[column.name, default: []].append(target ?? .ignored)
        }
        self.targets = targets
    }

    func row(_ line: Int, _ json: JSON) -> ProfileCSV.Row {
        var row = Draft(line: line)
        guard case .object(let members) = json else {
            row.refuse("", "the line holds \(json.kind), not an object in braces", nil)
            return row.row
        }
        if targets == nil {
            plain(members, &row)
        } else {
            mapped(members, prefix: "", depth: 0, &row)
        }
        if !row.hasID { row.refuse(idName, "is missing", nil) }
        row.values += constants
        return row.row
    }

    // MARK: Without a mapping

    private func plain(_ members: [JSON.Member], _ row: inout Draft) {
        for member in members where member.value != .null {
            switch member.name {
            case "id": row.id = identifier(member, .kept, &row)
            case "account", "accountId":
                if case .string("") = member.value { continue }
                guard entity == .visitor else {
                    row.refuse(member.name, "stands for visitors only; an account belongs to no account", member.value)
                    continue
                }
                row.account = identifier(member, .kept, &row)
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
            isMapped: false)
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
        let id =
            switch casing {
            case .kept: text
            case .lower: text.lowercased()
            case .upper: text.uppercased()
            }
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
            let named = JSON.Member(name, Self.trimmed(member.value))
            for target in targets {
                switch target {
                case .id(let casing): row.id = identifier(named, casing, &row)
                case .account(let casing):
                    if case .string("") = named.value { continue }
                    row.account = identifier(named, casing, &row)
                case .attribute(let attribute, let reader):
                    row.add(attribute, key: name, named.value, reader, isMapped: true)
                case .ignored: continue
                }
            }
        }
    }

    private static func trimmed(_ json: JSON) -> JSON {
        guard case .string(let text) = json else { return json }
        var part = text[...].drop { $0 == " " || $0 == "\t" }
        while part.last == " " || part.last == "\t" { part.removeLast() }
        return .string(String(part))
    }
}

/// A row as it grows.
private struct Draft {
    let line: Int
    var id = ""
    var account: String?
    var values: [ProfileCSV.Value] = []
    private var rejects: [ProfileCSV.Reject] = []

    init(line: Int) {
        self.line = line
    }

    /// Whether there is one, or what is wrong has been said.
    var hasID: Bool { !id.isEmpty || !rejects.isEmpty }

    var row: ProfileCSV.Row { ProfileCSV.Row(line: line, id: id, account: account, values: values, rejects: rejects) }

    mutating func refuse(_ key: String, _ reason: String, _ value: JSON?) {
        let cell =
            switch value {
            case .string(let text)?: text
            case let value?: value.line()
            case nil: ""
            }
        rejects.append(ProfileCSV.Reject(line: line, column: key, reason: reason, cell: cell))
    }

    mutating func add(_ attribute: String, key: String, _ json: JSON, _ reader: CellReader, isMapped: Bool) {
        do throws(CellRefusal) {
            guard let value = try Self.value(json, reader, isMapped: isMapped) else { return }
            values.append(ProfileCSV.Value(name: attribute, value: value))
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
        case .number(let number) where isMapped || type == .int || type == .double: return try reader.value(number)
        case .string(let text) where isMapped || type != .strings: return try reader.value(text)
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
