package import Experimentation
package import Ruleset

/// Which units have which arm, for every experiment with Bespoke's own hash contract: part of a rule set, so that its revision says it
/// too. It stands in a file of its own only when it is not what the weights alone would give.
package struct AllocationBook: Sendable, Hashable {
    /// The file's path in the rule set's folder.
    package static let path = RuleFile.allocationsPath

    private static let head = """
        # Written by bespoked. Which of the 1,000,000 buckets of each experiment belong to which arm, so that a change of weights moves
        # only the difference. Leave it as it is; without it the arms stand one behind the other.

        """

    /// By experiment.
    package private(set) var allocations: [String: Allocation] = [:]

    package init() {}

    /// The book that a rule set's files hold; empty without the file.
    ///
    /// - Throws: A diagnostic with the place of the first line that is none, or that speaks of an experiment for the second time.
    package init(_ files: [RuleFile]) throws(Diagnostic) {
        guard let file = files.first(where: { $0.path == AllocationBook.path }) else { return }
        // Whatever ends a line: a repository may have given the file the line ends of another system.
        let lines = String(decoding: file.content, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1)
            let name = parts.first.map(String.init) ?? ""
            guard parts.count == 2, Self.isName(name), let allocation = Allocation(text: String(parts[1])) else {
                throw Self.refusal(file, index, "this is not `experiment: arm 0-499999 other 500000-999999`")
            }
            guard allocations.updateValue(allocation, forKey: name) == nil else {
                throw Self.refusal(file, index, "the arms of `\(name)` stand in the file twice")
            }
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x61...0x7a ~= $0) || (0x30...0x39 ~= $0) || $0 == 0x5f }
    }

    private static func refusal(_ file: RuleFile, _ index: Int, _ problem: String) -> Diagnostic {
        Diagnostic(
            code: "wrong-form", at: SourcePosition(file: file.path, line: index + 1, column: 1), problem,
            suggestion:
                "take the file as the daemon wrote it from `bespokectl rules show --to FOLDER`, or from your repository"
        )
    }

    /// The same with the arms that experiments had which have ended, for those that come back.
    ///
    /// - Parameter ended: By experiment.
    package func including(ended: [String: Allocation]) -> AllocationBook {
        var book = self
        book.allocations.merge(ended) { served, _ in served }
        return book
    }

    /// The book for a rule set that comes next.
    ///
    /// - Parameters:
    ///   - ruleSet: Its weights hold.
    ///   - own: What came with its files. Where it fits the weights it stands as it is: a set that is pushed again, or elsewhere,
    ///     gives everybody the same arm.
    /// - Returns: Otherwise this book's tables, changed by exactly the difference, or those of the weights alone where it has none.
    package func advanced(to ruleSet: RuleSet, own: AllocationBook) -> AllocationBook {
        var next = AllocationBook()
        for experiment in ruleSet.experiments where experiment.hash == nil || experiment.hash == "bespoke" {
            let weights = experiment.arms.map { (arm: $0.name, weight: $0.weight) }
            let (name, traffic) = (experiment.name, experiment.traffic)
            if experiment.bandit != nil, let base = allocations[name] ?? own.allocations[name],
                let weights = base.weights(of: experiment)
            {
                // The weights that a bandit has come to stay through changes of everything but its arms.
                next.allocations[name] = base.changed(to: weights, traffic: traffic)
            } else if let fitting = own.allocations[name], fitting.changed(to: weights, traffic: traffic) == fitting {
                next.allocations[name] = fitting
            } else if let base = allocations[name] ?? own.allocations[name] {
                next.allocations[name] = base.changed(to: weights, traffic: traffic)
            } else {
                next.allocations[name] = Allocation(weights, traffic: traffic)
            }
        }
        return next
    }

    /// The same with other weights for some experiments, by the arms' names.
    package func reweighted(_ weights: [String: [(arm: String, weight: Double)]], in ruleSet: RuleSet) -> AllocationBook
    {
        var next = self
        for (name, weights) in weights {
            guard let base = allocations[name], let experiment = ruleSet.experiments.first(where: { $0.name == name })
            else { continue }
            next.allocations[name] = base.changed(to: weights, traffic: experiment.traffic)
        }
        return next
    }

    /// The share of units that change arm in the experiments that both have, above 0, by name.
    package func moves(to next: AllocationBook) -> [(experiment: String, share: Double)] {
        allocations.sorted { $0.key < $1.key }.compactMap { name, allocation in
            guard let other = next.allocations[name] else { return nil }
            let share = allocation.movedShare(to: other)
            return share > 0 ? (name, share) : nil
        }
    }

    /// The file to keep with a rule set; nil when its weights alone say the same.
    package func file(for ruleSet: RuleSet) -> RuleFile? {
        let plain = AllocationBook().advanced(to: ruleSet, own: AllocationBook())
        let kept = allocations.filter { plain.allocations[$0.key] != $0.value }.sorted { $0.key < $1.key }
        guard !kept.isEmpty else { return nil }
        let lines = kept.map { "\($0.key): \($0.value.text)\n" }.joined()
        return RuleFile(path: AllocationBook.path, content: Array((AllocationBook.head + lines).utf8))
    }
}

extension Allocation {
    /// The shares that the arms of a bandit have; nil when its arms have changed since, so that it begins anew.
    fileprivate func weights(of experiment: Experiment) -> [(arm: String, weight: Double)]? {
        let arms = experiment.arms.map { (arm: $0.name, weight: share(of: $0.name)) }
        guard Set(arms.filter { $0.weight > 0 }.map(\.arm)) == Set(runs.map(\.arm)) else { return nil }
        return arms.contains { $0.weight == 0 } ? nil : arms
    }
}
