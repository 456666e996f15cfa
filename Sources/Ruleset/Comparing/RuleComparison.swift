/// Goes over two rule sets along the tables of their keys.
struct RuleComparison {
    typealias Entry = RuleSetDifference.Entry
    typealias Detail = RuleSetDifference.Detail
    typealias Member = (key: String, value: PlainValue)

    private static let namedMax = 10
    private let old: RuleContent
    private let new: RuleContent
    private var entries: [Entry] = []

    init(old: RuleContent, new: RuleContent) {
        self.old = old
        self.new = new
    }

    mutating func run() -> [Entry] {
        for key in KeyTable.file.keys {
            compareSection(key.name, key.value, old.sections[key.name], new.sections[key.name])
        }
        return entries
    }

    // MARK: Sections

    private mutating func compareSection(
        _ section: String, _ form: ValueForm, _ before: PlainValue?, _ after: PlainValue?
    ) {
        let (before, after) = (before ?? .mapping([]), after ?? .mapping([]))
        switch form {
        case .mapping(.choice, .mapping(_, let form, _), _):
            compareNames(section, form, Self.joined(before), Self.joined(after), isOrdered: false)
        case .mapping(.words, _, _), .table:
            let details = Self.details("", form, before, after)
            if !details.isEmpty {
                entries.append(Entry(section: section, name: "", kind: .changed, details: details))
            }
        case .mapping(_, let form, let isOrdered):
            compareNames(section, form, before.members, after.members, isOrdered: isOrdered)
        case .list(let form):
            compareNames(section, form, Self.identified(before, form), Self.identified(after, form), isOrdered: false)
        default: break
        }
    }

    /// `visitor` and `age` become `visitor.age`.
    private static func joined(_ value: PlainValue) -> [Member] {
        value.members.flatMap { outer in
            outer.value.members.map { ("\(outer.key).\($0.key)", $0.value) }
        }
    }

    private mutating func compareNames(
        _ section: String, _ form: ValueForm, _ before: [Member], _ after: [Member], isOrdered: Bool
    ) {
        let old = Dictionary(before.map { ($0.key, $0.value) }) { first, _ in first }
        let new = Dictionary(after.map { ($0.key, $0.value) }) { first, _ in first }
        if isOrdered, let order = Self.order("order", before.map(\.key), after.map(\.key)) {
            entries.append(Entry(section: section, name: "", kind: .changed, details: [order]))
        }
        for name in Set(old.keys).union(new.keys).sorted() {
            switch (old[name], new[name]) {
            case (nil, .some): entries.append(Entry(section: section, name: name, kind: .added, details: []))
            case (.some, nil): entries.append(Entry(section: section, name: name, kind: .removed, details: []))
            case (let before?, let after?):
                let details = Self.details("", form, before, after)
                if !details.isEmpty {
                    entries.append(Entry(section: section, name: name, kind: .changed, details: details))
                }
            case (nil, nil): break
            }
        }
    }

    // MARK: Values

    private static func details(
        _ path: String, _ form: ValueForm, _ before: PlainValue?, _ after: PlainValue?
    ) -> [Detail] {
        guard before != after else { return [] }
        switch form {
        case .table(let table), .optionalTable(let table):
            return table.keys.flatMap { key -> [Detail] in
                let before = value(key, before)
                let after = value(key, after)
                return details(path.isEmpty ? key.name : "\(path).\(key.name)", key.value, before, after)
            }
        case .mapping(_, let form, let isOrdered):
            return members(path, form, before?.members ?? [], after?.members ?? [], isOrdered)
        case .list(let member) where member.table != nil:
            return members(path, member, identified(before, member), identified(after, member), false, isList: true)
        case .list: return list(path, before, after)
        case .number, .share:
            if let before, let after, isSameNumber(before.words, after.words) { return [] }
            return leaf(path, before, after)
        default: return leaf(path, before, after)
        }
    }

