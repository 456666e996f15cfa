internal import CEL
internal import Model
internal import Yams

/// The state of one load: the files, what has been understood, what is wrong.
struct Loader {
    let files: [RuleFile]
    let limits: LoadLimits
    var diagnostics: [Diagnostic] = []
    var ruleSet: RuleSet
    /// Where each name of each section was first declared.
    var declared: [String: [String: SourcePosition]] = [:]
    /// Names of sections that conditions refer to before they are loaded.
    var known: [String: Set<String>] = [:]
    /// What `{{ … }}` may name.
    var insertablePaths: Set<String> = []
    /// Diagnostics that were not kept, so that a broken file of any size costs little.
    private(set) var droppedCount = 0
    private var hasUnreadableFile = false
    private var nodeCount = 0
    /// A node takes at least a byte of its file, unless an alias stands for it; sections are gone over at most twice.
    private let nodesMax: Int
    /// Lines by file on which YAML may have taken part of a text for a comment or a tag.
    let suspectLines: [String: Set<Int>]
    /// Where the lines of a file stand, once a message needed it.
    private var fileLines: [String: [Range<Int>]] = [:]
    /// The line of the last message: many may be about one long line.
    private var lastLine: (file: String, number: Int, scalars: [Unicode.Scalar])?
    /// Names that are written, but whose declaration is wrong: that is said once, not again where they are used.
    var brokenNames: Set<String> = []
    /// Sections that are wrong as a whole.
    var brokenSections: Set<String> = []

    init(files: [RuleFile], limits: LoadLimits) {
        self.files = files.map(\.asRead)
        self.limits = limits
        suspectLines = Self.suspectLines(self.files)
        nodesMax = min(limits.nodesMax, 2 * files.reduce(100_000) { $0 + $1.content.count })
        ruleSet = RuleSet(revision: RuleSetLoader.revision(files))
    }

    /// The sections in the order in which they need each other: what conditions may name comes first.
    mutating func load() -> RuleSet {
        guard checkFiles() else { return ruleSet }
        let sections = readFiles()
        // What an unreadable file declares would be missing everywhere else: those errors would mislead.
        guard !hasUnreadableFile else { return ruleSet }
        loadAttributes(sections["attributes"] ?? [])
        checkRenames()
        loadEvents(sections["events"] ?? [])
        loadLists(sections["lists"] ?? [])
        known["lists"] = Set(ruleSet.lists.map(\.name))
        collectNames(sections)
        breakUnloaded(sections)
        loadPolicies(sections["policies"] ?? [], names: true)
        ruleSet.environment = makeEnvironment()
        ruleSet.environment.questions = questions(sections)
        insertablePaths = makeInsertablePaths(sections["personas"] ?? [])

        ruleSet.segments = loadNamedConditions("segments", sections["segments"] ?? [])
        loadICPs(sections["icps"] ?? [])
        loadEngagement(sections["engagement"] ?? [])
        loadGrades(sections["grades"] ?? [])
        ruleSet.roles = loadNamedConditions("roles", sections["roles"] ?? [])
        ruleSet.stages = loadNamedConditions("stages", sections["stages"] ?? [])
        loadPersonas(sections["personas"] ?? [])
        loadPlacements(sections["placements"] ?? [])
        loadCampaigns(sections["campaigns"] ?? [])
        loadPolicies(sections["policies"] ?? [], names: false)
        loadLayers(sections["layers"] ?? [])
        loadHoldout(sections["holdout"] ?? [])
        loadExperiments(sections["experiments"] ?? [])
        loadRoutes(sections["routes"] ?? [])
        loadTests(sections["tests"] ?? [])
        checkPurposes()
        checkPromises()
        checkCycles()
        return ruleSet
    }

    // MARK: Files

    /// A section's value and the file it stands in.
    struct Section {
        let file: String
        let value: Node
    }

    private mutating func checkFiles() -> Bool {
        let start = SourcePosition(file: files.first?.path ?? "", line: 1, column: 1)
        guard files.contains(where: { Self.isYAML($0.path) }) else {
            report(
                "empty", start, "there is no rule file; a rule set is a folder of .yaml files",
                suggestion: RuleFolder.meantName(start.file) ?? RuleFolder.start)
            return false
        }
        guard files.count <= limits.fileCountMax else {
            report("too-large", start, "there are \(files.count) files; the limit is \(limits.fileCountMax)")
            return false
        }
        let bytes = files.reduce(0) { $0 + $1.content.count }
        guard bytes <= limits.totalBytesMax else {
            report("too-large", start, "the files have \(bytes) bytes; the limit is \(limits.totalBytesMax)")
            return false
        }
        return checkPaths()
    }

