internal import Decisioning
internal import Dispatch
internal import Foundation
internal import Model
internal import Ruleset

/// Times decisions over more and more campaigns, with an index and by testing each condition.
///
/// usage: swift run -c release MatchingBenchmark CAMPAIGNS…; prints one line of JSON for each.
@main
enum MatchingBenchmark {
    static func main() {
        let counts = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard !counts.isEmpty else {
            print("usage: MatchingBenchmark CAMPAIGNS…")
            exit(2)
        }
        for count in counts { measure(count) }
    }

    /// Three placements, twenty attributes, three conditions for each campaign.
    private static func rules(_ count: Int) -> String {
        var text = "attributes:\n  visitor:\n    age: {type: int}\n    country: {type: string}\n"
        for index in 0..<17 { text += "    a\(index): {type: string}\n" }
        text += "  account:\n    employees: {type: int}\nplacements:\n"
        for name in placements { text += "  \(name): {kind: page, fields: {text: {}}, default: {text: Welcome}}\n" }
        text += "campaigns:\n"
        for number in 0..<count {
            text += "  campaign_\(number):\n    priority: \(number)\n    when: visitor.age > \(number % 90) "
            text += "&& account.employees >= \(number) && visitor.country == 'c\(number % 200)'\n"
            text += "    pages:\n      \(placements[number % 3]): {shown: {fields: {text: Text \(number)}}}\n"
        }
        return text
    }

    private static let placements = ["hero", "strip", "foot"]

    private static func measure(_ count: Int) {
        let start = DispatchTime.now()
        let loaded = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(rules(count).utf8))])
        guard let ruleSet = loaded.ruleSet else { preconditionFailure("\(loaded.diagnostics)") }
        var figures = ["campaigns": Double(count), "seconds_loading": seconds(since: start)]
        for (name, indexing) in [("scan", Indexing.none), ("index", .bySize)] {
            let start = DispatchTime.now()
            let table = DecisionTable(ruleSet, indexing: indexing)
            figures["seconds_compiling_\(name)"] = seconds(since: start)
            for (visitor, knows) in [
                ("known", ["age", "country", "employees"]), ("unknown", []), ("partly", ["employees"]),
            ] {
                let decider = Decider(table, knows: Set(knows))
                figures["microseconds_\(visitor)_\(name)"] = decider.microseconds(rounds: 21)
            }
        }
        let members = figures.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        print("{\(members.joined(separator: ", "))}")
    }

    private static func seconds(since start: DispatchTime) -> Double {
        Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
    }

    /// Decides for a hundred visitors, one after the other.
    private struct Decider {
        private let table: DecisionTable
        private let workspace = DecisionWorkspace()
        private let known: Set<String>
        private let countries: [StaticString] = ["c17", "c42", "c99", "c123", "c7", "c150", "nowhere"]

        init(_ table: DecisionTable, knows known: Set<String>) { (self.table, self.known) = (table, known) }

        /// The median time of a decision. Rounds are as long as it takes to time them.
        func microseconds(rounds: Int) -> Double {
            let once = time(1)
            let visitors = max(1, min(2_000, Int(10_000 / max(once, 1))))
            return (0..<rounds).map { _ in time(visitors) }.sorted()[rounds / 2]
        }

        private func time(_ visitors: Int) -> Double {
            let start = DispatchTime.now()
            var shown = 0
            for visitor in 0..<visitors {
                workspace.begin(table, now: Timestamp(microseconds: 1_763_000_000_000_000))
                for (index, attribute) in table.attributes.enumerated() { set(index, attribute.key.name, visitor) }
                shown += workspace.decide().pointee.placements.count
            }
            precondition(shown == 3 * visitors, "every placement is decided")
            return Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1_000 / Double(visitors)
        }

        private func set(_ index: Int, _ name: String, _ visitor: Int) {
            let attribute = AttributeIndex(rawValue: UInt16(index))
            switch name {
            case "age": if known.contains(name) { workspace.set(attribute, Scalar(Int64(visitor % 100))) }
            case "employees": if known.contains(name) { workspace.set(attribute, Scalar(Int64(visitor * 37 % 1_000))) }
            case "country":
                if known.contains(name) { workspace.set(attribute, text(countries[visitor % countries.count])) }
            default: workspace.set(attribute, text("something"))
            }
        }

        private func text(_ text: StaticString) -> Scalar {
            Scalar(BorrowedText(start: text.utf8Start, count: text.utf8CodeUnitCount))
        }
    }
}
