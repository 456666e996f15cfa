internal import Model
internal import Ruleset

/// Every other name that attributes of visitors and accounts have ever had, so that a rule set of before finds their values again.
struct FormerNames: Equatable {
    /// One renaming.
    private struct Renaming: Hashable {
        let entity: Entity
        let old: String
        let new: String
    }

    /// The latest last.
    private var renamings: [Renaming] = []

    private static let renamingsMax = 10_000

    /// - Parameter bytes: What `encoded` wrote; what else there may be counts as nothing.
    init(decoding bytes: [UInt8] = []) {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let entity = Entity.allCases.first(where: { $0.name == words[0] }) else { continue }
            renamings.append(Renaming(entity: entity, old: words[1], new: words[2]))
        }
    }

    /// A line for each: whose it is, the name before and the one after.
    func encoded() -> [UInt8] {
        Array(renamings.map { "\($0.entity.name) \($0.old) \($0.new)\n" }.joined().utf8)
    }

    /// Takes over what a rule set says.
    mutating func add(_ attributes: [Attribute]) {
        for attribute in attributes {
            guard let former = attribute.renamedFrom else { continue }
            let renaming = Renaming(entity: attribute.entity, old: former, new: attribute.name)
            guard !renamings.contains(renaming) else { continue }
            renamings.append(renaming)
            if renamings.count > Self.renamingsMax { renamings.removeFirst() }
        }
    }

    /// The declared name of attributes that a rule set calls otherwise: as it says itself, else by a name that they had before.
    ///
    /// - Parameter attributes: Those that the rule set declares.
    /// - Returns: By the name under which values may be stored.
    func current(_ attributes: [Attribute], of entity: Entity) -> [String: String] {
        let own = attributes.filter { $0.entity == entity }
        let declared = Set(own.map(\.name))
        var names: [String: String] = [:]
        for attribute in own { if let former = attribute.renamedFrom { names[former] = attribute.name } }
        let all = renamings.filter { $0.entity == entity }
        for name in Set(all.map(\.new)) where !declared.contains(name) && names[name] == nil {
            names[name] = former(of: name, all, declared)
        }
        return names
    }

    /// The nearest name of before that is declared.
    private func former(of name: String, _ all: [Renaming], _ declared: Set<String>) -> String? {
        var seen: Set<String> = [name]
        var next = [name]
        while !next.isEmpty {
            let before = next.flatMap { name in all.reversed().filter { $0.new == name }.map(\.old) }
            if let found = before.first(where: declared.contains) { return found }
            next = before.filter { seen.insert($0).inserted }
        }
        return nil
    }
}
