internal import Experimentation
internal import GRPC
internal import Model
internal import Profiles
internal import Ruleset
internal import Wire

/// Counts what the units of an experiment did, by arm and, if asked, by an attribute.
struct ExperimentCounts: Sendable {
    let behaviour: BehaviourStore
    let profiles: ProfileStore

    private static let groupsMax = 50

    /// - Throws: `Status` NOT_FOUND for names that the rule set does not have.
    func count(_ request: GetExperimentRequest, _ ruleSet: RuleSet) throws(Status) -> GetExperimentResponse {
        guard let experiment = ruleSet.experiments.first(where: { $0.name == request.experiment }) else {
            throw Self.unknown("experiment", request.experiment, ruleSet.experiments.map(\.name))
        }
        let unit = experiment.unit ?? ruleSet.layers.first { $0.name == experiment.layer }?.unit ?? .visitor
        guard let metric = request.metric.isEmpty ? experiment.metrics.first : request.metric else {
            throw Status(.failedPrecondition, "experiment \(experiment.name): measures nothing; give it `metrics`")
        }
        guard experiment.metrics.contains(metric) else { throw Self.unknown("metric", metric, experiment.metrics) }
        let attributes = ruleSet.attributes.filter { $0.entity == unit }.map(\.name)
        guard request.by.isEmpty || attributes.contains(request.by) else {
            throw Self.unknown("attribute \(unit.name).", request.by, attributes)
        }
        var response = GetExperimentResponse()
        response.metric = metric
        let groups = try groups(experiment, unit, metric, request)
        response.groups = groups.sorted { $0.key < $1.key }.map { name, summaries in
            var group = ExperimentGroupMessage()
            group.name = name
            group.arms = zip(experiment.arms, summaries).map { Self.message($0, $1) }
            return group
        }
        return response
    }

    /// - Returns: What the units of each arm did of the experiment's first metric: whether.
    func rates(_ experiment: Ruleset.Experiment, _ ruleSet: RuleSet) throws(Status) -> [ArmSummary] {
        guard let metric = experiment.metrics.first else { return [] }
        let unit = experiment.unit ?? ruleSet.layers.first { $0.name == experiment.layer }?.unit ?? .visitor
        var request = GetExperimentRequest()
        (request.experiment, request.metric, request.kind) = (experiment.name, metric, .binary)
        return try groups(experiment, unit, metric, request)[""]?.map(\.summary) ?? []
    }

    private static func unknown(_ what: String, _ name: String, _ known: [String]) -> Status {
        let nearest = Spelling.nearest(to: name, among: known).map { "; did you mean `\($0)`?" } ?? ""
        return Status(.notFound, "\(what) \(name): there is no such\(nearest)")
    }

    private func groups(
        _ experiment: Ruleset.Experiment, _ unit: Entity, _ metric: String, _ request: GetExperimentRequest
    ) throws(Status) -> [String: [ArmCount]] {
        let numbers = behaviour.numbers(
            experiment: experiment.name, metric: metric, arms: experiment.arms.map(\.name))
        let empty = [ArmCount](repeating: ArmCount(), count: experiment.arms.count)
        var groups: [String: [ArmCount]] = request.by.isEmpty ? ["": empty] : [:]
        let table = behaviour.table(unit)
        for part in 0..<RecordTable.partCount {
            table.forEach(inPart: part) { record in
                guard let view = BehaviourView(record.payload), let trial = numbers.trial(view),
                    let arm = numbers.arms.firstIndex(of: trial.arm)
                else { return }
                let outcome = numbers.outcome(view)
                let name =
                    request.by.isEmpty ? "" : value(request.by, unit, String(decoding: record.id, as: UTF8.self))
                guard groups[name] != nil || groups.count <= Self.groupsMax else { return }
                // Values are bounded when they are recorded.
                try? groups[name, default: empty][arm].summary.add(
                    Self.value(outcome, request.kind), covariate: Double(outcome?.countBefore ?? 0))
                groups[name]?[arm].propensities.add(Double(trial.propensity))
            }
        }
        guard groups.count <= Self.groupsMax else {
            throw Status(
                .invalidArgument, "by: \(request.by) has more than \(Self.groupsMax) values; name another attribute")
        }
        return groups
    }

    private static func value(_ outcome: Behaviour.Outcome?, _ kind: MetricKindMessage) -> Double {
        guard let outcome else { return 0 }
        switch kind {
        case .binary: return outcome.count > 0 ? 1 : 0
        case .count: return Double(outcome.count)
        case .value: return outcome.value
        }
    }

    private func value(_ attribute: String, _ unit: Entity, _ id: String) -> String {
        switch profiles.get(unit, id: id)?.values.first(where: { $0.name == attribute })?.value {
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .strings(let values): values.joined(separator: ", ")
        case .timestamp, nil: ""
        }
    }

    private static func message(_ arm: Ruleset.Experiment.Arm, _ count: ArmCount) -> ArmMomentsMessage {
        let summary = count.summary
        var message = ArmMomentsMessage()
        (message.arm, message.weight) = (arm.name, arm.weight)
        (message.units, message.sum) = (UInt64(summary.units), summary.sum)
        (message.mean, message.covariateMean) = (summary.valueMean, summary.covariateMean)
        (message.squares, message.covariateSquares) = (summary.valueSquares, summary.covariateSquares)
        message.products = summary.valueByCovariate
        message.propensityUnits = UInt64(count.propensities.units)
        message.inversePropensities = count.propensities.inverses
        message.inversePropensityVariances = count.propensities.variances
        return message
    }
}

/// The units of an arm.
struct ArmCount {
    var summary = ArmSummary()
    var propensities = PropensitySums()
}

/// The numbers under which an experiment is kept.
struct ExperimentNumbers {
    let experiment: UInt32
    let metric: UInt32
    let arms: [UInt32]

    func trial(_ view: BehaviourView) -> Behaviour.Trial? {
        for index in 0..<view.trialCount where view.trial(index).experiment == experiment { return view.trial(index) }
        return nil
    }

    func outcome(_ view: BehaviourView) -> Behaviour.Outcome? {
        for index in 0..<view.outcomeCount {
            let outcome = view.outcome(index)
            if outcome.experiment == experiment, outcome.metric == metric { return outcome }
        }
        return nil
    }
}

extension BehaviourStore {
    /// - Returns: `EventLogEntry.none` for names that have no number yet, which nothing that is kept has.
    func numbers(experiment: String, metric: String, arms: [String]) -> ExperimentNumbers {
        withBook { book in
            ExperimentNumbers(
                experiment: book.known(.experiment, experiment) ?? EventLogEntry.none,
                metric: book.known(.event, metric) ?? EventLogEntry.none,
                arms: arms.map { book.known(.arm, "\(experiment)/\($0)") ?? EventLogEntry.none })
        }
    }
}
