internal import Yams

/// The value of a rule file without positions, as it is compared.
indirect enum PlainValue: Equatable {
    case text(String)
    case list([PlainValue])
    case mapping([(key: String, value: PlainValue)])

    init(_ node: Node) {
        switch node {
        case .scalar(let scalar): self = .text(Loader.isEmpty(node) ? "" : scalar.string)
        case .sequence(let sequence): self = .list(sequence.map { PlainValue($0) })
        case .mapping(let mapping):
            self = .mapping(mapping.map { ($0.key.scalar?.string ?? "?", PlainValue($0.value)) })
        case .alias: self = .text("")
        }
    }

    static func == (left: PlainValue, right: PlainValue) -> Bool {
        switch (left, right) {
        case (.text(let left), .text(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.mapping(let left), .mapping(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }

    /// What several files say of one section is one: names beside names, lists one after the other.
    static func merged(_ values: [PlainValue]) -> PlainValue {
        guard let first = values.first, values.count > 1 else { return values.first ?? .mapping([]) }
        switch first {
        case .text: return first
        case .list: return .list(values.flatMap(\.items))
        case .mapping:
            var order: [String] = []
            var found: [String: [PlainValue]] = [:]
            for (key, value) in values.flatMap(\.members) {
                if found[key] == nil { order.append(key) }
                found[key, default: []].append(value)
            }
            return .mapping(order.map { ($0, merged(found[$0] ?? [])) })
        }
    }

    var members: [(key: String, value: PlainValue)] {
        if case .mapping(let members) = self { return members }
        return []
    }

    var items: [PlainValue] {
        if case .list(let items) = self { return items }
        return []
    }

    /// On one line.
    var words: String {
        switch self {
        case .text(let text): text
        case .list(let items): "[" + items.map(\.words).joined(separator: ", ") + "]"
        case .mapping(let members):
            "{" + members.map { "\($0.key): \($0.value.words)" }.joined(separator: ", ") + "}"
        }
    }
}
