package import Messages
internal import Model

/// The units that a simulation asks about: made up, or those that are stored.
package struct SimulatedUnits {
    private let base: DecideRequestMessage
    private let isStored: Bool
    private let kind: ProfileKind
    private var ids: [String]?
    /// Units drawn so far.
    package private(set) var count = 0

    /// - Parameters:
    ///   - base: What is the same for all units.
    ///   - isStored: Whether stored profiles are wanted. They are drawn all the same where the experiment has a condition and nothing
    ///     describes anybody: of a unit of which nothing is known no condition holds.
    package init(experiment: RuleNameMessage, base: DecideRequestMessage, isStored: Bool) {
        self.base = base
        self.isStored = isStored || (!experiment.condition.isEmpty && base == DecideRequestMessage())
        kind = experiment.experiment?.unit == "account" ? .account : .visitor
    }

    /// - Parameter atMost: How many.
    /// - Returns: None when all stored ones have been drawn.
    /// - Throws: `CallFailure`.
    package mutating func next(_ atMost: Int, _ daemon: any DaemonCalling) async throws -> [DecideRequestMessage] {
        var requests: [DecideRequestMessage] = []
        if isStored {
            if ids == nil { ids = try await daemon.ids(of: kind) }
            for id in (ids ?? []).dropFirst(count).prefix(atMost) {
                var request = base
                if kind == .account { request.accountID = id } else { request.visitorID = id }
                requests.append(request)
            }
        } else {
            for position in count..<count + atMost {
                var request = base
                request.visitorID = "simulated-\(position)"
                request.accountID = request.visitorID
                requests.append(request)
            }
        }
        count += requests.count
        return requests
    }

    /// Why nobody takes part, and what to do about it.
    package func nobody(_ experiment: RuleNameMessage) -> String {
        let name = Style.printable(experiment.name)
        if isStored, count == 0 {
            return
                "\(name): no \(kind.name) is stored, and of a unit of which nothing is known its `when` does not hold "
                + "(\(Style.printable(experiment.condition))); describe the units, such as --set visitor.country=DE"
        }
        let whose = isStored ? "stored \(kind.name)s" : "simulated units"
        let facts = experiment.experiment
        if let facts, facts.status != "running" {
            return "\(name): nobody takes part, for it is \(facts.status) (from "
                + "\(facts.starts.map(TimestampText.format) ?? "the push") to "
                + "\(facts.ends.map(TimestampText.format) ?? "open")); --at sets another time"
        }
        let why =
            experiment.condition.isEmpty
            ? "something takes all of them out: a block, a holdout, its share of the traffic or its slots"
            : "its `when` holds for none of them (\(Style.printable(experiment.condition))), or a block or holdout takes them out"
        return "\(name): none of \(ReportText.counted(count, "unit")) takes part (\(whose)): \(why); "
            + "`bespokectl explain` says more of one of them, and the flags of `decide` describe others"
    }
}
