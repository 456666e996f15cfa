package import Messages
package import Model
package import Ruleset

/// What the daemon says that its rules declare.
package struct ServedNames {
    /// By kind, then in the order of the files.
    package let names: [RuleNameMessage]

    package init(_ names: [RuleNameMessage]) {
        self.names = names
    }

    /// - Returns: In the order of the files.
    package func all(_ kind: RuleNameKind) -> [RuleNameMessage] { names.filter { $0.kind == kind.rawValue } }

    /// - Returns: In the order of the files.
    package func named(_ kind: RuleNameKind) -> [String] { all(kind).map(\.name) }

    /// Events that may be recorded: those of the rules, and those that every rule set has.
    package var eventNames: [String] { named(.event) + ["click", "conversion"] }

    /// As far as imports and exports have to know them. One of a type that this program does not know is left out.
    package var attributes: [Attribute] {
        all(.attribute).compactMap { name in
            guard let facts = name.attribute, let entity = Entity(name: facts.entity),
                let type = AttributeType(name: facts.type)
            else { return nil }
            var attribute = Attribute(
                entity: entity, name: facts.name, type: type,
                position: SourcePosition(file: name.file, line: max(1, Int(name.line)), column: 1))
            (attribute.values, attribute.isSensitive) = (facts.values, facts.sensitive)
            attribute.purpose = facts.purpose.isEmpty ? nil : facts.purpose
            attribute.source = facts.source.isEmpty ? nil : facts.source
            attribute.description = name.title.isEmpty ? nil : name.title
            return attribute
        }
    }

    /// Experiments that are served.
    package var experiments: [RuleNameMessage] { all(.experiment).filter { $0.experiment?.ended == nil } }

    /// Experiments that were served once and are not any more.
    package var endedExperiments: [RuleNameMessage] { all(.experiment).filter { $0.experiment?.ended != nil } }

    /// The other experiments that may not share a unit with this one.
    package func rivals(of experiment: RuleNameMessage) -> Set<String> {
        let layer = experiment.experiment?.layer ?? ""
        guard !layer.isEmpty else { return [] }
        return Set(experiments.filter { $0.experiment?.layer == layer && $0.name != experiment.name }.map(\.name))
    }

    /// What to say of an experiment that the rules have no longer.
    ///
    /// - Parameter effect: What that means for what was asked.
    /// - Returns: nil when no experiment of the name has ended.
    package func endedWords(_ name: String, _ effect: String) -> String? {
        guard let ended = endedExperiments.first(where: { $0.name == name })?.experiment?.ended else { return nil }
        let time = ended.endedAt.map { " at " + TimestampText.format($0) } ?? ""
        return
            "experiment \(Style.printable(name)): has ended\(time), with a push that took it out of the rules, so that \(effect); "
            + "`bespokectl experiments results` still has what it has shown, and `bespokectl rules history` what was pushed"
    }

    /// Why there is none of a name, with the nearest that there is.
    package func unknown(_ kind: RuleNameKind, _ name: String) -> String {
        let known = named(kind)
        // Of an attribute people leave out whose it is.
        let same = kind == .attribute ? known.filter { $0.hasSuffix("." + name) } : []
        let hint =
            (same.isEmpty
                ? Spelling.nearest(to: name, among: known).map { "did you mean `\($0)`?" }
                : "did you mean \(same.map { "`\($0)`" }.joined(separator: " or "))?")
            ?? (known.isEmpty ? "the rules have no \(kind.plural)" : "`bespokectl \(kind.plural) list` lists all")
        return "\(kind.rawValue) \(Style.printable(name)): there is no such; \(hint)"
    }
}
