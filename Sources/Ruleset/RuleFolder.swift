#if canImport(Glibc)
    internal import Glibc
#endif

/// Why a folder cannot be read as a rule set.
package struct RuleFolderError: Error, Sendable, Hashable, CustomStringConvertible {
    /// With `:1:1` behind it when the file's content is at fault.
    package let path: String
    package let problem: String

    /// - Parameter problem: What is wrong, in the system's words or ours.
    package init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    package var description: String { "\(path): \(problem)" }
}

/// The files of a rule set on disk.
package enum RuleFolder {
    private static let depthMax = 8
    /// Larger hidden files are not looked into.
    private static let hiddenBytesMax = 1_048_576

    /// What a folder holds.
    package struct Contents: Sendable {
        /// Sorted by path relative to the folder.
        package let files: [RuleFile]
        /// A warning for each file that is not read, sorted.
        package let warnings: [Diagnostic]
    }

    /// Reads `.yaml` and `.yml` files, and `.txt` files for lists, in the folder and those within it, whatever the case of their
    /// names.
    ///
    /// Hidden files are passed over, and named when they would hold rules; links that lead out of the folder are refused, other links are followed.
    /// - Returns: Sorted by path relative to the folder.
    /// - Throws: `RuleFolderError` naming the first file that cannot be read.
    package static func read(_ folder: String, limits: LoadLimits = .default) throws(RuleFolderError) -> [RuleFile] {
        try contents(folder, limits: limits).files
    }

    /// The same, with what is not read: everything else but `.md` and the schema for editors.
    ///
    /// - Throws: `RuleFolderError` naming the first file that cannot be read.
    package static func contents(
        _ folder: String, limits: LoadLimits = .default
    ) throws(RuleFolderError) -> Contents {
        guard let root = realpath(folder, nil) else {
            guard errno == ENOENT, let meant = Neighbours.nearest(to: folder) else { throw failure(folder) }
            errno = ENOENT
            throw RuleFolderError(path: folder, problem: failure(folder).problem + "; did you mean `\(meant)`?")
        }
        defer { free(root) }
        var status = stat()
        if stat(root, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            throw RuleFolderError(path: folder, problem: "is a file; name the folder in which it lies")
        }
        var reader = Reader(root: String(cString: root), limits: limits)
        try reader.read("", depth: 0)
        return Contents(
            files: reader.files.sorted { $0.path < $1.path },
            warnings: reader.passedOver.sorted().map { path in
                Diagnostic(
                    .warning, code: "unread-file", at: SourcePosition(file: path, line: 1, column: 1),
                    isHidden(path)
                        ? "the file is hidden and not read: its name begins with a dot"
                        : "the file is not read: rules end in .yaml or .yml, lists in .txt",
                    suggestion: meantName(path) ?? "a name that ends so, or the file put elsewhere")
            })
    }

    /// Whether the file holds rules, by its name.
    package static func isRules(_ path: String) -> Bool { Loader.isYAML(path) }

    /// What to do where there are no rules yet.
    static let start = "name a folder that has some; `bespokectl rules new FOLDER` makes one"

    /// The name that was meant by one with an ending too many, such as `rules.yaml.txt`.
    static func meantName(_ path: String) -> String? {
        if isHidden(path) {
            let name = path.split(separator: "/").last ?? ""
            return String(path.dropLast(name.count)) + String(name.drop { $0 == "." })
        }
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        guard let end = parts.dropFirst().dropLast().firstIndex(where: { ["yaml", "yml"].contains($0.lowercased()) })
        else { return nil }
        return parts[...end].joined(separator: ".")
    }

    /// The name of the file itself begins with a dot.
    private static func isHidden(_ path: String) -> Bool { path.split(separator: "/").last?.first == "." }

    /// Whether nobody has to name the file: rules, and what lies beside them.
    static func isExpected(_ path: String) -> Bool { isRules(path) || isBeside(path) }

    private static func isRead(_ path: String) -> Bool {
        Loader.isYAML(path) || path.suffix(4).lowercased() == ".txt"
    }

    /// What lies beside rules and is never taken for any.
    private static func isBeside(_ path: String) -> Bool {
        path.suffix(3).lowercased() == ".md" || path == "bespoke.schema.json" || path.hasSuffix("/bespoke.schema.json")
    }

    fileprivate static func failure(_ path: String) -> RuleFolderError {
        RuleFolderError(path: path, problem: String(cString: strerror(errno)))
    }

    private struct Reader {
        let root: String
        let limits: LoadLimits
        var files: [RuleFile] = []
        var passedOver: [String] = []
        var byteCount = 0

        mutating func read(_ relative: String, depth: Int) throws(RuleFolderError) {
            let path = relative.isEmpty ? root : root + "/" + relative
            guard depth <= RuleFolder.depthMax else {
                throw RuleFolderError(path: path, problem: "folders are nested more than \(RuleFolder.depthMax) deep")
            }
            guard let directory = opendir(path) else { throw RuleFolder.failure(path) }
            defer { closedir(directory) }
            var names: [String] = []
            while let entry = Glibc.readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if !name.hasPrefix(".") {
                    names.append(name)
                } else if RuleFolder.holdsRules(path + "/" + name) {
                    passedOver.append(relative.isEmpty ? name : relative + "/" + name)
                }
            }
            for name in names.sorted() { try take(relative.isEmpty ? name : relative + "/" + name, depth) }
        }

        private mutating func take(_ relative: String, _ depth: Int) throws(RuleFolderError) {
            let path = root + "/" + relative
            var status = stat()
            guard stat(path, &status) == 0 else { throw RuleFolder.failure(path) }
            guard let real = realpath(path, nil) else { throw RuleFolder.failure(path) }
            defer { free(real) }
            guard String(cString: real).hasPrefix(root + "/") else {
                throw RuleFolderError(path: path, problem: "is a link that leads out of the rule folder")
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try read(relative, depth: depth + 1)
            case S_IFREG:
                guard RuleFolder.isRead(relative) else {
                    if !RuleFolder.isBeside(relative) { passedOver.append(relative) }
                    return
                }
                byteCount += Int(status.st_size)
                guard byteCount <= limits.totalBytesMax, files.count < limits.fileCountMax else {
                    throw RuleFolderError(
                        path: path + ":1:1",
                        problem:
                            "with this file of \(status.st_size) bytes the rule set has more than \(limits.totalBytesMax) bytes or \(limits.fileCountMax) files; leave out what does not belong to it"
                    )
                }
                files.append(RuleFile(path: relative, content: try RuleFolder.content(path, status.st_size)))
            default: return
            }
        }
    }

    /// Whether a hidden file has a section of rules, as those of other tools and editors have not.
    private static func holdsRules(_ path: String) -> Bool {
        var status = stat()
        guard Loader.isYAML(path), lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= hiddenBytesMax, let content = try? content(path, status.st_size)
        else { return false }
        let sections = [
            "attributes:", "segments:", "icps:", "campaigns:", "experiments:", "placements:", "events:", "lists:",
        ]
        return content.split(separator: UInt8(ascii: "\n")).contains { line in
            sections.contains { line.starts(with: $0.utf8) }
        }
    }

    private static func content(_ path: String, _ size: Int) throws(RuleFolderError) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw failure(path) }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
        }
        guard bytes.count == size, ferror(file) == 0 else {
            throw RuleFolderError(path: path, problem: "changed while it was read")
        }
        return bytes
    }
}
