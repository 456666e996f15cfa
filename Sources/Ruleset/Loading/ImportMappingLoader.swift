package import Model
internal import Yams

/// Turns a mapping file into a checked mapping, or says everything that is wrong with it.
package enum ImportMappingLoader {
    /// A mapping has some hundred lines at most.
    package static let fileBytesMax = 1 << 20

    /// - Parameters:
    ///   - file: YAML.
    ///   - attributes: What the rule set declares.
    /// - Returns: The mapping, nil when there is an error; what is wrong, sorted by place.
    package static func load(
        _ file: RuleFile, attributes: [Attribute]
    ) -> (mapping: ImportMapping?, diagnostics: [Diagnostic]) {
        load(file, attributes, needs: "`kind`, `id` and `columns`") { $0.importMapping($1, $2) }
    }

    /// - Parameters:
    ///   - file: YAML.
    ///   - events: Names of the events that may be recorded.
    /// - Returns: The mapping, nil when there is an error; what is wrong, sorted by place.
    package static func loadEvents(
        _ file: RuleFile, events: [String]
    ) -> (mapping: EventMapping?, diagnostics: [Diagnostic]) {
        load(file, EventMapping.attributes(events), needs: "`kind`, `visitor` and `columns`") {
            $0.eventMapping($1, $2)
        }
    }

    private static func load<Mapping>(
        _ file: RuleFile, _ attributes: [Attribute], needs: String,
        _ read: (inout Loader, Node, String) -> Mapping?
    ) -> (mapping: Mapping?, diagnostics: [Diagnostic]) {
        let hasMark = file.content.starts(with: [0xEF, 0xBB, 0xBF])
        let file = hasMark ? RuleFile(path: file.path, content: Array(file.content.dropFirst(3))) : file
        var loader = Loader(files: [file], limits: .default)
        loader.ruleSet.attributes = attributes
        var mapping: Mapping?
        do throws(Diagnostic) {
            if let root = try YAMLFile(file).root {
                mapping = read(&loader, root, file.path)
            } else {
                loader.report(
                    "empty", SourcePosition(file: file.path, line: 1, column: 1),
                    "the file is empty; an import mapping needs \(needs)")
            }
        } catch {
            loader.diagnostics.append(error)
        }
        let diagnostics = loader.diagnostics.sorted {
            ($0.position, $0.code, $0.message) < ($1.position, $1.code, $1.message)
        }
        return (diagnostics.isEmpty ? mapping : nil, diagnostics)
    }
}
