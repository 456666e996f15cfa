/// Which revision a rule folder was made from, by daemon: what the file `.bespoke-revision` in the folder says. A push names it, so that it
/// cannot undo what somebody else has pushed meanwhile.
package struct FolderRevision: Sendable, Hashable {
    /// The file's name in the folder; hidden, so no part of the rule set.
    package static let fileName = ".bespoke-revision"

    /// Stands for every daemon that the file does not name.
    package static let anyDaemon = "*"
    /// Stands for a folder that was begun anew, from no revision.
    package static let noRevision = "none"

    /// The longest file that is read.
    package static let bytesMax = 64 * 1_024

    private static let daemonsMax = 50
    private static let head = """
        # Written by bespokectl: the revision that this folder was made from, by daemon. Commit it with the rules.

        """

    /// The newest last.
    private var entries: [(daemon: String, revision: String)] = []

    /// Of a folder that says nothing.
    package init() {}

    /// - Returns: What the file says, or the number of its first line that is none.
    package static func parse(_ text: String) -> Result<FolderRevision, LineError> {
        var found = FolderRevision()
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(separator: " ")
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count == 2, isRevision(words[1]) else { return .failure(LineError(line: index + 1)) }
            found.set(String(words[1]), of: String(first))
        }
        return .success(found)
    }

    /// A line of the file that is not `ADDRESS REVISION`.
    package struct LineError: Error, Sendable, Hashable {
        /// From 1.
        package let line: Int

        package init(line: Int) { self.line = line }
    }

    /// - Returns: nil when nothing is said of a daemon; `none` for a folder that was begun anew.
    package func revision(of daemon: String) -> String? {
        entries.last { $0.daemon == daemon }?.revision ?? entries.last { $0.daemon == Self.anyDaemon }?.revision
    }

    /// - Parameter daemon: Its address, without spaces.
    package mutating func set(_ revision: String, of daemon: String) {
        entries.removeAll { $0.daemon == daemon }
        entries.append((daemon, revision))
        // Addresses of daemons that are long gone need not stay.
        if entries.count > Self.daemonsMax { entries.removeFirst() }
    }

    /// The file.
    package var text: String { Self.head + entries.map { "\($0.daemon) \($0.revision)\n" }.joined() }

    private static func isRevision(_ text: Substring) -> Bool {
        text == noRevision || (text.utf8.count == 32 && text.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }

    package static func == (left: FolderRevision, right: FolderRevision) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
