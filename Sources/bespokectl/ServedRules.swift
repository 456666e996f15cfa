internal import BespokeClient
internal import Decisioning
internal import Messages
internal import Ruleset
internal import Wire

/// The rules that the daemon serves, as this command reads them: for names, and for what experiments declare.
struct ServedRules {
    let ruleSet: RuleSet
    /// Experiments that were served once and are not any more.
    let ended: [EndedExperimentMessage]
    private let own: AllocationBook

    /// - Throws: `Failure` when this command is older than the rules.
    init(of daemon: Caller) async throws {
        let rules = try await RulePushing.served(daemon)
        guard let ruleSet = RuleSetLoader.load(rules.ruleFiles).ruleSet, let own = try? AllocationBook(rules.ruleFiles)
        else {
            throw Failure(
                "FAILED_PRECONDITION",
                "this bespokectl cannot read the rules that the daemon serves; use the one that came with the daemon")
        }
        (self.ruleSet, self.own, ended) = (ruleSet, own, rules.ended)
    }

    /// Which units have which arm.
    var book: AllocationBook { AllocationBook().advanced(to: ruleSet, own: own) }

    /// Events that may be recorded: those of the rules, and those that every rule set has.
    var eventNames: [String] { ruleSet.events.map(\.name) + ["click", "conversion"] }

    /// - Throws: `Failure` when there is none of the name.
    func experiment(_ name: String) throws(Failure) -> Experiment {
        guard let experiment = ruleSet.experiments.first(where: { $0.name == name }) else {
            throw Failure("NOT_FOUND", "experiment \(name): there is no such; `experiments list` lists all")
        }
        return experiment
    }
}
