package import Messages
package import Model

/// What the rules declare, for people.
package enum NameText {
    /// - Parameter kind: All of one.
    /// - Returns: A table with a head, or a line that says that there are none.
    package static func list(_ kind: RuleNameKind, _ names: [RuleNameMessage], style: Style) -> String {
        guard !names.isEmpty else { return "the rules have no \(kind.plural)\n" }
        let columns = columns(kind)
        var table = TextTable([TextTable.Alignment](repeating: .left, count: columns.count + 1))
        table.add([kind.rawValue] + columns.map(\.head))
        for name in names { table.add([name.name] + columns.map { $0.cell(name) }) }
        return table.text(head: style.bold)
    }

    /// Everything that has a name: a table for each kind.
    ///
    /// - Returns: Lines, each with a line end.
    package static func overview(_ names: ServedNames, style: Style) -> String {
        var text = ""
        for kind in RuleNameKind.allCases {
            let some = names.all(kind)
            guard !some.isEmpty else { continue }
            text += (text.isEmpty ? "" : "\n") + style.bold("\(kind.plural) (\(NumberText.grouped(some.count)))") + "\n"
            for name in some {
                let what = name.title.isEmpty ? name.condition : name.title
                text += "  " + Style.printable(name.name + (what.isEmpty ? "" : "  " + clipped(what))) + "\n"
            }
        }
        return text.isEmpty ? "the rules declare nothing\n" : text
    }

    /// Everything that is said of one.
    ///
    /// - Returns: Lines, each with a line end.
    package static func details(_ name: RuleNameMessage, style: Style) -> String {
        guard name.experiment == nil else { return ExperimentText.details(name, style: style) }
        var table = TextTable([.left, .left])
        func add(_ label: String, _ value: String) {
            if !value.isEmpty { table.add([label, value]) }
        }
        add("title", name.title)
        if let attribute = name.attribute {
            add("type", attribute.type)
            add("values", attribute.values.joined(separator: ", "))
            add("purpose", attribute.purpose)
            add("source", attribute.source)
            add("sensitive", attribute.sensitive ? "yes" : "")
        }
        if let campaign = name.campaign {
            add("priority", "\(campaign.priority)")
            add("status", campaign.status)
            add("starts", campaign.starts.map(TimestampText.format) ?? "")
            add("ends", campaign.ends.map(TimestampText.format) ?? "")
            add("schedule", campaign.schedule)
            add("placements", campaign.placements.joined(separator: ", "))
        }
        add("when", name.condition)
        for fact in name.facts { add(fact.name, fact.value) }
        if !name.file.isEmpty { add("declared in", "\(name.file):\(name.line)") }
        return style.bold("\(name.kind) \(Style.printable(name.name))") + "\n" + table.text(indent: "  ")
    }

    private struct Column {
        let head: String
        let cell: (RuleNameMessage) -> String
    }

    private static func columns(_ kind: RuleNameKind) -> [Column] {
        func fact(_ head: String, _ name: String) -> Column {
            Column(head: head) { entry in
                entry.facts.filter { $0.name == name }.map(\.value).joined(separator: ", ")
            }
        }
        let title = Column(head: "title") { $0.title }
        let condition = Column(head: "when") { clipped($0.condition) }
        switch kind {
        case .attribute:
            return [
                Column(head: "type") { $0.attribute?.type ?? "" },
                Column(head: "purpose") { $0.attribute?.purpose ?? "" },
                Column(head: "what") { clipped($0.title) },
            ]
        case .campaign:
            return [
                Column(head: "priority") { "\($0.campaign?.priority ?? 0)" },
                Column(head: "status") { $0.campaign?.status ?? "" },
                Column(head: "starts") { $0.campaign?.starts.map(TimestampText.format) ?? "" },
                Column(head: "ends") { $0.campaign?.ends.map(TimestampText.format) ?? "" },
                Column(head: "schedule") { $0.campaign?.schedule ?? "" },
                Column(head: "placements") { $0.campaign?.placements.joined(separator: ", ") ?? "" },
            ]
        case .segment, .role, .stage, .grade: return [condition]
        case .icp: return [title, fact("of", "of"), fact("tiers", "tier")]
        case .persona: return [title, fact("icp", "icp"), condition]
        case .placement: return [fact("kind", "kind"), fact("fields", "field")]
        case .event: return [fact("points", "points"), fact("purpose", "purpose")]
        case .list: return [fact("members", "members"), fact("of", "of")]
        case .layer: return [fact("unit", "unit"), fact("holdout", "holdout")]
        case .policy: return [fact("what", "is")]
        case .route: return [fact("to", "to")]
        case .experiment: return [title]
        }
    }

    private static let clippedCount = 60

    private static func clipped(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= clippedCount ? line : line.prefix(clippedCount - 1) + "…"
    }
}
