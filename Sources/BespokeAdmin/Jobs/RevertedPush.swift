package import Messages
package import Model
internal import Ruleset

/// The rules that are served without what one push changed.
package struct RevertedPush {
    private let merge: RuleMerge
    private let served: RuleFiles

    /// - Parameters:
    ///   - pushed: What the push served.
    ///   - before: What was served before it.
    ///   - served: What is served now.
    package init(of pushed: GetRulesResponse, before: GetRulesResponse, in served: GetRulesResponse) {
        self.served = served.ruleFiles
        merge = RuleMerge(base: pushed.ruleFiles, ours: served.ruleFiles, theirs: before.ruleFiles)
    }

    /// Whether later pushes have changed the same lines.
    package var isInConflict: Bool { !merge.conflicts.isEmpty }

    /// Whether anything of the push is served still.
    package var changesAnything: Bool { merge.files != served.sorted { $0.path < $1.path } }

    /// What is to be served.
    package var files: RuleFiles { merge.files }

    /// What stands against it, for people.
    package var text: String { RulePushing.printable(merge.text) }

    /// The same for programs.
    package var json: JSON {
        func lines(_ lines: [String]?) -> JSON { lines.map { .texts($0) } ?? .null }
        let conflicts = merge.conflicts.map { conflict -> JSON in
            .object([
                .init("file", .string(conflict.path)), .init("line", .number(conflict.line)),
                .init("served", lines(conflict.ours)), .init("pushed", lines(conflict.base)),
                .init("before", lines(conflict.theirs)),
            ])
        }
        return .object([.init("accepted", .bool(false)), .init("conflicts", .array(conflicts))])
    }
}