    /// Whether two words are one number, as `1` and `1.0` are. Whole numbers beyond 2⁵³ that share a double are two.
    private static func isSameNumber(_ left: String, _ right: String) -> Bool {
        if let left = Int64(left), let right = Int64(right) { return left == right }
        guard let number = Double(left) else { return false }
        return number == Double(right)
    }

    /// What holds when a key is absent counts as written.
    private static func value(_ key: KeyTable.Key, _ table: PlainValue?) -> PlainValue? {
        if let written = table?.members.first(where: { $0.key == key.name })?.value { return written }
        return table == nil || key.fallback.isEmpty ? nil : .text(key.fallback)
    }

    private static func leaf(_ path: String, _ before: PlainValue?, _ after: PlainValue?) -> [Detail] {
        [Detail(path: path.isEmpty ? "condition" : path, before: before?.words, after: after?.words)]
    }

    private static func members(
        _ path: String, _ form: ValueForm, _ before: [Member], _ after: [Member], _ isOrdered: Bool,
        isList: Bool = false
    ) -> [Detail] {
        let old = Dictionary(before.map { ($0.key, $0.value) }) { first, _ in first }
        let new = Dictionary(after.map { ($0.key, $0.value) }) { first, _ in first }
        var result: [Detail] = []
        if isOrdered || isList, let order = order("\(path).order", before.map(\.key), after.map(\.key)) {
            result.append(order)
        }
        var names = before.map(\.key)
        names += after.map(\.key).filter { old[$0] == nil }
        for name in names {
            let place = isList ? "\(path)[\(name)]" : path.isEmpty ? name : "\(path).\(name)"
            switch (old[name], new[name]) {
            case (let before?, let after?): result += details(place, form, before, after)
            case (let before, let after): result.append(Detail(path: place, before: before?.words, after: after?.words))
            }
        }
        return result
    }

    /// Members of a list of tables by what makes each of them itself: its condition, name, target or unit.
    private static func identified(_ value: PlainValue?, _ form: ValueForm) -> [Member] {
        let keys = form.table?.names ?? []
        let chosen = ["name", "to", "per", "when"].first { keys.contains($0) } ?? ""
        var seen: [String: Int] = [:]
        return (value?.items ?? []).map { item in
            let name = item.members.first { $0.key == chosen }?.value.words ?? ""
            let count = seen[name, default: 0] + 1
            seen[name] = count
            return (count == 1 ? name : "\(name) #\(count)", item)
        }
    }

    private static func list(_ path: String, _ before: PlainValue?, _ after: PlainValue?) -> [Detail] {
        let old = before?.items.map(\.words) ?? []
        let new = after?.items.map(\.words) ?? []
        guard case .list? = before ?? .list([]), case .list? = after ?? .list([]) else {
            return leaf(path, before, after)
        }
        let (oldSet, newSet) = (Set(old), Set(new))
        var result: [Detail] = []
        let added = new.filter { !oldSet.contains($0) }
        let removed = old.filter { !newSet.contains($0) }
        if added.count == 1, removed.count == 1 { return [Detail(path: path, before: removed[0], after: added[0])] }
        if !added.isEmpty { result.append(Detail(path: path, before: nil, after: some(added))) }
        if !removed.isEmpty { result.append(Detail(path: path, before: some(removed), after: nil)) }
        if result.isEmpty, old.count != new.count {
            result.append(Detail(path: path, before: some(old), after: some(new)))
        }
        return result
    }

    private static func some(_ words: [String]) -> String {
        let rest = words.count - namedMax
        return words.prefix(namedMax).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// Where the first that holds counts, another order is another meaning.
    private static func order(_ path: String, _ before: [String], _ after: [String]) -> Detail? {
        let (old, new) = (Set(before), Set(after))
        let left = before.filter { new.contains($0) }
        let right = after.filter { old.contains($0) }
        return left == right ? nil : Detail(path: path, before: some(left), after: some(right))
    }
}