    /// Paths stay within the folder, and each stands once.
    private mutating func checkPaths() -> Bool {
        var seen: Set<String> = []
        var isSound = true
        for file in files {
            let start = SourcePosition(file: file.path, line: 1, column: 1)
            let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
            let isWithin = parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && $0.utf8.count <= 255 }
            if !isWithin || file.path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
                report("bad-path", start, "a file's path is relative to the rule set's folder and stays within it")
                isSound = false
            } else if !seen.insert(file.path).inserted {
                report("duplicate-file", start, "the file stands in the rule set twice")
                isSound = false
            }
        }
        return isSound
    }

    static func isYAML(_ path: String) -> Bool {
        let name = path.suffix(5).lowercased()
        return name == ".yaml" || name.hasSuffix(".yml")
    }

    private mutating func readFiles() -> [String: [Section]] {
        var sections: [String: [Section]] = [:]
        for file in files where Self.isYAML(file.path) {
            do throws(Diagnostic) {
                guard let root = try YAMLFile(file).root, !Self.isEmpty(root) else {
                    report(
                        "empty-file", SourcePosition(file: file.path, line: 1, column: 1),
                        "the file holds no rules, but at most comments",
                        suggestion: "write rules into it, or take it out", severity: .warning)
                    continue
                }
                guard let entries = entries(root, file.path, KeyTable.file) else { continue }
                for (key, value) in entries.all where !Self.isEmpty(value) {
                    sections[key, default: []].append(Section(file: file.path, value: value))
                }
            } catch {
                hasUnreadableFile = true
                diagnostics.append(error)
            }
        }
        return sections
    }

    static func isEmpty(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node else { return false }
        guard scalar.style == .plain, scalar.string.utf8.count <= 4 else { return false }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return true
        default: return false
        }
    }

    // MARK: Diagnostics

    mutating func report(
        _ code: String, _ position: SourcePosition, _ message: String, suggestion: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        guard diagnostics.count < limits.diagnosticsMax * 100 else {
            droppedCount += 1
            return
        }
        diagnostics.append(Diagnostic(severity, code: code, at: position, message, suggestion: suggestion))
    }

    mutating func report(
        _ code: String, _ node: Node, _ file: String, _ message: String, suggestion: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        report(code, Self.position(node, file), message, suggestion: suggestion, severity: severity)
    }

    static func position(_ node: Node, _ file: String) -> SourcePosition {
        SourcePosition(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    /// - Parameter offset: Into the text of a node, in Unicode scalars.
    mutating func position(ofScalar offset: Int, in node: Node, _ file: String) -> SourcePosition {
        let start = Self.position(node, file)
        guard case .scalar(let scalar) = node, offset > 0 || scalar.style != .plain else { return start }
        let lines = sourceLines(file)
        let content = files.first { $0.path == file }?.content ?? []
        if lastLine?.file != file || lastLine?.number != start.line {
            let written = line(start.line, file)
            lastLine = (file, start.line, Array(written.unicodeScalars))
        }
        let first = lastLine?.scalars ?? []
        let place = ScalarPlace.find(offset, in: scalar.string, at: (start.line, start.column)) { number in
            if number == start.line { return first }
            guard lines.indices.contains(number - 1) else { return nil }
            return Array(String(decoding: content[lines[number - 1]], as: UTF8.self).unicodeScalars)
        }
        guard let place else { return start }
        return SourcePosition(file: file, line: place.line, column: place.column)
    }

    private mutating func sourceLines(_ path: String) -> [Range<Int>] {
        if let lines = fileLines[path] { return lines }
        let lines = SourceText.lines(files.first { $0.path == path }?.content ?? [])
        fileLines[path] = lines
        return lines
    }

    mutating func line(_ number: Int, _ path: String) -> String {
        guard let content = files.first(where: { $0.path == path })?.content else { return "" }
        let lines = sourceLines(path)
        guard lines.indices.contains(number - 1) else { return "" }
        return String(decoding: content[lines[number - 1]], as: UTF8.self)
    }

    /// A section that holds one thing stands in one file.
    mutating func checkOnce(_ name: String, _ sections: [Section]) {
        guard let first = sections.first?.value.mark else { return }
        for section in sections.dropFirst() {
            report(
                "duplicate-name", section.value, section.file,
                "`\(name)` is declared already at \(sections[0].file):\(first.line)")
        }
    }

    // MARK: Nodes

    /// The keys of a mapping, checked against what it may have.
    struct Entries {
        let file: String
        let node: Node
        let all: [(key: String, value: Node)]
        /// Whether a key was refused: another may be missing for that reason only.
        let hasSlip: Bool

        subscript(key: String) -> Node? { all.first { $0.key == key }?.value }

        var position: SourcePosition { Loader.position(node, file) }
    }

    /// - Returns: Known keys with their values; nil when the node is no mapping.
    mutating func entries(_ node: Node, _ file: String, _ table: KeyTable) -> Entries? {
        guard case .mapping(let mapping) = node else {
            reportNoMapping(
                node, file, "\(table.subject) is a mapping of keys, such as `\(table.keys.first?.name ?? "key"): …`")
            return nil
        }
        var all: [(key: String, value: Node)] = []
        let found = pairs(mapping, file) { key in table.keys.contains { $0.name == key } }
        var unknown = UnknownKeys(hasSlip: found.hasSlip)
        for (keyNode, value) in found.pairs {
            guard count(keyNode, file) else { return nil }
            let key = keyNode.scalar?.string ?? ""
            guard table.keys.contains(where: { $0.name == key }) else {
                reportUnknown(key, keyNode, value, file, table, &unknown)
                continue
            }
            unknown.emptyKey = Self.isEmpty(value) ? key : nil
            all.append((key, value))
        }
        // A key that is only misspelled is not missing as well.
        if !unknown.hasSlip {
            for key in table.keys where key.isRequired && !all.contains(where: { $0.key == key.name }) {
                report(
                    "missing-key", node, file, "\(table.subject) needs `\(key.name)`",
                    suggestion: "`\(key.name): \(key.value.sample)`")
            }
        }
        return Entries(file: file, node: node, all: all, hasSlip: unknown.hasSlip)
    }

    /// The entries of a mapping from names that the author chooses.
    ///
    /// - Parameter items: What each stands for, to tell a key that is indented too little from a name.
    mutating func named(
        _ node: Node, _ file: String, _ subject: String, of items: KeyTable? = nil
    ) -> [(name: String, key: Node, value: Node)] {
        guard case .mapping(let mapping) = node else {
            if !Self.isEmpty(node) {
                reportNoMapping(node, file, "\(subject) is a mapping from names, such as `name: …`")
            }
            brokenSections.insert(subject)
            return []
        }
        guard mapping.count <= limits.itemsMax else {
            report("too-large", node, file, "\(subject) has \(mapping.count) entries; the limit is \(limits.itemsMax)")
            return []
        }
        var result: [(name: String, key: Node, value: Node)] = []
        let found = pairs(mapping, file) { Self.isName($0) }.pairs
        for (key, value) in items.map({ withoutOutdented(found, $0, file) }) ?? found {
            guard count(key, file) else { return result }
            guard let name = key.scalar?.string else {
                report("bad-name", key, file, "a name is a word, not a list or mapping")
                continue
            }
            guard !Self.isEmpty(key) else {
                report(
                    "bad-name", key, file, "`\(name)` is YAML's word for nothing; put a name here, or quotes around it")
                continue
            }
            result.append((name.normalForm, key, value))
        }
        return result
    }

    /// Declares a name in a section: well formed, and not there already in any file.
    mutating func declare(_ section: String, _ name: String, _ key: Node, _ file: String) -> SourcePosition? {
        let position = Self.position(key, file)
        guard Self.isName(name) else {
            brokenNames.insert(name)
            reportName(name, position)
            return nil
        }
        if let first = declared[section]?[name] {
            report("duplicate-name", position, "`\(name)` is declared already at \(first.file):\(first.line)")
            return nil
        }
        declared[section, default: [:]][name] = position
        return position
    }

    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }

    mutating func reportName(_ text: String, _ position: SourcePosition) {
        let (message, suggestion) = KeySlips.name(text)
        report("bad-name", position, message, suggestion: suggestion)
    }

    /// Bounds the work: an alias that stands for a large tree counts each time it is used.
    mutating func count(_ node: Node, _ file: String) -> Bool {
        nodeCount += 1
        if nodeCount == nodesMax {
            report(
                "too-large", node, file, "the rule set has more than \(nodesMax) YAML nodes, aliases included")
        }
        return nodeCount < nodesMax
    }
}
