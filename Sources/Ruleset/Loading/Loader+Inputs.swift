internal import CEL
internal import Model
internal import Yams

/// Attributes and events: what conditions may ask about.
extension Loader {
    /// Attributes of this kind of content are sensitive whatever the author says (R22).
    private static let sensitiveWords = [
        "nationality", "religion", "ethnicity", "ethnic_group", "race", "politics", "political_party",
        "political_views",
        "sexual_orientation", "health",
    ]

    private static let attributesMax = 4_096

    mutating func loadAttributes(_ sections: [Section]) {
        for section in sections {
            for (entityName, key, value) in named(section.value, section.file, "attributes") {
                guard let entity = Entity(name: entityName) else {
                    report(
                        "unknown-key", key, section.file,
                        "attributes describe a visitor, account or request, not `\(entityName)`",
                        suggestion: Spelling.nearest(to: entityName, among: Entity.allCases.map(\.name)))
                    continue
                }
                for (name, key, value) in named(value, section.file, "attributes of the \(entityName)") {
                    loadAttribute(entity, name, key, value, section.file)
                }
            }
        }
    }

    private mutating func loadAttribute(_ entity: Entity, _ name: String, _ key: Node, _ value: Node, _ file: String) {
        guard let position = declare("attributes.\(entity.name)", name, key, file),
            let entries = entries(value, file, .attribute),
            let type = choice(entries["type"], file, AttributeType.allCases.map { ($0.name, $0) })
        else { return }
        if entity == .request, BuiltIn.request.contains(where: { $0.name == name }) {
            report("duplicate-name", position, "`request.\(name)` is built in")
            return
        }
        var attribute = Attribute(entity: entity, name: name, type: type, position: position)
        attribute.unit = text(entries["unit"], file)
        attribute.description = text(entries["description"], file)
        attribute.values = texts(entries["values"], file)
        attribute.purpose = self.name(entries["purpose"], file)
        attribute.isSensitive = flag(entries["sensitive"], file) ?? false
        attribute.source = text(entries["source"], file)
        attribute.maximumAgeSeconds = duration(entries["max_age"], file)
        attribute.renamedFrom = formerName(entries["rename"], of: attribute, file)
        if !attribute.values.isEmpty, type != .string, type != .strings, let node = entries["values"] {
            report(
                "wrong-form", node, file,
                "`values` is for attributes of type string or strings, this one is \(type.name)")
        }
        if Self.sensitiveWords.contains(name), !attribute.isSensitive {
            report(
                "sensitive", position, "`\(name)` is sensitive by its nature; declare it",
                suggestion: "`sensitive: true` and a `purpose`")
        }
        if attribute.isSensitive, attribute.purpose == nil {
            report(
                "sensitive", position, "`\(name)` is sensitive, so it needs a purpose",
                suggestion: "`purpose: personalisation`")
        }
        if ["in", "true", "false", "null"].contains(name) {
            report(
                "bad-name", position,
                "no condition can ask for `\(entity.name).\(name)`: `\(name)` is a word of conditions",
                suggestion: "`is_\(name)`", severity: .warning)
        }
        guard ruleSet.attributes.count < Self.attributesMax else {
            if ruleSet.attributes.count == Self.attributesMax {
                report("too-large", position, "there are more than \(Self.attributesMax) attributes")
            }
            return
        }
        ruleSet.attributes.append(attribute)
    }

    private mutating func formerName(_ node: Node?, of attribute: Attribute, _ file: String) -> String? {
        guard let node, let entries = entries(node, file, .rename), let name = name(entries["from"], file) else {
            return nil
        }
        guard attribute.entity != .request else {
            report(
                "wrong-form", node, file, "values of a request are not stored, so there is nothing to take along",
                suggestion: "leave out `rename`")
            return nil
        }
        return name
    }

    /// Once every attribute is known: a former name is nobody's any more, and becomes one name only.
    mutating func checkRenames() {
        for attribute in ruleSet.attributes {
            guard let former = attribute.renamedFrom else { continue }
            let others = ruleSet.attributes.filter { $0.entity == attribute.entity }
            let whole = "\(attribute.entity.name).\(former)"
            if others.contains(where: { $0.name == former }) {
                report(
                    "duplicate-name", attribute.position,
                    "`\(attribute.name)` was `\(former)` before, yet `\(whole)` is declared too",
                    suggestion: "leave out `rename`, or the attribute `\(whole)`")
            } else if let other = others.first(where: { $0.renamedFrom == former && $0.name != attribute.name }),
                other.position < attribute.position
            {
                report(
                    "duplicate-name", attribute.position,
                    "`\(whole)` has become `\(other.name)` already; its values can go to one attribute only",
                    suggestion: "leave out one `rename`")
            }
        }
    }

