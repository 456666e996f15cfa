package import Model
package import Ruleset

/// Attributes as the daemon's rules declare them.
package typealias ServedAttributes = [Attribute]

/// A file that says how columns of another become attributes or events.
package struct MappingFile {
    /// Everything that is wrong with it.
    package struct Problems: Error {
        fileprivate let file: RuleFile
        fileprivate let diagnostics: [Diagnostic]

        /// In one line, for programs.
        package var line: String {
            diagnostics.map {
                "\($0.position.file):\($0.position.line):\($0.position.column): \($0.message)"
            }.joined(separator: "; ")
        }

        /// Each with its line and a caret, then how many there are.
        package func text(isColoured: Bool) -> String {
            let text = DiagnosticText(files: [file], isColoured: isColoured)
            return diagnostics.map(text.render).joined() + DiagnosticText.summary(diagnostics)
        }
    }

    private let file: RuleFile

    /// - Throws: `Failure` naming what cannot be read.
    package init(_ path: String) throws(Failure) {
        file = RuleFile(path: path, content: try Files.content(path, bytesMax: ImportMappingLoader.fileBytesMax))
    }

    /// What it says, as it stands there.
    package var text: String { String(decoding: file.content, as: UTF8.self) }

    /// For profiles.
    package func profiles(_ attributes: ServedAttributes) throws(Problems) -> ImportMapping {
        try found(ImportMappingLoader.load(file, attributes: attributes))
    }

    /// For events.
    ///
    /// - Parameter events: Those that may be recorded.
    package func events(_ events: [String]) throws(Problems) -> EventMapping {
        try found(ImportMappingLoader.loadEvents(file, events: events))
    }

    private func found<Mapping>(
        _ loaded: (mapping: Mapping?, diagnostics: [Diagnostic])
    ) throws(Problems) -> Mapping {
        guard let mapping = loaded.mapping else { throw Problems(file: file, diagnostics: loaded.diagnostics) }
        return mapping
    }

    /// What of attributes decides how a file is read: one that was begun with others is begun anew.
    package static func settings(_ attributes: ServedAttributes) -> [String] {
        attributes.flatMap { [$0.entity.name, $0.name, $0.type.name] + $0.values }
    }
}
