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
        var loader = Loader(files: [file], limits: .default)
        loader.ruleSet.attributes = attributes
        var mapping: ImportMapping?
        do throws(Diagnostic) {
            if let root = try YAMLFile(file).root {
                mapping = loader.importMapping(root, file.path)
            } else {
                loader.report(
                    "empty", SourcePosition(file: file.path, line: 1, column: 1),
                    "the file is empty; an import mapping needs `kind`, `id` and `columns`")
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
