internal import Decisioning
internal import Dispatch
internal import Foundation
internal import Store
internal import Model
internal import Profiles
internal import Ruleset

/// Times what experiments add to a decision, and fills a journal with units that took part in one.
///
/// usage: ExperimentBenchmark assign | fill JOURNAL UNITS; prints one line of JSON. `make bench` calls it.
@main
enum ExperimentBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments
        switch (arguments.dropFirst().first, arguments.count) {
        case ("assign", 2): try assign()
        case ("fill", 4): try await fill(arguments[2], Int(arguments[3]) ?? 0)
        default:
            print("usage: ExperimentBenchmark assign | fill JOURNAL UNITS")
            exit(2)
        }
    }

    private static func show(_ values: [String: Double]) {
        let members = values.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        print("{\(members.joined(separator: ", "))}")
    }

    // MARK: Assignment

    private static let placements = "placements: {hero: {kind: page, fields: {text: {}}, default: {text: Hello}}}\n"
    private static let inScope = 100
    private static let (layers, experimentsInLayer) = (20, 50)

    private static func assign() throws {
        let base = try nanoseconds(placements)
        let all = try nanoseconds(placements + "experiments:\n" + (0..<inScope).map { experiment($0) }.joined())
        let layered = (0..<layers).map { "  layer_\($0): {unit: visitor}\n" }.joined()
        let slots = 1_000_000 / experimentsInLayer
        let running = (0..<layers * experimentsInLayer).map { number in
            let first = number % experimentsInLayer * slots
            return experiment(
                number, "layer: layer_\(number / experimentsInLayer), slots: [\(first), \(first + slots)], ")
        }
        let thousand = try nanoseconds(
            placements + "layers:\n" + layered + "experiments:\n" + running.joined())
        show([
            "base_nanoseconds": base,
            "nanoseconds_per_experiment_in_scope": (all - base) / Double(inScope),
            "nanoseconds_of_a_thousand_running": thousand - base,
        ])
    }

    private static func experiment(_ number: Int, _ place: String = "") -> String {
        "  experiment_\(number): {\(place)arms: {control: {weight: 1}, other: {weight: 1}}}\n"
    }

    /// The median time of a decision, over different visitors.
    private static func nanoseconds(_ yaml: String) throws -> Double {
        let loaded = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(yaml.utf8))])
        guard let ruleSet = loaded.ruleSet else { preconditionFailure("\(loaded.diagnostics)") }
        let table = DecisionTable(ruleSet)
        let workspace = DecisionWorkspace()
        let ids = (0..<1_000).map { Array("visitor-\($0 * 7_919)".utf8) }
        var rounds: [Double] = []
        var assigned = 0
        for _ in 0..<21 {
            let start = DispatchTime.now()
            for id in ids {
                id.withUnsafeBufferPointer { id in
                    workspace.begin(table, now: Timestamp(microseconds: 1_763_000_000_000_000))
                    workspace.setUnits(
                        visitorID: BorrowedText(start: id.baseAddress, count: id.count), accountID: .empty)
                    assigned += workspace.decide().pointee.assignments.count
                }
            }
            let elapsed = DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds
            rounds.append(Double(elapsed) / Double(ids.count))
        }
        precondition(ruleSet.experiments.isEmpty || assigned > 0, "somebody has an arm")
        return rounds.sorted()[rounds.count / 2]
    }

    // MARK: Units

    /// Names as `benchmarks/bench_experiments.py` declares them.
    private static func fill(_ path: String, _ units: Int) async throws {
        let store = try DiskStore.open(path: path)
        var book = NameBook()
        let metric = book.number(.event, "signup")
        let experiment = book.number(.experiment, "button")
        let arms = ["control", "start_free"].map { book.number(.arm, "button/\($0)") }
        var names = StoreBatch()
        for (number, entry) in book.unstored {
            let key = Array("behaviour.name.".utf8) + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
            names.put(.meta, key: key, value: entry)
        }
        try store.write([names], isSynced: true)
        for start in stride(from: 0, to: units, by: 50_000) {
            var batch = StoreBatch()
            for number in start..<min(start + 50_000, units) {
                var behaviour = Behaviour()
                behaviour.version = 1
                let time = Timestamp(microseconds: 1_763_000_000_000_000 + Int64(number))
                behaviour.trials = [
                    .init(experiment: experiment, arm: arms[number % 2], since: time, propensity: 0.5)
                ]
                // One in ten of the first arm signs up, and one in nine of the second.
                let count: UInt32 = number / 2 % (number % 2 == 0 ? 10 : 9) == 0 ? 1 : 0
                behaviour.outcomes = [
                    .init(experiment: experiment, metric: metric, count: count, countBefore: 0, value: 0)
                ]
                batch.put(.visitorBehaviour, key: Array("unit-\(number)".utf8), value: behaviour.encoded())
            }
            try store.write([batch], isSynced: true)
        }
        store.close()
        show(["units": Double(units)])
    }
}
