internal import CEL
internal import Model
internal import Yams

/// Tests that the rule set carries, and what templates may insert.
extension Loader {
    mutating func loadTests(_ sections: [Section]) {
        declared["tests"] = [:]
        var written: [String: [String: Node]] = [:]
        for section in sections {
            let file = section.file
            guard case .sequence(let sequence) = section.value else {
                report("wrong-form", section.value, file, "tests are a list of `{name: …, expect: …}`")
                continue
            }
            for item in sequence {
                guard let entries = entries(item, file, .test), let name = text(entries["name"], file) else { continue }
                var test = RuleTest(name: name, position: Self.position(item, file))
                // One that stands there twice word for word says the same twice.
                let keys = Dictionary(entries.all.map { ($0.key, $0.value) }) { first, _ in first }
                let isOther = written.updateValue(keys, forKey: name) != keys
                if let other = declared["tests"]?.updateValue(test.position, forKey: name), isOther {
                    report(
                        "duplicate-name", test.position,
                        "the test at \(other.file):\(other.line) is called `\(name)` too: who reads a result cannot tell them apart",
                        suggestion: "a name of its own", severity: .warning)
                }
                test.now = time(entries["now"], file)
                test.consent = entries["consent"].map { purposes($0, file, "consent") }
                test.denied = entries["denied"].map { purposes($0, file, "denied") } ?? []
                for entity in Entity.allCases {
                    if let node = entries[entity.name] { loadValues(node, file, entity, &test) }
                }
                if let node = entries["events"] { test.events = testEvents(node, file) }
                if let node = entries["account_events"] { test.accountEvents = testEvents(node, file) }
                if let expect = entries["expect"] { test.expectations = expectations(expect, file, [], depth: 0) }
                ruleSet.tests.append(test)
            }
        }
    }

    private mutating func purposes(_ node: Node, _ file: String, _ key: String) -> [String] {
        guard case .sequence(let purposes) = node else {
            report("wrong-form", node, file, "`\(key)` is a list of purposes")
            return []
        }
        return purposes.compactMap { reference($0, file, to: "purposes", "consent purpose") }
    }

    private mutating func testEvents(_ node: Node, _ file: String) -> [RuleTest.Event] {
        var events: [RuleTest.Event] = []
        for (name, key, value) in named(node, file, "the test's events") {
            guard reference(key, file, to: "events", "event") != nil,
                let entries = entries(value, file, .testEvent),
                let count = whole(entries["count"], file, 0...1_000_000_000)
            else { continue }
            events.append(RuleTest.Event(name: name, count: Int64(count), last: time(entries["last"], file)))
        }
        return events
    }

    private mutating func loadValues(_ node: Node, _ file: String, _ entity: Entity, _ test: inout RuleTest) {
        for (name, key, value) in named(node, file, "the test's \(entity.name)") {
            if entity == .request, BuiltIn.page.contains(name) {
                guard !Self.isEmpty(value), let text = text(value, file) else { continue }
                if name == "url" {
                    test.url = text
                } else {
                    let field = PageForm.Field(rawValue: name)
                    guard let normal = text.isEmpty ? text : field.map({ PageForm.normal($0, text) }) ?? text else {
                        report("wrong-form", value, file, "`\(text)` is not \(field?.words ?? "text")")
                        continue
                    }
                    test.values.append((AttributeKey(entity: .request, name: name), .string(normal)))
                }
                continue
            }
            guard let attribute = ruleSet.attributes.first(where: { $0.entity == entity && $0.name == name }) else {
                guard !brokenNames.contains(name) else { continue }
                let known =
                    ruleSet.attributes.filter { $0.entity == entity }.map(\.name)
                    + (entity == .request ? BuiltIn.page : [])
                report(
                    "unresolved-name", key, file, "`\(entity.name).\(name)` is not declared",
                    suggestion: Spelling.nearest(to: name, among: known))
                continue
            }
            // Nothing is known.
            guard !Self.isEmpty(value), let found = self.value(value, file, of: attribute) else { continue }
            test.values.append((AttributeKey(entity: entity, name: name), found))
        }
    }

