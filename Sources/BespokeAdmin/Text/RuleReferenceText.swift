internal import Model
internal import Ruleset

/// The pages that explain rules and what checks find.
package enum RuleReferenceText {
    /// Codes and sections that can be asked for.
    package static var names: [String] { DiagnosticCode.all.map(\.name) + ReferencePage.sections }

    /// - Parameters:
    ///   - name: A code or a section; nil for a whole page.
    ///   - isOfCodes: Whether the whole page is that of the codes.
    /// - Returns: Markdown.
    /// - Throws: `Failure` with the nearest name.
    package static func markdown(of name: String?, isOfCodes: Bool) throws(Failure) -> String {
        guard let name else { return isOfCodes ? LintPage.markdown() : ReferencePage.markdown() }
        if let section = LintPage.section(of: name) ?? ReferencePage.section(name) { return section }
        let nearest = Spelling.nearest(to: name, among: names)
        throw Failure(
            "NOT_FOUND",
            "\(name): checks have no such code, and rules no such section"
                + (nearest.map { "; did you mean `\($0)`?" }
                    ?? "; --codes lists all codes; sections are " + ReferencePage.sections.joined(separator: ", ")))
    }
}
