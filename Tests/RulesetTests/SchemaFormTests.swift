internal import Foundation
internal import Ruleset
internal import Testing

/// The loader is the judge: it must take what the tables say of each key's form, and refuse what they do not.
@Suite("The form of every key is the one that the loader wants")
struct SchemaFormTests {
    /// A key, and the keys that lead to it.
    struct Place: Sendable, CustomTestStringConvertible {
        let keys: [KeyTable.Key]

        var form: ValueForm { keys[keys.count - 1].value }
        var testDescription: String { keys.map(\.name).joined(separator: ".") }
    }

    /// Every key of every table, by one way that leads there.
    static let places: [Place] = {
        var result: [Place] = []
        var seen: Set<String> = []
        func walk(_ table: KeyTable, _ above: [KeyTable.Key]) {
            guard seen.insert(table.subject).inserted else { return }
            for key in table.keys {
                result.append(Place(keys: above + [key]))
                if let below = key.value.table { walk(below, above + [key]) }
            }
        }
        walk(.file, [])
        return result
    }()

    /// What is compared with an answer when the test runs, whatever it is.
    private static func isCompared(_ place: Place) -> Bool {
        place.testDescription.hasPrefix("tests.expect.") && place.form.table == nil
    }

    @Test("What fits is taken, what does not fit is refused where it stands", arguments: places)
    func form(_ place: Place) throws {
        let isAd = place.keys.last?.name == "ads"
        let fitting = try #require(Self.fitting(place.form, isAd: isAd))
        let taken = try load(place, fitting)
        #expect(taken.filter { $0.position.file == "probe.yaml" } == [], "\(fitting)")
        guard !Self.isCompared(place) else { return }
        for misfit in Self.misfits(place.form) {
            let refused = try load(place, misfit).filter { $0.position.file == "probe.yaml" }
            #expect(!refused.isEmpty, "\(misfit)")
        }
    }

    private func load(_ place: Place, _ value: String) throws -> [Diagnostic] {
        let text = Self.render(.table(.file), place.keys[...], value)
        let inner = text.dropFirst().dropLast()
        let files =
            [Fixtures.file("base.yaml", Self.base), Fixtures.file("probe.yaml", String(inner) + "\n")]
            + [Fixtures.file("list.txt", "a\n")]
        return Fixtures.errors(RuleSetLoader.load(files))
    }

    /// What the probes refer to.
    private static let base = """
        attributes:
          visitor: {known_word: {type: string}}
          account: {known_word: {type: string}, size: {type: int}, domain: {type: string}}
          request: {known_word: {type: string}}
        events: {known_event: {}}
        segments: {known_segment: account.size > 1}
        routes: {known_route: [{to: team}]}
        icps:
          known_icp: {segment: known_segment, tiers: {a: 1}, criteria: [{when: account.size > 1, points: 1, category: able}]}
        placements:
          known_page: {kind: page, fields: {probe: {}}}
          known_ad: {kind: ad, fields: {probe: {}}}
        layers: {known_layer: {unit: visitor}}
        policies: {consent: {known_purpose: {}}}

        """

    // MARK: Values

    /// A value of the form in which the chosen key has the value, and every other required key one that fits.
    private static func render(
        _ form: ValueForm, _ keys: ArraySlice<KeyTable.Key>, _ value: String, isAd: Bool = false
    ) -> String {
        switch form {
        case .table(let table), .optionalTable(let table):
            guard let chosen = keys.first else { return fitting(form) ?? "" }
            var members = table.keys.filter { $0.isRequired && $0.name != chosen.name }.compactMap { key in
                fitting(key.value).map { "\(key.name): \($0)" }
            }
            let beside = companions(table, chosen.name)
            members.removeAll { member in beside.contains { $0.prefix { $0 != ":" } == member.prefix { $0 != ":" } } }
            members += beside
            let isAd = isAd || chosen.name == "ads"
            let inner = keys.count == 1 ? value : render(chosen.value, keys.dropFirst(), value, isAd: isAd)
            return "{" + (members + ["\(chosen.name): \(inner)"]).joined(separator: ", ") + "}"
        case .list(let form): return "[" + render(form, keys, value, isAd: isAd) + "]"
        case .mapping(let names, let form, _):
            return "{\(name(names, isAd: isAd)): " + render(form, keys, value, isAd: isAd) + "}"
        default: return value
        }
    }

