/// docs/lint.md, written from the table of codes.
package enum LintPage {
    /// The whole page.
    package static func markdown() -> String {
        var text = """
            # What checks say, and how to mend it

            `bespokectl rules check` reports what is wrong with a rule set: where, what, and what was probably meant. An
            **error** that loading finds refuses the rule set. What only lint finds lets it load; its errors are
            mistakes all the same. Lint reports what is certain: a condition that it does not understand is never called
            wrong. This page is made from the table that the checks use.

            ## Allowing what is right after all

                attributes:
                  account:
                    # bespoke:allow unused-attribute the import of March fills it
                    fax: {type: string}

            A comment `# bespoke:allow CODE reason` silences the code on its own line; on a line of its own, on the next
            line that says something. The reason is required. What keeps a rule set from loading cannot be allowed.

            ## Codes

            | code | severity | what |
            |---|---|---|

            """
        for code in DiagnosticCode.all {
            text += "| [\(code.name)](#\(code.name)) | \(severity(code)) | \(code.meaning) |\n"
        }
        for code in DiagnosticCode.all { text += "\n" + section(code) }
        return text
    }

    /// - Returns: What the page says of one code; nil for one that there is not.
    package static func section(of code: String) -> String? { DiagnosticCode.named(code).map(section) }

    private static func section(_ code: DiagnosticCode) -> String {
        var text = "### \(code.name)\n\n\(capitalised(severity(code))). \(code.meaning) \(code.why)\n"
        if let wrong = code.wrong { text += "\nWrong:\n\n" + block(wrong) }
        if let mended = code.mended { text += "\nMended:\n\n" + block(mended) }
        return text + "\nTo mend it: \(code.remedy)\n"
    }

    private static func severity(_ code: DiagnosticCode) -> String {
        switch (code.severity, code.isAllowable) {
        case (.error, false): "error, refused"
        case (.error, true): "error"
        case (.warning, _): "warning"
        }
    }

    private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    private static func block(_ rules: String) -> String { "```yaml\n\(rules)\n```\n" }
}
