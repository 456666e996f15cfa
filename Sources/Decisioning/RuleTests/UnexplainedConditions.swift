internal import Conditions
internal import Model
internal import Ruleset

/// Conditions that a decision asks and its explanation does not show: the lead's, those of routes, and those of experiments.
struct UnexplainedConditions {
    let ruleSet: RuleSet
    let evaluator: Evaluator

    private var table: UnsafePointer<TableView> { evaluator.table }

    /// What those come to that are asked now, with the values of the decision at hand.
    func verdicts() -> [(position: SourcePosition, verdict: Verdict)] {
        var verdicts = evaluator.block() == nil ? experiments() + routes() : []
        if let mql = ruleSet.grades?.mql {
            verdicts.append((mql.position, evaluator.verdict(table.pointee.mqlNode)))
        }
        return verdicts
    }

    /// Whoever the unit is: a test names none.
    private func experiments() -> [(position: SourcePosition, verdict: Verdict)] {
        let now = evaluator.state.pointee.now.microseconds
        return zip(ruleSet.experiments, table.pointee.experiments).compactMap { experiment, row in
            guard let condition = experiment.condition, row.starts <= now, now < row.ends else { return nil }
            return (condition.position, evaluator.verdict(row.node))
        }
    }

    /// Of each route asked for, the targets up to the one that gets the lead.
    private func routes() -> [(position: SourcePosition, verdict: Verdict)] {
        var verdicts: [(position: SourcePosition, verdict: Verdict)] = []
        for asked in 0..<evaluator.state.pointee.askedRouteCount {
            let index = evaluator.state.pointee.askedRoutes[asked].position
            let rows = table.pointee.routes[index].targets.indices.map { table.pointee.routeTargets[$0] }
            for (target, row) in zip(ruleSet.routes[index].targets, rows) where evaluator.isOpen(row.schedule).isYes {
                guard let condition = target.condition else { break }
                let verdict = evaluator.verdict(row.node)
                verdicts.append((condition.position, verdict))
                if verdict.isYes { break }
            }
        }
        return verdicts
    }
}
