internal import CEL
internal import Model
internal import Yams

/// Gives something in a rule set another name, wherever the files name it. Everything else stays as it is, to the byte.
package struct RuleRename: Sendable {
    /// What can get another name.
    package enum Kind: String, Sendable, CaseIterable {
        case attribute
        case event
        case list
        case segment
        case icp
        case role
        case stage
        case persona
        case placement
        case campaign
        case layer
        case route
        case purpose

        /// The section in which it is declared; purposes stand among the policies.
        var section: String {
            switch self {
            case .purpose: "consent"
            default: rawValue + "s"
            }
        }

        /// What stays under the former name outside the files; nil for nothing.
        fileprivate var leavesBehind: String? {
            switch self {
            case .event: "what was counted under the former name stays there: counts and points begin anew"
            case .campaign, .placement:
                "what was shown under the former name stays there: caps, kept promises and goals begin anew, results list both"
            case .purpose: "what was agreed to under the former name stays there, and does not hold for the new one"
            default: nil
            }
        }
    }

    /// Why nothing is renamed, in a sentence with the remedy.
    package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// A file with another content.
    package struct Change: Sendable {
        package let path: String
        package let before: [UInt8]
        package let after: [UInt8]
    }

    /// What comes of it.
    package struct Outcome: Sendable {
        /// Files of the rule set that change, sorted by path.
        package let files: [Change]
        /// Mappings that change, in the order in which they were given.
        package let mappings: [Change]
        /// What the new name does not bring along, and what else to know.
        package let notes: [String]
    }

    let kind: Kind
    /// Of an attribute.
    let entity: Entity?
    let old: String
    let new: String

    /// - Parameters:
    ///   - old: A name; of an attribute with its kind, such as `visitor.title`.
    ///   - new: A name, with or without that.
    /// - Throws: `Refusal` for what is no name.
    package init(_ kind: Kind, from old: String, to new: String) throws(Refusal) {
        self.kind = kind
        var (old, new) = (old, new)
        var entity: Entity?
        if kind == .attribute {
            entity = Entity.allCases.first { old.hasPrefix($0.name + ".") }
            guard let entity else {
                throw Refusal(
                    description:
                        "`\(old)` does not say whose attribute it is; write `visitor.\(old)`, `account.\(old)` or `request.\(old)`"
                )
            }
            old = String(old.dropFirst(entity.name.count + 1))
            if new.hasPrefix(entity.name + ".") { new = String(new.dropFirst(entity.name.count + 1)) }
        }
        for name in [old, new] where !Loader.isName(name) {
            throw Refusal(description: "`\(name)` is not a name: a to z first, then a to z, 0 to 9 and _")
        }
        guard old != new else { throw Refusal(description: "both names are `\(old)`") }
        (self.entity, self.old, self.new) = (entity, old, new)
    }

    /// - Parameters:
    ///   - files: The rule set's, without errors.
    ///   - mappings: Import mappings that name it too.
    /// - Throws: `Refusal` when the rules have errors before or afterwards, the old name is not there, the new one is, or a file is
    ///   written so that it cannot be changed in place.
    package func run(_ files: [RuleFile], mappings: [RuleFile] = []) throws(Refusal) -> Outcome {
        let loaded = RuleSetLoader.load(files)
        guard let ruleSet = loaded.ruleSet else {
            let first = loaded.diagnostics.first { $0.severity == .error }
            throw Refusal(description: "the rules have errors; mend them first: \(Self.words(first))")
        }
        try checkNames(files, ruleSet)
        var changes: [Change] = []
        var after: [RuleFile] = []
        for file in files {
            guard Loader.isYAML(file.path) else {
                after.append(file)
                continue
            }
            var walk = RenameWalk(self, ruleSet.environment)
            let content = try edited(file) { root in
                walk.visit(root, .table(.file), [])
            } edits: {
                walk.edits
            }
            after.append(RuleFile(path: file.path, content: content))
            if content != file.content { changes.append(Change(path: file.path, before: file.content, after: content)) }
        }
        let result = RuleSetLoader.load(after)
        if let error = result.diagnostics.first(where: { $0.severity == .error }) {
            throw Refusal(description: "the rules would have an error afterwards: \(Self.words(error))")
        }
        var changed: [Change] = []
        for mapping in mappings {
            var walk = MappingRename(self)
            let content = try edited(mapping) {
                walk.visit($0)
            } edits: {
                walk.edits
            }
            if content != mapping.content {
                changed.append(Change(path: mapping.path, before: mapping.content, after: content))
            }
        }
        return Outcome(files: changes, mappings: changed, notes: notes(ruleSet))
    }

    private static func words(_ diagnostic: Diagnostic?) -> String {
        guard let diagnostic else { return "see `bespokectl rules check`" }
        let place = diagnostic.position
        return "\(place.file):\(place.line):\(place.column): \(diagnostic.message)"
    }

    private func edited(
        _ file: RuleFile, _ visit: (Node) -> Void, edits: () -> SourceEdits
    ) throws(Refusal) -> [UInt8] {
        do throws(Diagnostic) {
            guard let root = try YAMLFile(file, resolver: .default).root else { return file.content }
            visit(root)
        } catch {
            throw Refusal(description: Self.words(error))
        }
        return try edits().applied(to: file)
    }

    // MARK: Names

    private func checkNames(_ files: [RuleFile], _ ruleSet: RuleSet) throws(Refusal) {
        let names = names(ruleSet)
        let (shown, whole) = (entity.map { "\($0.name).\(old)" } ?? old, entity.map { "\($0.name).\(new)" } ?? new)
        guard names.contains(old) else {
            let nearest = Spelling.nearest(to: old, among: names)
            throw Refusal(
                description: "there is no \(kind.rawValue) `\(shown)`"
                    + (nearest.map { "; did you mean `\(entity.map { $0.name + "." } ?? "")\($0)`?" } ?? ""))
        }
        guard !names.contains(new) else {
            throw Refusal(
                description: "there is a \(kind.rawValue) `\(whole)` already; choose another name, or rename that first"
            )
        }
        if kind == .attribute, entity == .visitor, old == "timezone",
            RuleUses(ruleSet).attributes.contains("visitor.timezone")
        {
            throw Refusal(description: "`visitor.timezone` is what `timezone: visitor` reads; it keeps its name")
        }
        if kind == .attribute, entity == .request, old == "product", ruleSet.icps.contains(where: { $0.product != nil })
        {
            throw Refusal(
                description: "`request.product` is what `product` of a profile is compared with; it keeps its name")
        }
    }

    private func names(_ set: RuleSet) -> [String] {
        switch kind {
        case .attribute: set.attributes.filter { $0.entity == entity }.map(\.name)
        case .event: set.events.map(\.name)
        case .list: set.lists.map(\.name)
        case .segment: set.segments.map(\.name)
        case .icp: set.icps.map(\.name)
        case .role: set.roles.map(\.name)
        case .stage: set.stages.map(\.name)
        case .persona: set.personas.map(\.name)
        case .placement: set.placements.map(\.name)
        case .campaign: set.campaigns.map(\.name)
        case .layer: set.layers.map(\.name)
        case .route: set.routes.map(\.name)
        case .purpose: set.policies.consent.map(\.purpose)
        }
    }

    private func notes(_ set: RuleSet) -> [String] {
        var notes: [String] = []
        if let left = kind.leavesBehind { notes.append(left) }
        if kind == .attribute, let attribute = set.attributes.first(where: { $0.entity == entity && $0.name == old }) {
            if let former = attribute.renamedFrom {
                notes.append(
                    "`rename: {from: \(former)}` says `\(old)` now: values that still stand under `\(former)`, because that "
                        + "renaming was never pushed, would be left behind")
            }
            if entity == .visitor, old == "email" {
                notes.append(
                    "links to accounts look up the domain of `visitor.email`, and of no attribute with another name")
            }
        }
        if kind != .attribute { return notes }
        return notes + [
            "callers that send `\(entity?.name ?? "").\(old)` must send the new name once the rules are pushed"
        ]
    }
}
