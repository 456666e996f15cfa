internal import Decisioning
package import Model
package import Ruleset

/// The files of a rule set.
package typealias RuleFiles = [RuleFile]

/// What changes from one rule set to another, as a push would find it.
package struct ComparedRules {
    private let difference: RuleSetDifference

    /// - Throws: `Failure` with the place of what is no YAML.
    package init(from old: RuleFiles, to new: RuleFiles) throws(Failure) {
        var difference = try RuleTools.explained { () throws(Diagnostic) in
            try RuleSetDifference(from: old, to: new)
        }
        let moves = RuleCheck(new, after: RuleCheck(old, today: nil).book, today: nil).moves
        for index in difference.entries.indices where difference.entries[index].section == "experiments" {
            let name = difference.entries[index].name
            difference.entries[index].movedShare = moves.first { $0.experiment == name }?.share
        }
        self.difference = difference
    }

    /// Whether anything does.
    package var isChanged: Bool { !difference.entries.isEmpty }

    /// Each change.
    package var json: JSON { DifferenceText.json(difference) }

    /// The same for people.
    package var text: String {
        let text = difference.text()
        return text.isEmpty ? "The rules say the same.\n" : RulePushing.printable(text)
    }
}
