internal import Model

/// Diagnostics in the Static Analysis Results Interchange Format, for editors and CI.
///
/// Source: OASIS, "SARIF Version 2.1.0".
package enum SARIF {
    /// - Parameters:
    ///   - files: Of the rule set; a result's region spans the word at its place.
    ///   - version: Of this program.
    ///   - page: Absolute address of docs/lint.md, to which rules link; nil when it is published nowhere.
    /// - Returns: A log file with one run, ended by a newline. Columns count Unicode scalars.
    package static func log(
        _ diagnostics: [Diagnostic], files: [RuleFile], version: String, page: String? = nil
    ) -> String {
        let codes = DiagnosticCode.all
        let indices = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1.name, $0) })
        let lines = DiagnosticLines(files)
        let rules = codes.map { rule($0, page) }.joined(separator: ",\n")
        let results = diagnostics.map { result($0, indices[$0.code], lines) }.joined(separator: ",\n")
        return """
            {
              "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
              "version": "2.1.0",
              "runs": [{
                "tool": {"driver": {"name": "bespokectl", "version": \(string(version)), "rules": [
            \(rules)
                ]}},
                "columnKind": "unicodeCodePoints",
                "results": [
            \(results)
                ]
              }]
            }

            """
    }

    private static func rule(_ code: DiagnosticCode, _ page: String?) -> String {
        let help = "\(code.why) To mend it: \(code.remedy)"
        var markdown = help
        if let wrong = code.wrong { markdown += "\n\nWrong:\n\n```yaml\n\(wrong)\n```" }
        if let mended = code.mended { markdown += "\n\nMended:\n\n```yaml\n\(mended)\n```" }
        let address = page.map { ", \"helpUri\": \(string("\($0)#\(code.name)"))" } ?? ""
        return "      {\"id\": \(string(code.name)), \"shortDescription\": {\"text\": \(string(code.meaning))}, "
            + "\"fullDescription\": {\"text\": \(string("\(code.meaning) \(code.why)"))}, "
            + "\"help\": {\"text\": \(string(help)), \"markdown\": \(string(markdown))}, "
            + "\"defaultConfiguration\": {\"level\": \(level(code.severity))}\(address)}"
    }

    private static func result(_ diagnostic: Diagnostic, _ index: Int?, _ lines: DiagnosticLines) -> String {
        let place = diagnostic.position
        var message = diagnostic.message
        if let suggestion = diagnostic.suggestion { message += ". Did you mean \(DiagnosticText.quoted(suggestion))?" }
        let end = place.column + lines.wordLength(at: place)
        return "      {\"ruleId\": \(string(diagnostic.code)), " + (index.map { "\"ruleIndex\": \($0), " } ?? "")
            + "\"level\": \(level(diagnostic.severity)), \"message\": {\"text\": \(string(message))}, "
            + "\"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": \(string(uri(place.file)))}, "
            + "\"region\": {\"startLine\": \(place.line), \"startColumn\": \(place.column), "
            + "\"endLine\": \(place.line), \"endColumn\": \(end)}}}]}"
    }

    private static func level(_ severity: Diagnostic.Severity) -> String {
        severity == .error ? "\"error\"" : "\"warning\""
    }

    /// A relative reference: what RFC 3986 does not leave as it is, is escaped.
    private static func uri(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            let isPlain =
                (48...57).contains(byte) || (97...122).contains(byte | 0x20) && byte < 128
                || "-._~/".utf8.contains(byte)
            if isPlain {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }

    private static func string(_ text: String) -> String { JSONText.quoted(text) }
}
