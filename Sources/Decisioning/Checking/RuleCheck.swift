package import Ruleset

/// Everything that stands between a folder of rules and its being served: loading, lint, arms, compiling, its own tests. The daemon and
/// the command line both do exactly this.
package struct RuleCheck: Sendable {
    /// As given, with the arms' file that this rule set needs.
    package let files: [RuleFile]
    /// Sorted by place.
    package let diagnostics: [Diagnostic]
    /// nil when something is wrong with the rules; its revision is that of `files`.
    package let ruleSet: RuleSet?
    /// nil when there is no rule set.
    package let table: DecisionTable?
    package let testFailures: [RuleTestFailure]
    package let book: AllocationBook
    /// The experiments whose arms came with the files.
    package let ownArms: Set<String>
    /// The share of units that change arm, by experiment.
    package let moves: [(experiment: String, share: Double)]

    /// Whether it may be served.
    package var isAccepted: Bool { table != nil && testFailures.isEmpty }

    /// - Parameters:
    ///   - files: The rule set's files.
    ///   - previous: The arms of the rule set that this one follows.
    ///   - restores: Whether units have the arms that the files say, instead of the least that must move from those before.
    ///   - today: `YYYY-MM-DD` for lint; nil leaves lint out, for a rule set that was accepted before.
    ///   - reweighted: New weights for some experiments, by name.
    ///   - warnings: What was found of the folder before.
    /// - Complexity: O(n log n) in the rule set's size, and its tests.
    package init(
        _ files: [RuleFile], after previous: AllocationBook? = nil, restores: Bool = false,
        today: String? = RuleSetLint.today(), reweighted: [String: [(arm: String, weight: Double)]] = [:],
        warnings: [Diagnostic] = []
    ) {
        let loaded = RuleSetLoader.load(files)
        var found = today.map { RuleSetLint.check(loaded, files: files, today: $0) } ?? loaded.diagnostics
        if let empty = found.firstIndex(where: { $0.code == "empty" }), let unread = warnings.first {
            // That files are not read, and that there is none, is one mistake.
            found[empty] = Diagnostic(
                code: "empty", at: unread.position, found[empty].message, suggestion: unread.suggestion)
        } else {
            found = warnings + found
        }
        var own = AllocationBook()
        do throws(Diagnostic) { own = try AllocationBook(files) } catch { found.append(error) }
        diagnostics = found
        ownArms = Set(own.allocations.keys)
        guard var ruleSet = loaded.ruleSet, !found.contains(where: { $0.severity == .error }) else {
            self.files = files
            (self.ruleSet, table, testFailures, book, moves) = (nil, nil, [], own, [])
            return
        }
        let book = (restores ? own : previous ?? own).advanced(to: ruleSet, own: own).reweighted(
            reweighted, in: ruleSet)
        let kept = files.filter { $0.path != AllocationBook.path } + (book.file(for: ruleSet).map { [$0] } ?? [])
        ruleSet.revision = RuleSetLoader.revision(kept)
        let table = DecisionTable(ruleSet, allocations: book.allocations)
        self.files = kept
        self.ruleSet = ruleSet
        self.table = table
        self.book = book
        testFailures = RuleTestRunner.run(ruleSet, table: table)
        moves = previous?.moves(to: book) ?? []
    }
}