    /// What must or must not stand beside a key for reasons of its own.
    private static func companions(_ table: KeyTable, _ chosen: String) -> [String] {
        switch (table.subject, chosen) {
        case (KeyTable.list.subject, "of"), (KeyTable.list.subject, ""): ["values: [a]"]
        case (KeyTable.utm.subject, ""): ["source: a"]
        case (KeyTable.campaign.subject, "ads"): ["pages: {known_page: {known_page_variant: {fields: {}}}}"]
        case (KeyTable.goal.subject, "placement"), (KeyTable.goal.subject, ""): ["shows: 1"]
        case (KeyTable.campaign.subject, "goal"): ["pages: {}", "starts: 2026-01-01", "ends: 2026-02-01"]
        case (KeyTable.campaign.subject, let key) where key != "pages": ["pages: {}"]
        case (KeyTable.experiment.subject, "arms"): ["placement: known_page"]
        case (KeyTable.experiment.subject, "allocation"): ["metrics: [known_event]", twoArms]
        case (KeyTable.experiment.subject, "floor"), (KeyTable.experiment.subject, "every"):
            ["allocation: thompson", "metrics: [known_event]", twoArms]
        case (KeyTable.experiment.subject, "text"): ["hash: growthbook_v2"]
        case (KeyTable.attribute.subject, "sensitive"): ["purpose: known_purpose"]
        default: []
        }
    }

    private static let twoArms = "arms: {a: {weight: 1}, b: {weight: 1}}"

    private static func name(_ keys: ValueForm.Keys, isAd: Bool) -> String {
        switch keys {
        case .names: "probe"
        case .words: "known_word"
        case .references("placement"): isAd ? "known_ad" : "known_page"
        case .references("field"): "probe"
        case .references(let what): "known_\(what)"
        case .choice(let words): words[0]
        }
    }

    private static func fitting(_ form: ValueForm, isAd: Bool = false) -> String? {
        switch form {
        case .text: "some text"
        case .name: "known_purpose"
        case .path: "list.txt"
        case .condition, .conditions: "account.size > 2"
        case .flag: "true"
        case .number: "2.5"
        case .share: "0.25"
        case .whole(let range): "\(max(1, range.lowerBound))"
        case .duration: "14d"
        case .time: "2026-10-01T00:00:00Z"
        case .date: "2026-10-01"
        case .hours: "\"09:00-18:00\""
        case .timeZone: "visitor"
        case .slots: "[0, 10]"
        case .choice(let words): words.contains("string") ? "string" : words[words.count - 1]
        case .reference("placement"): "known_page"
        case .reference(let what): "known_\(what.replacing(" ", with: "_"))"
        case .attribute: "account.domain"
        case .attributeValue: "a"
        case .list(let form): fitting(form).map { "[\($0)]" }
        case .mapping(.references, .table, _): "{}"
        case .mapping(let keys, let form, _): fitting(form).map { "{\(name(keys, isAd: isAd)): \($0)}" }
        case .optionalTable: "{}"
        case .table(let table):
            "{"
                + (companions(table, "")
                + table.keys.filter(\.isRequired).compactMap { key in fitting(key.value).map { "\(key.name): \($0)" } })
                .joined(separator: ", ") + "}"
        }
    }

    private static func misfits(_ form: ValueForm) -> [String] {
        switch form {
        case .text, .path: ["[a, b]", "{a: b}"]
        case .name: ["Not-A-Name", "[a]"]
        case .condition: ["1 +", "[a]", "account.size"]
        case .conditions: ["1 +", "[1 +]", "{a: b}"]
        case .flag: ["maybe", "[true]"]
        case .number: ["many", "[1]"]
        case .share: ["many", "1.5", "-0.5"]
        case .whole(let range): ["many", "1.5", "\(range.upperBound + 1)", "\(range.lowerBound - 1)"]
        case .duration: ["soon", "0d", "14"]
        case .time, .date: ["soon", "2026-13-01"]
        case .hours: ["always", "\"18:00-18:00\"", "\"24:00-06:00\""]
        case .timeZone: ["Mars/Base"]
        case .slots: ["[1]", "[1, 2, 3]", "[2, 1]", "all"]
        case .choice: ["nothing_such", "[a]"]
        case .reference, .attribute: ["nowhere", "[a]"]
        case .attributeValue: ["{a: b}"]
        case .list: ["one", "{a: b}"]
        case .mapping, .table, .optionalTable: ["one", "[a]"]
        }
    }
}
