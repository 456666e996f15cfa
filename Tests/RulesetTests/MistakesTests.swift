internal import Foundation
internal import Ruleset
internal import Testing

/// One entry of the table in Tests/Mistakes: what somebody wrote, and what he is told.
struct Mistake: Sendable, CustomStringConvertible {
    let page: String
    let title: String
    var files: [RuleFile] = []
    var answer = ""

    var description: String { "\(page): \(title)" }
}

/// Tests/Mistakes/*.md: a heading, fenced files, and the fenced answer of `bespokectl rules check`.
enum MistakeTable {
    static let folder = Fixtures.packageRoot.appending(path: "Tests/Mistakes")
    static let pages = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".md") && $0 != "README.md" }.sorted()
    static let all = pages.flatMap { page in
        read((try? String(contentsOf: folder.appending(path: page), encoding: .utf8)) ?? "", page)
    }

    private static func read(_ text: String, _ page: String) -> [Mistake] {
        var mistakes: [Mistake] = []
        var fence: (info: String, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let open = fence {
                guard line == "```" else {
                    fence?.lines.append(line)
                    continue
                }
                fence = nil
                let text = open.lines.map { $0 + "\n" }.joined()
                if open.info.isEmpty {
                    mistakes[mistakes.count - 1].answer = text
                } else {
                    mistakes[mistakes.count - 1].files.append(file(text, open.info))
                }
            } else if line.hasPrefix("```") {
                fence = (String(line.dropFirst(3)), [])
            } else if line.hasPrefix("## ") {
                mistakes.append(Mistake(page: page, title: String(line.dropFirst(3))))
            }
        }
        return mistakes
    }

    /// - Parameter info: `yaml`, then the file's name unless it is `rules.yaml`, then its encoding unless it is UTF-8.
    private static func file(_ text: String, _ info: String) -> RuleFile {
        let words = info.split(separator: " ").map(String.init).dropFirst()
        let name = words.first { $0.contains(".") } ?? "rules.yaml"
        let written = unescaped(text)
        if info.contains("utf-16") {
            let mark: [UInt8] = info.contains("mark") ? [0xff, 0xfe] : []
            return RuleFile(
                path: name, content: mark + written.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] })
        }
        if info.contains("latin-1") {
            return RuleFile(path: name, content: written.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        }
        return RuleFile(path: name, content: Array(written.utf8))
    }

    /// `\t`, `\r` and `\u{…}` are what they name.
    private static func unescaped(_ text: String) -> String {
        var result = text.replacing("\\t", with: "\t").replacing("\\r", with: "\r")
        for code in ["a0", "200b", "feff", "202f", "3000"] {
            result = result.replacing("\\u{\(code)}", with: String(UnicodeScalar(UInt32(code, radix: 16)!)!))
        }
        return result
    }

    /// What no eye sees, named.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            let isSeen = scalar == " " || scalar == "\n" || scalar.properties.generalCategory != .spaceSeparator
            switch scalar {
            case "\t": return "\\t"
            case "\r": return "\\r"
            default:
                return isSeen && scalar.properties.generalCategory != .format
                    ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        .joined()
    }
}

@Suite("Mistakes and what is said of them")
struct MistakesTests {
    private static let base = RuleFile(
        path: "base.yaml",
        content: Array((try? Data(contentsOf: MistakeTable.folder.appending(path: "base.yaml"))) ?? Data()))

    private static func found(_ mistake: Mistake) -> (diagnostics: [Diagnostic], files: [RuleFile]) {
        let files = [base] + mistake.files
        // Nothing else in the snippets uses what they declare.
        return (LintTests.check(files).filter { !$0.code.hasPrefix("unused-") }, files)
    }

    private static func answer(_ mistake: Mistake) -> String {
        let (diagnostics, files) = found(mistake)
        let text = DiagnosticText(files: files, isColoured: false)
        let code = diagnostics.contains { $0.severity == .error } ? 1 : 0
        return MistakeTable.escaped(diagnostics.map(text.render).joined()) + "exit \(code)\n"
    }

    @Test("The table is there, and long")
    func table() {
        #expect(
            MistakeTable.all.count >= 200 && MistakeTable.all.allSatisfy { !$0.files.isEmpty && !$0.answer.isEmpty })
    }

    @Test("The base has no mistake")
    func soundBase() {
        #expect(LintTests.check([Self.base]) == [])
    }

    @Test("Each is told what, where and how to mend it", arguments: MistakeTable.all)
    func answer(mistake: Mistake) {
        #expect(Self.answer(mistake) == mistake.answer)
    }

    @Test("One mistake, one message", arguments: MistakeTable.all)
    func once(mistake: Mistake) {
        #expect(Self.found(mistake).diagnostics.count == 1)
    }

    /// Writes what is said today, to be read before it is committed: `RECORD_MISTAKES=1 swift test --filter MistakesTests`.
    @Test("Recorded", .enabled(if: ProcessInfo.processInfo.environment["RECORD_MISTAKES"] != nil))
    func record() throws {
        for page in MistakeTable.pages {
            let path = MistakeTable.folder.appending(path: page)
            var lines: [Substring] = []
            var mistakes = MistakeTable.all.filter { $0.page == page }[...]
            var isAnswer = false
            var isFence = false
            func close() {
                guard let mistake = mistakes.popFirst() else { return }
                while lines.last == "" { lines.removeLast() }
                lines +=
                    ["", "```"]
                    + Self.answer(mistake).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                lines += ["```", ""]
            }
            var isFirst = true
            for line in try String(contentsOf: path, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            {
                if line.hasPrefix("## "), !isFence {
                    if !isFirst { close() }
                    isFirst = false
                }
                if line.hasPrefix("```") {
                    if !isFence, line == "```" { isAnswer = true }
                    isFence.toggle()
                    if isAnswer {
                        if !isFence { isAnswer = false }
                        continue
                    }
                }
                if !isAnswer { lines.append(line) }
            }
            close()
            try (lines.joined(separator: "\n")).write(to: path, atomically: true, encoding: .utf8)
        }
    }
}
