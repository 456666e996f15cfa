internal import Decisioning
internal import Model
internal import Ruleset

/// A field's text, loaded and rendered for visitors whose title comes from the input too, from behind its first line end.
enum FuzzedTemplate {
    static func render(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        let text = String(decoding: parts[0], as: UTF8.self).map { $0 == "'" ? "''" : String($0) }.joined()
        let file = frame + "        shown: {fields: {text: '\(text)', html: '\(text)', url: '\(text)'}}\n"
        guard let ruleSet = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(file.utf8))]).ruleSet else {
            return
        }
        let table = DecisionTable(ruleSet)
        // What comes in over the wire is valid by then.
        var title = Array(String(decoding: parts.count > 1 ? parts[1] : [], as: UTF8.self).utf8)
        title.withUnsafeMutableBufferPointer { title in
            let title = BorrowedText(start: UnsafePointer(title.baseAddress), count: title.count)
            decide(table, titles: [nil, title])
        }
    }

    private static func decide(_ table: DecisionTable, titles: [BorrowedText?]) {
        let workspace = DecisionWorkspace()
        for title in titles {
            workspace.begin(table, now: Timestamp(microseconds: 1_795_000_000_000_000))
            if let title {
                workspace.set(AttributeIndex(rawValue: 0), Scalar(title))
                workspace.setPage(PageContext(url: title))
            }
            for placement in workspace.decide().pointee.placements {
                for field in placement.fields {
                    precondition(String(validating: field.text.bytes, as: UTF8.self) != nil, "A field is UTF-8.")
                }
            }
        }
    }

    private static let frame = """
        attributes: {visitor: {title: {type: string}}}
        placements:
          hero:
            kind: page
            fields: {text: {max_length: 40}, html: {type: html, max_length: 40}, url: {type: url}}
        campaigns:
          one:
            pages:
              hero:

        """
}
