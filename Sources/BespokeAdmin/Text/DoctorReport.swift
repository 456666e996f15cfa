package import Messages
package import Model

/// What a daemon found when it looked at what it stands on, with what only the caller can know: `doctor`.
package struct DoctorReport: Sendable {
    /// In the order in which they are shown.
    package let findings: [FindingMessage]

    /// - Parameters:
    ///   - status: With findings.
    ///   - version: Of this program.
    ///   - folder: A rule folder with its revision, to be compared with what is served; nil for none.
    package init(_ status: GetStatusResponse, version: String, folder: (path: String, revision: String)?) {
        var findings = status.findings
        if findings.isEmpty {
            findings.append(
                FindingMessage(
                    problem: true, text: "daemon: version \(status.version) looks at nothing; install a newer one"))
        }
        if let folder {
            let isSame = folder.revision == status.revision
            let served = status.revision.isEmpty ? "no rules" : status.revision
            findings.append(
                FindingMessage(
                    problem: !isSame,
                    text: isSame
                        ? "rules: \(folder.path) is what is served"
                        : "rules: \(folder.path) is \(folder.revision), and \(served) is served; push it, or see `bespokectl rules diff`"
                ))
        } else {
            findings.append(
                FindingMessage(
                    problem: status.revision.isEmpty,
                    text: status.revision.isEmpty
                        ? "rules: none are loaded; push some with `bespokectl rules push DIR`"
                        : "rules: \(status.revision) is served"))
        }
        let isSame = version == status.version
        findings.append(
            FindingMessage(
                problem: !isSame,
                text: isSame
                    ? "versions: \(version) of both"
                    : "versions: bespokectl has \(version), bespoked \(status.version); install the same"))
        self.findings = findings
    }

    /// Whether something is wrong.
    package var isProblem: Bool { findings.contains(where: \.problem) }

    /// For programs.
    package var json: JSON {
        .object([
            .init("ok", .bool(!isProblem)),
            .init(
                "findings",
                .array(
                    findings.map { .object([.init("problem", .bool($0.problem)), .init("text", .string($0.text))]) })),
        ])
    }

    /// A line for each finding.
    package func text(_ style: Style) -> String {
        findings.map { finding in
            (finding.problem ? style.bad("problem") : style.good("ok     ")) + "  " + Style.printable(finding.text)
                + "\n"
        }.joined()
    }
}