    mutating func value(_ node: Node, _ file: String, of attribute: Attribute) -> AttributeValue? {
        switch attribute.type {
        case .bool: return flag(node, file).map { .bool($0) }
        case .int: return whole(node, file, Int.min...Int.max).map { .int(Int64($0)) }
        case .double: return number(node, file).map { .double($0) }
        case .timestamp: return time(node, file).map { .timestamp($0) }
        case .string: return text(node, file).flatMap { allowed([$0], node, file, attribute) ? .string($0) : nil }
        case .strings:
            let members = texts(node, file)
            return allowed(members, node, file, attribute) ? .strings(members) : nil
        }
    }

    mutating func allowed(_ values: [String], _ node: Node, _ file: String, _ attribute: Attribute) -> Bool {
        guard !attribute.values.isEmpty, let wrong = values.first(where: { !attribute.values.contains($0) }) else {
            return true
        }
        report(
            "unknown-value", node, file,
            "`\(attribute.entity.name).\(attribute.name)` is never \"\(wrong)\"; it is one of \(attribute.values.joined(separator: ", "))",
            suggestion: Spelling.nearest(to: wrong, among: attribute.values))
        return false
    }

    /// Nested mappings become paths: `placements.landing_hero.variant`.
    private mutating func expectations(
        _ node: Node, _ file: String, _ path: [String], depth: Int
    ) -> [RuleTest.Expectation] {
        guard case .mapping(let mapping) = node, depth < 4 else {
            guard !path.isEmpty, path != ["placements"], path != ["routes"] else {
                report("wrong-form", node, file, "this takes a mapping of what is expected")
                return []
            }
            guard let value = text(node, file) else { return [] }
            return [RuleTest.Expectation(path: path, value: value, position: Self.position(node, file))]
        }
        var result: [RuleTest.Expectation] = []
        for (keyNode, value) in mapping {
            let key = keyNode.scalar?.string ?? ""
            guard isExpectable(key, keyNode, file, path) else { continue }
            result += expectations(value, file, path + [key], depth: depth + 1)
        }
        return result
    }

    private mutating func isExpectable(_ key: String, _ node: Node, _ file: String, _ path: [String]) -> Bool {
        let known: [String]
        switch (path.count, path.first) {
        case (0, _): known = KeyTable.expectation.names
        case (1, "placements"): known = ruleSet.placements.map(\.name)
        case (1, "routes"): known = ruleSet.routes.map(\.name)
        case (2, "placements"): known = KeyTable.expectedPlacement.names
        case (3, "placements") where path[2] == "fields":
            known = ruleSet.placements.first { $0.name == path[1] }?.fields.map(\.name) ?? []
        default: known = []
        }
        guard known.contains(key) else {
            report(
                "unknown-key", node, file,
                "`\((path + [key]).joined(separator: "."))` is nothing that a test can expect",
                suggestion: Spelling.nearest(to: key, among: known)
                    ?? (known.isEmpty ? nil : "one of \(known.joined(separator: ", "))"))
            return false
        }
        return true
    }

    // MARK: Templates

    func makeInsertablePaths(_ personas: [Section]) -> Set<String> {
        var paths = Set(ruleSet.attributes.map { "\($0.entity.name).\($0.name)" })
        paths.formUnion(BuiltIn.page.map { "request.\($0)" } + ["request.host", "request.path"])
        paths.formUnion(BuiltIn.utm.map { "request.utm.\($0)" })
        paths.formUnion(["persona.name", "persona.title", "persona.outcome", "role", "stage"])
        for section in personas {
            guard case .mapping(let mapping) = section.value else { continue }
            for (_, persona) in mapping {
                guard case .mapping(let entries) = persona,
                    case .mapping(let objections)? = entries.first(where: { $0.key.scalar?.string == "objections" })?
                        .value
                else { continue }
                paths.formUnion(objections.compactMap { $0.key.scalar.map { "persona.objections.\($0.string)" } })
            }
        }
        return paths
    }
}

extension BuiltIn {
    /// What a caller says of the page view.
    static let page = ["url", "referrer", "ip", "country", "language", "device"]
}
