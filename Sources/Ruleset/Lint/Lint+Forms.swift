internal import CEL
internal import Model

/// Texts of a page view have one form each (see `PageForm`): a country two capital letters, a host no scheme. A literal in another
/// form is never met, and nothing says so.
extension Lint {
    /// What is wrong with a text, in words behind its name, and what was meant.
    private typealias Doubt = (problem: String, suggestion: String?)

    mutating func checkForms(_ function: String, _ parts: [Expression], _ condition: Condition) {
        switch function {
        case "_==_" where parts.count == 2, "_!=_" where parts.count == 2:
            checkForm(of: parts[0], in: [parts[1]], condition)
            checkForm(of: parts[1], in: [parts[0]], condition)
        case "@in" where parts.count == 2:
            if case .list(let members) = parts[1].kind { checkForm(of: parts[0], in: members, condition) }
        case "in_list" where parts.count == 2:
            checkList(parts, condition)
        default: break
        }
    }

    private mutating func checkForm(of side: Expression, in others: [Expression], _ condition: Condition) {
        guard let name = ExpressionText.input(side) else { return }
        for other in others {
            guard case .literal(.string(let text)) = other.kind, let doubt = Self.doubt(name, text) else { continue }
            report(
                "value-form", position(condition, other.offset), "`\(name)` is never `\(text)`: \(doubt.problem)",
                suggestion: doubt.suggestion)
        }
    }

    /// `request.host.endsWith(".X.example")`: a part that the text never has.
    mutating func checkFormPart(
        _ function: String, of target: Expression, _ part: Expression, _ condition: Condition
    ) {
        guard case .literal(.string(let text)) = part.kind, let name = ExpressionText.input(target) else { return }
        let doubt: Doubt
        if DomainName.parent(ofSubdomains: text) != nil {
            let rest = name == "request.host" ? text.dropFirst().lowercased() : String(text.dropFirst())
            doubt = ("`*.` stands for subdomains in lists only", "`\(name).endsWith(\"\(rest)\")`")
        } else if name == "request.host", text.lowercased() != text {
            doubt = ("hosts are in lower case", "`\"\(text.lowercased())\"`")
        } else {
            return
        }
        let words = ["contains": "contains", "startsWith": "begins with"][function] ?? "ends with"
        report(
            "value-form", position(condition, part.offset), "`\(name)` never \(words) `\(text)`: \(doubt.problem)",
            suggestion: doubt.suggestion)
    }

    /// Members of a list that a text of the page is looked for in.
    private mutating func checkList(_ parts: [Expression], _ condition: Condition) {
        guard case .literal(.string(let listName)) = parts[0].kind, let name = ExpressionText.input(parts[1]),
            let list = set.lists.first(where: { $0.name == listName })
        else { return }
        let doubts = list.values.lazy.compactMap { member in
            // A list has both spellings of a domain beyond ASCII.
            Self.doubt(name, DomainName.readable(member) == member ? DomainName.ascii(member) : member)
                .map { (member, $0) }
        }
        guard let (member, doubt) = doubts.first(where: { !$0.0.hasPrefix("*.") }) else { return }
        report(
            "value-form", position(condition, parts[1].offset),
            "`\(name)` is never `\(member)`, which the list `\(listName)` has: \(doubt.problem)",
            suggestion: doubt.suggestion)
    }

    private static func doubt(_ name: String, _ text: String) -> Doubt? {
        guard !text.isEmpty else { return nil }
        switch name {
        case "request.country":
            guard let normal = PageForm.normal(.country, text) else {
                return (
                    "countries are two letters, as ISO 3166-1 alpha-2 has them",
                    PageCodes.country(text).map { "`\"\($0)\"`" } ?? "for example \"DE\""
                )
            }
            guard PageCodes.isCountry(normal) else {
                return ("no country has this code", PageCodes.country(text).map { "`\"\($0)\"`" })
            }
            return normal == text ? nil : ("countries are in capitals", "`\"\(normal)\"`")
        case "request.language":
            guard !PageCodes.isLanguage(text) else { return nil }
            return (
                "languages are codes as ISO 639 and browsers have them, such as de or de-AT",
                PageCodes.language(text).map { "`\"\($0)\"`" }
            )
        case "request.device":
            let normal = PageForm.normal(.device, text) ?? text
            return normal == text ? nil : ("devices are in lower case", "`\"\(normal)\"`")
        case "request.ip":
            guard let normal = PageForm.normal(.ip, text) else {
                let isNetwork = text.utf8.contains(UInt8(ascii: "/"))
                return (
                    isNetwork ? "it is one address, no network" : "it is an IPv4 or IPv6 address",
                    isNetwork ? "`cidr(\"\(text)\").containsIP(request.ip)`" : nil
                )
            }
            return normal == text ? nil : ("addresses are written as RFC 5952 has them", "`\"\(normal)\"`")
        case "request.host": return host(text)
        case "request.path":
            return text.hasPrefix("/") ? nil : ("paths begin with a slash", "`\"/\(text)\"`")
        default:
            guard DomainName.parent(ofSubdomains: text) != nil else { return nil }
            return (
                "`*.` stands for subdomains in lists only", "`\(name).endsWith(\"\(text.dropFirst())\")`"
            )
        }
    }

    private static func host(_ text: String) -> Doubt? {
        var bare = text.lowercased()
        if let scheme = bare.firstRange(of: "://") { bare = String(bare[scheme.upperBound...]) }
        bare = String(bare.prefix { $0 != "/" })
        if let port = bare.lastIndex(of: ":"), bare[..<port].last != "]", !bare[..<port].contains(":") {
            bare = String(bare[..<port])
        }
        if bare.hasPrefix("*.") {
            return ("`*.` stands for subdomains in lists only", "`request.host.endsWith(\"\(bare.dropFirst())\")`")
        }
        if bare.hasSuffix(".") { bare.removeLast() }
        bare = DomainName.ascii(bare)
        guard bare != text else { return nil }
        let isBeyondASCII = text.utf8.contains { $0 >= 0x80 }
        return (
            "hosts are in lower case, without scheme, port and path"
                + (isBeyondASCII ? ", letters beyond ASCII as `xn--`" : ""), bare.isEmpty ? nil : "`\"\(bare)\"`"
        )
    }
}
