internal import Model
internal import Yams

/// Lists: members in rule files, or in files of their own.
extension Loader {
    /// A member and where it stands.
    private struct Member {
        let text: String
        let position: SourcePosition
    }

    mutating func loadLists(_ sections: [Section]) {
        for section in sections {
            for (name, key, value) in named(section.value, section.file, "lists") {
                guard let position = declare("lists", name, key, section.file),
                    let entries = entries(value, section.file, .list)
                else { continue }
                var list = ValueList(name: name, values: [], position: position)
                let members: [Member]
                switch (entries["values"], entries["file"]) {
                case (let values?, nil): members = self.members(in: values, section.file)
                case (nil, let path?):
                    list.file = path.scalar?.string
                    members = self.members(of: path, section.file)
                case (nil, nil) where entries.hasSlip: continue
                default:
                    report("missing-key", position, "a list needs either `values` or `file`")
                    continue
                }
                list.of = attributePath(entries["of"], section.file)
                var seen = Set<String>()
                for member in members where seen.insert(member.text).inserted {
                    doubt(member, of: list.of)
                    list.values.append(member.text)
                }
                ruleSet.lists.append(list)
            }
        }
    }

    private mutating func members(in node: Node, _ file: String) -> [Member] {
        guard case .sequence(let sequence) = node else {
            _ = texts(node, file)
            return []
        }
        return sequence.compactMap { item in
            text(item, file).map { Member(text: $0, position: Self.position(item, file)) }
        }
    }

