internal import Model

/// What a value in a rule file looks like: docs/reference.md, the JSON Schema, the formatter and the comparison read it.
package indirect enum ValueForm: Sendable {
    /// What the keys of a mapping are, where no table lists them.
    package enum Keys: Sendable {
        /// Names that the author chooses here.
        case names
        /// Names that are declared elsewhere: what they name, such as `placement`.
        case references(String)
        /// Any words.
        case words
        case choice([String])
    }

    case text
    case name
    case path
    case condition
    case flag
    case number
    /// A number from 0 to 1.
    case share
    case whole(ClosedRange<Int>)
    case duration
    case time
    case date
    case hours
    case timeZone
    /// The first slot and the one behind the last.
    case slots
    case choice([String])
    /// The name of something declared elsewhere, such as `segment`.
    case reference(String)
    /// `visitor.NAME`, `account.NAME` or `request.NAME`.
    case attribute
    /// The value of an attribute: of any type.
    case attributeValue
    case list(ValueForm)
    /// - Parameter isOrdered: Whether the first that holds counts, so that order is meaning.
    case mapping(Keys, ValueForm, isOrdered: Bool = false)
    case table(KeyTable)
    /// A table that may be left empty: `text: {}` or `text:`.
    case optionalTable(KeyTable)
    /// A condition, or a list of them.
    case conditions

    /// In words, such as `CEL condition`.
    package var words: String {
        switch self {
        case .text, .attributeValue: "text"
        case .name: "name"
        case .path: "path"
        case .condition: "CEL condition"
        case .flag: "true or false"
        case .number: "number"
        case .share: "number from 0 to 1"
        case .whole: "whole number"
        case .duration: "duration"
        case .time: "time"
        case .date: "date"
        case .hours: "\"HH:MM-HH:MM\""
        case .timeZone: "IANA name, or visitor"
        case .slots: "[first, end]"
        case .choice(let words): Self.either(words)
        case .reference(let what): what
        case .attribute: "attribute"
        case .list(let form): form.plural.map { "sequence of \($0)" } ?? "sequence"
        case .mapping(.words, .number, _): "mapping of lower bounds"
        case .mapping(_, let form, _): form.plural.map { "mapping of \($0)" } ?? "mapping"
        case .table, .optionalTable: "mapping"
        case .conditions: "CEL condition, or a sequence of them"
        }
    }

    /// What stands for the value in a message that asks for it.
    package var sample: String {
        switch self {
        case .list: "[…]"
        case .mapping, .table, .optionalTable: "{…}"
        case .conditions: "CEL condition"
        default: words
        }
    }

    /// The table of the keys of this value, or of its members.
    package var table: KeyTable? {
        switch self {
        case .table(let table), .optionalTable(let table): table
        case .list(let form), .mapping(_, let form, _): form.table
        default: nil
        }
    }

    private var plural: String? {
        switch self {
        case .text: "texts"
        case .condition: "CEL conditions"
        case .reference(let what): what + "s"
        case .attributeValue: "values"
        case .choice(let words) where words.count == 7: "\(words.first ?? "") … \(words.last ?? "")"
        case .choice(let words): words.joined(separator: ", ")
        default: nil
        }
    }

    private static func either(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
