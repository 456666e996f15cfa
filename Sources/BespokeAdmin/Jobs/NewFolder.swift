package import Model
internal import Ruleset

/// A folder with a small rule set to begin with.
package struct NewFolder {
    private let folder: String
    private let paths: [String]

    /// Writes it.
    ///
    /// - Throws: `Failure` when the folder is there and not empty, or cannot be written.
    package init(_ folder: String) throws(Failure) {
        self.folder = folder
        let files = StarterSet.files
        paths = files.map(\.path)
        try Files.makeEmptyFolder(folder)
        for file in files { try Files.write(file.content, to: file.path, in: folder) }
        try RuleFolderState.begin(folder)
    }

    /// What was written where.
    package var json: JSON { .object([.init("folder", .string(folder)), .init("files", .texts(paths))]) }

    /// The same for people, and what comes next.
    package var text: String {
        "Wrote \(paths.count) files to \(Style.printable(folder)):\n" + paths.map { "  \($0)\n" }.joined()
            + "Change them, then: bespokectl rules check \(Style.printable(folder))\n"
    }
}