    /// A file of members, one a line; empty lines and lines that start with `#` are passed over.
    private mutating func members(of node: Node, _ file: String) -> [Member] {
        guard let path = text(node, file) else { return [] }
        guard let found = files.first(where: { $0.path == path }) else {
            let others = files.map(\.path).filter { !Self.isYAML($0) }
            report(
                "unresolved-name", node, file, "the rule set has no file `\(path)`",
                suggestion: Spelling.nearest(to: path, among: others))
            return []
        }
        guard let text = String(validating: found.content, as: UTF8.self), !found.content.contains(0) else {
            report("not-text", SourcePosition(file: path, line: 1, column: 1), "the file is not text in UTF-8")
            return []
        }
        return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            number, line in
            // As imports take edges off, the invisible ones too.
            let member = TextEdges.trimmed(String(line))
            guard let first = member.first, first != "#" else { return nil }
            return Member(
                text: member, position: SourcePosition(file: path, line: number + 1, column: 1))
        }
    }

    /// What a member says that nobody ever is: it is taken as it stands, and compared whole.
    private mutating func doubt(_ member: Member, of path: String?) {
        let isDomain = path?.hasSuffix(".domain") == true
        guard
            let (problem, suggestion) = Self.doubt(member.text) ?? Self.domainDoubt(member.text, isDomain: isDomain)
        else { return }
        report("list-member", member.position, problem, suggestion: suggestion, severity: .warning)
    }

    private static func doubt(_ text: String) -> (problem: String, suggestion: String?)? {
        let bytes = text.utf8
        let trimmed = TextEdges.trimmed(text)
        guard trimmed == text else {
            return ("white space or an invisible character at the edge is part of the member `\(text)`", "`\(trimmed)`")
        }
        let plain = Array(bytes).withUnsafeBufferPointer { String(decoding: TextEdges.plain($0), as: UTF8.self) }
        guard plain == text else {
            return ("an invisible character or a special space is part of the member `\(text)`", "`\(plain)`")
        }
        if let first = bytes.first, first == UInt8(ascii: "\"") || first == UInt8(ascii: "'"), bytes.count > 1,
            bytes.last == first
        {
            return ("the quotes are part of the member `\(text)`", "`\(text.dropFirst().dropLast())`")
        }
        let several = text.split { $0 == "," || $0 == ";" || $0 == " " || $0 == "\t" }
        if several.count > 1, several.allSatisfy({ DomainName.isDomain($0.utf8) }) {
            return (
                "`\(text)` is one member, and looks like \(several.count) domains",
                "write each on a line or between quotes of its own, such as `\(several[0])`"
            )
        }
        if let note = text.firstRange(of: " #") {
            return (
                "what stands behind the # is part of the member `\(text)`; a comment stands on a line of its own",
                "`\(text[..<note.lowerBound])`"
            )
        }
        if bytes.contains(UInt8(ascii: "*")), DomainName.parent(ofSubdomains: text) == nil {
            return ("`*` in `\(text)` stands for itself: only `*.` before a domain means all its subdomains", nil)
        }
        if let parent = DomainName.parent(ofSubdomains: text), PublicSuffixes.system.isKnown,
            PublicSuffixes.system.contains(parent)
        {
            return ("anybody can have a domain below \(parent), and all of them are members", nil)
        }
        let rest = ["https://", "http://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) } ?? text[...]
        let host = rest.prefix { $0 != "/" }
        let isAddress = (rest.count < text.count || host.count < rest.count) && rest.count <= host.count + 1
        if isAddress, DomainName.isDomain(host.utf8) {
            return (
                "members are compared whole, and `\(text)` looks like the address of a domain", "`\(host.lowercased())`"
            )
        }
        if text.hasSuffix("."), DomainName.isDomain(bytes.dropLast()) {
            return ("members are compared whole, and hosts come without the dot at the end", "`\(text.dropLast())`")
        }
        let domain = text.hasPrefix("*.") ? "" : text
        if DomainName.isDomain(domain.utf8), domain.utf8.contains(where: { (65...90).contains($0) }) {
            return (
                "members are compared with their capitals, and `\(text)` looks like a domain", "`\(text.lowercased())`"
            )
        }
        return nil
    }

    /// A domain with more around it.
    ///
    /// - Parameter isDomain: Whether the list says that its members are domains.
    private static func domainDoubt(_ text: String, isDomain: Bool) -> (problem: String, suggestion: String?)? {
        let looks = "members are compared whole, and `\(text)` looks like"
        if let last = text.last, last == "," || last == ";", DomainName.isDomain(text.utf8.dropLast()) {
            return ("the `\(last)` at the end is part of the member `\(text)`", "`\(text.dropLast().lowercased())`")
        }
        if let first = text.first, first == "." || first == "@", DomainName.isDomain(text.utf8.dropFirst()) {
            let domain = text.dropFirst().lowercased()
            return first == "."
                ? ("\(looks) all subdomains of a domain", "`*.\(domain)`")
                : ("\(looks) the end of addresses of e-mail", "`\(domain)`")
        }
        guard isDomain else { return nil }
        if let at = text.lastIndex(of: "@"), case let host = text[text.index(after: at)...],
            DomainName.isDomain(host.utf8)
        {
            return ("\(looks) an address of e-mail, where the list has domains", "`\(host.lowercased())`")
        }
        let rest = ["https://", "http://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) } ?? text[...]
        let host = rest.prefix { $0 != "/" }
        if host.count < text.count, DomainName.isDomain(host.utf8) {
            return ("\(looks) the address of a page, where the list has domains", "`\(host.lowercased())`")
        }
        if text.hasPrefix("www."), DomainName.isDomain(text.utf8.dropFirst(4)) {
            return ("\(looks) the host of a page, where the list has domains", "`\(text.dropFirst(4))`")
        }
        return nil
    }

    private mutating func attributePath(_ node: Node?, _ file: String) -> String? {
        guard let node, let path = text(node, file) else { return nil }
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, declared["attributes.\(parts[0])"]?[parts[1]] != nil else {
            let known = ruleSet.attributes.map { "\($0.entity.name).\($0.name)" }
            report(
                "unresolved-name", node, file, "there is no attribute `\(path)`",
                suggestion: Spelling.nearest(to: path, among: known))
            return nil
        }
        return path
    }
}
