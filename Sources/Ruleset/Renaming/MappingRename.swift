internal import Model
internal import Yams

/// Goes over an import mapping: it names attributes of its kind, or events.
struct MappingRename {
    private let rename: RuleRename
    private(set) var edits: SourceEdits

    init(_ rename: RuleRename) {
        self.rename = rename
        edits = SourceEdits(old: rename.old, new: rename.new)
    }

    mutating func visit(_ root: Node) {
        guard let kind = root["kind"]?.string else { return }
        let isEvents = kind == "event" && rename.kind == .event
        guard isEvents || rename.kind == .attribute && kind == rename.entity?.name else { return }
        for (_, column) in pairs(root["columns"]) {
            let attribute = column["attribute"] ?? column
            if !isEvents {
                edits.replace(attribute)
            } else if attribute.string == EventMapping.name {
                // What its cells stand for.
                for (_, value) in pairs(column["values"]) { edits.replace(value) }
            }
        }
        for (key, value) in pairs(root["constants"]) {
            if !isEvents {
                edits.replace(key)
            } else if key.string == EventMapping.name {
                edits.replace(value)
            }
        }
    }

    private func pairs(_ node: Node?) -> [(Node, Node)] {
        guard case .mapping(let mapping)? = node else { return [] }
        return mapping.map { ($0.key, $0.value) }
    }
}
