/// config/bespoke.schema.json: a JSON Schema for editors, written from the tables that the loader checks against.
///
/// It knows the form of each value, not what other files declare: that stays with `bespokectl rules check`. It is a little
/// stricter than the loader, which also takes a number between quotes.
package enum RuleSchema {
    private static let name = "^[a-z][a-z0-9_]{0,63}$"

    /// The whole schema, in JSON Schema draft 2020-12.
    package static func json() -> String {
        var tables: [KeyTable] = []
        collect(.file, into: &tables)
        let definitions = tables.dropFirst().map { ($0.identifier, object($0)) }
        var members: [(String, SchemaText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Bespoke rule file")),
            ("description", .string("One file of a rule set. docs/reference.md lists every key.")),
        ]
        if case .object(let root) = object(.file) { members += root }
        members.append(("$defs", .object(definitions + common)))
        return SchemaText.object(members).text() + "\n"
    }

    private static func collect(_ table: KeyTable, into tables: inout [KeyTable]) {
        guard !tables.contains(where: { $0.subject == table.subject }) else { return }
        tables.append(table)
        for key in table.keys {
            if let below = key.value.table { collect(below, into: &tables) }
        }
    }

    private static func object(_ table: KeyTable) -> SchemaText {
        let properties = table.keys.map { key -> (String, SchemaText) in
            var help = key.help
            if !key.fallback.isEmpty { help += " Default: \(key.fallback)." }
            var members = schema(key.value)
            if table.subject == KeyTable.file.subject { members = emptyOr(members) }
            return (key.name, .object([("description", .string(help))] + members))
        }
        let required = table.keys.filter(\.isRequired).map { SchemaText.string($0.name) }
        var members: [(String, SchemaText)] = [
            ("type", .string("object")), ("additionalProperties", .flag(false)),
        ]
        if !required.isEmpty { members.append(("required", .array(required))) }
        members += constraints(table)
        return .object(members + [("properties", .object(properties))])
    }

    /// A section without content is passed over.
    private static func emptyOr(_ members: [(String, SchemaText)]) -> [(String, SchemaText)] {
        [("anyOf", .array([.object([("type", .string("null"))]), .object(members)]))]
    }

    /// What a table of keys alone does not say.
    private static func constraints(_ table: KeyTable) -> [(String, SchemaText)] {
        func needs(_ name: String) -> SchemaText { .object([("required", .array([.string(name)]))]) }
        switch table.subject {
        case KeyTable.list.subject: return [("oneOf", .array([needs("values"), needs("file")]))]
        case KeyTable.campaign.subject: return [("anyOf", .array([needs("ads"), needs("pages")]))]
        case KeyTable.utm.subject: return [("minProperties", .whole(1))]
        default: return []
        }
    }

    private static func schema(_ form: ValueForm) -> [(String, SchemaText)] {
        switch form {
        case .text, .path: return reference("text")
        case .name: return reference("name")
        case .condition: return reference("condition")
        case .flag: return [("type", .string("boolean"))]
        case .number: return [("type", .string("number"))]
        case .share: return [("type", .string("number")), ("minimum", .whole(0)), ("maximum", .whole(1))]
        case .whole(let range):
            return [
                ("type", .string("integer")), ("minimum", .whole(range.lowerBound)),
                ("maximum", .whole(range.upperBound)),
            ]
        case .duration: return reference("duration")
        case .time: return reference("time")
        case .date: return reference("date")
        case .hours: return reference("hours")
        case .timeZone: return pattern("^(visitor|[A-Za-z][A-Za-z0-9_+/-]*)$")
        case .attribute: return pattern("^(visitor|account|request)\\.[a-z][a-z0-9_]{0,63}$")
        case .slots: return slots
        case .choice(let words): return [("enum", .array(words.map { .string($0) }))]
        case .reference: return reference("name")
        case .attributeValue: return reference("value")
        case .list(let form): return [("type", .string("array")), ("items", .object(schema(form)))]
        case .mapping(let keys, let form, _): return mapping(keys, schema(form))
        case .table(let table): return reference(table.identifier)
        case .optionalTable(let table): return emptyOr(reference(table.identifier))
        case .conditions:
            let list = SchemaText.object([("type", .string("array")), ("items", .object(reference("condition")))])
            return [("anyOf", .array([.object(reference("condition")), list]))]
        }
    }

    private static func mapping(_ keys: ValueForm.Keys, _ value: [(String, SchemaText)]) -> [(String, SchemaText)] {
        var members: [(String, SchemaText)] = [("type", .string("object"))]
        switch keys {
        case .names, .references: members.append(("propertyNames", .object([("pattern", .string(name))])))
        case .choice(let words):
            members.append(("propertyNames", .object([("enum", .array(words.map { .string($0) }))])))
        case .words: break
        }
        return members + [("additionalProperties", .object(value))]
    }

    private static func reference(_ name: String) -> [(String, SchemaText)] { [("$ref", .string("#/$defs/\(name)"))] }

    private static func pattern(_ pattern: String) -> [(String, SchemaText)] {
        [("type", .string("string")), ("pattern", .string(pattern))]
    }

    private static var slots: [(String, SchemaText)] {
        let slot = SchemaText.object([
            ("type", .string("integer")), ("minimum", .whole(0)), ("maximum", .whole(1_000_000)),
        ])
        return [("type", .string("array")), ("minItems", .whole(2)), ("maxItems", .whole(2)), ("items", slot)]
    }

    /// Forms that stand in many places. A text may look like a number or like true and false: it is read as written.
    private static var common: [(String, SchemaText)] {
        func described(_ text: String, _ members: [(String, SchemaText)]) -> SchemaText {
            .object([("description", .string(text))] + members)
        }
        func types(_ names: String...) -> [(String, SchemaText)] {
            [("type", .array(names.map { .string($0) }))]
        }
        let day = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        let clock = "([01][0-9]|2[0-4]):[0-5][0-9]"
        let time =
            "^\(day)([Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
        let values = SchemaText.object([("type", .string("array")), ("items", .object(reference("text")))])
        return [
            ("text", described("A text.", types("string", "number", "boolean"))),
            ("name", described("a to z first, then a to z, 0 to 9 and _; at most 64 characters.", pattern(name))),
            (
                "condition",
                described(
                    "A CEL condition: true, false or, where data is missing, unknown.", types("string", "boolean"))
            ),
            ("duration", described("A whole number and s, m, h, d or w.", pattern("^\\+?0*[1-9][0-9]*[smhdw]$"))),
            ("time", described("RFC 3339, or a date alone: its first moment in UTC.", pattern(time))),
            ("date", described("Year, month and day.", pattern("^\(day)$"))),
            ("hours", described("From the first to before the second.", pattern("^\(clock)-\(clock)$"))),
            (
                "value",
                described(
                    "The value of an attribute.", [("anyOf", .array([.object(reference("text")), values]))])
            ),
        ]
    }
}

extension KeyTable {
    /// The subject without its article, as one word: `consent_purpose`.
    fileprivate var identifier: String {
        let words = subject.split(separator: " ")
        let isArticle = ["a", "an", "the"].contains(words.first ?? "")
        return words.dropFirst(isArticle ? 1 : 0).joined(separator: "_").lowercased()
    }
}
