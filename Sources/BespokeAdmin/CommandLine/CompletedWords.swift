internal import Messages
internal import Model
internal import Ruleset

/// What a shell offers while somebody types.
package enum CompletedWords {
    /// The value that an option has on the line that is being typed.
    ///
    /// - Parameter words: As the shell cuts them: bash cuts at colons and equals signs.
    package static func value(of option: String, in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
            guard word == option, index + 1 < words.count else { continue }
            var rest = words[(index + 1)...]
            if rest.first == "=" { rest = rest.dropFirst() }
            var value = rest.popFirst() ?? ""
            while rest.first == ":" || value.hasSuffix(":"), let next = rest.popFirst() { value += next }
            return value.isEmpty ? nil : value
        }
        return nil
    }
}

extension ServedNames {
    /// Purposes of consent that the rules name.
    package var purposes: [String] {
        let policies = all(.policy).filter { policy in policy.facts.contains { $0.value == "a purpose of consent" } }
            .map(\.name)
        var found: [String] = policies
        for purpose in attributes.compactMap(\.purpose) where !found.contains(purpose) { found.append(purpose) }
        return found
    }

    /// `NAME=` of each attribute, or `NAME=VALUE` for each value that it may have.
    ///
    /// - Parameter entity: Only of this one, and without its name before; nil for all, with it.
    package func settings(of entity: String?) -> [String] {
        attributes.filter { entity == nil || $0.entity.name == entity }.flatMap { attribute -> [String] in
            let name = entity == nil ? "\(attribute.entity.name).\(attribute.name)" : attribute.name
            let values = attribute.type == .bool ? ["true", "false"] : attribute.values
            return values.isEmpty ? ["\(name)="] : values.map { "\(name)=\($0)" }
        }
    }

    /// Attributes of one entity, without its name before.
    package func attributeNames(of entity: String) -> [String] {
        attributes.filter { $0.entity.name == entity }.map(\.name)
    }

    /// `EXPERIMENT=ARM` of each arm, and `PLACEMENT=` of each placement, behind which a campaign's variant stands.
    package var forced: [String] {
        experiments.flatMap { experiment in (experiment.experiment?.arms ?? []).map { "\(experiment.name)=\($0.name)" }
        }
            + named(.placement).map { "\($0)=" }
    }
}