    mutating func loadEvents(_ sections: [Section]) {
        for section in sections {
            for (name, key, value) in named(section.value, section.file, "events", of: .event) {
                guard let position = declare("events", name, key, section.file),
                    let entries = entries(value, section.file, .event)
                else { continue }
                var event = Event(name: name, position: position)
                event.points = number(entries["points"], section.file) ?? 0
                event.halfLifeSeconds = duration(entries["half_life"], section.file)
                event.maximumPoints = number(entries["max_points"], section.file)
                if let node = entries["max_points"], let most = event.maximumPoints, most < 0, event.points >= 0 {
                    report(
                        "wrong-form", node, section.file,
                        "all events of this name together would add \(node.scalar?.string ?? ""), however many there are",
                        suggestion: "a number above 0", severity: .warning)
                }
                event.group = self.name(entries["group"], section.file)
                event.purpose = self.name(entries["purpose"], section.file)
                event.legalBasis = legalBasis(entries["legal_basis"], section.file)
                _ = text(entries["description"], section.file)
                ruleSet.events.append(event)
            }
        }
    }

    // MARK: Environment

    /// Names that conditions refer to before their own sections are loaded.
    mutating func collectNames(_ sections: [String: [Section]]) {
        for section in ["segments", "icps", "placements"] {
            for part in sections[section] ?? [] {
                guard case .mapping(let mapping) = part.value else { continue }
                for (key, _) in mapping {
                    guard let name = key.scalar?.string else { continue }
                    known[section, default: []].insert(name)
                }
            }
        }
    }

    /// How conditions ask for what has a name: the first thing of a name counts.
    func questions(_ sections: [String: [Section]]) -> [String: String] {
        let forms = [
            ("segments", "in_segment(\"NAME\")"), ("icps", "is_icp(\"NAME\")"), ("personas", "persona == \"NAME\""),
            ("stages", "stage == \"NAME\""), ("roles", "role == \"NAME\""), ("lists", "in_list(\"NAME\", X)"),
        ]
        let profiles = (sections["icps"] ?? []).reduce(0) { $0 + ($1.value.mapping?.count ?? 0) }
        var result = [
            "icp": "is_icp(X)", "is_icp": "is_icp(X)", "segment": "in_segment(X)", "in_segment": "in_segment(X)",
        ]
        for (section, form) in forms {
            for part in sections[section] ?? [] {
                guard case .mapping(let mapping) = part.value else { continue }
                for (key, _) in mapping.prefix(limits.itemsMax) {
                    guard let name = key.scalar?.string, result[name] == nil, Self.isName(name) else { continue }
                    result[name] = form.replacing("NAME", with: name)
                    if section == "icps", result["fit"] == nil {
                        result["fit"] = (profiles > 1 ? "for example " : "") + "fit(\"\(name)\")"
                    }
                }
            }
        }
        return result
    }

    func makeEnvironment() -> Environment {
        var environment = Environment()
        environment.normalisesTexts = true
        environment.declareObject("utm", fields: BuiltIn.utm.map { .init(name: $0, type: .string) })
        for entity in Entity.allCases {
            var fields = ruleSet.attributes.filter { $0.entity == entity }.map {
                Environment.Field(name: $0.name, type: Self.type($0.type), unit: $0.unit)
            }
            if entity == .request { fields += BuiltIn.request }
            // A declared attribute wins over what is built in.
            if entity == .account, !fields.contains(where: { $0.name == "events" }) {
                fields.append(.init(name: "events", type: .object("events")))
            }
            environment.declareObject(entity.name, fields: fields)
            environment.declareVariable(entity.name, type: .object(entity.name))
        }
        environment.declareObject(
            "event",
            fields: [
                .init(name: "count", type: .int), .init(name: "last", type: .timestamp),
                .init(name: "score", type: .double),
            ])
        environment.declareObject("events", fields: ruleSet.events.map { .init(name: $0.name, type: .object("event")) })
        environment.declareVariable("events", type: .object("events"))
        environment.declareVariable("now", type: .timestamp)
        environment.declareVariable("engagement", type: .double)
        for name in ["grade", "persona", "role", "stage"] { environment.declareVariable(name, type: .string) }
        environment.declareFunction(.init(name: "in_segment", parameters: [.string], result: .bool))
        environment.declareFunction(.init(name: "is_icp", parameters: [.string], result: .bool))
        environment.declareFunction(.init(name: "fit", parameters: [.string], result: .double))
        environment.declareFunction(.init(name: "in_list", parameters: [.string, .string], result: .bool))
        for type in [CELType.int, .double, .timestamp, .string] {
            environment.declareFunction(.init(name: "between", parameters: [type, type, type], result: .bool))
        }
        return environment
    }

    private static func type(_ type: AttributeType) -> CELType {
        switch type {
        case .bool: .bool
        case .int: .int
        case .double: .double
        case .string: .string
        case .strings: .list(.string)
        case .timestamp: .timestamp
        }
    }
}

/// What every rule set may ask about without declaring it.
enum BuiltIn {
    static let utm = ["source", "medium", "campaign", "term", "content"]

    static let request: [Environment.Field] =
        ["url", "host", "path", "referrer", "ip", "country", "language", "device"].map {
            .init(name: $0, type: .string)
        }
        + [.init(name: "query", type: .map(key: .string, value: .string)), .init(name: "utm", type: .object("utm"))]
}
