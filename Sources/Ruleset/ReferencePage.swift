/// docs/reference.md, written from the tables that the loader checks against.
package enum ReferencePage {
    private static let forms = """
        ## Forms

        | form | example | what |
        |---|---|---|
        | name | `demo_q4` | a to z first, then a to z, 0 to 9 and `_`; at most 64 characters |
        | duration | `14d` | a whole number and `s`, `m`, `h`, `d` or `w` |
        | time | `2026-10-01T00:00:00Z` | RFC 3339, or a date alone: its first moment in UTC, or on the clock that `timezone` names |
        | time zone | `Europe/Kyiv` | a name of the IANA database; conditions take `+02:00` too. `BST`, `GMT+3`, `Z` are none |
        | date | `2027-03-31` | year, month, day |
        | hours | `"09:00-18:00"` | from the first to before the second; `24:00` ends the day, `"22:00-06:00"` the next morning |
        | mapping of lower bounds | `{hot: 60, warm: 20}` | each level begins at its number; no two begin at the same |
        | CEL condition | `account.employees >= 10` | true, false or, where data is missing, unknown |

        ## Texts

        Equality, `in`, lists, links, allowed values, names and columns compare texts in one form, Unicode's NFC: `Zürich` is one city,
        whether its ü was written as one character or as two. Whatever comes in takes that form at the edge: rules (escapes such as
        `\\u0308` and a file's byte order mark included), requests, profiles, imports, links, the address of a page. Capitals count,
        except in domains of links and behind `*.`. Ids of visitors and accounts are no texts: they are taken byte by byte as they are
        sent, because other systems hash them so. What a condition puts together itself (`a + b`) is compared as it comes out. A
        profile that was stored before this held, with a text in another form, has it until it is written again.

        A list's member is compared whole. `*.acme.example` stands for all subdomains of acme.example, in any case, and not for itself.
        A domain beyond ASCII is the same one as its form with `xn--`, in lists and links; `request.host` has it as browsers send it,
        `xn--zrich-kva.example`, and without a dot at its end. A UTM value of nothing but spaces is none.
        `~` and `null` are nothing, not texts: refused with their place, and in a test what is not known.

        ## What conditions may use

        | name | type | what |
        |---|---|---|
        | `visitor.NAME`, `account.NAME`, `request.NAME` | as declared | attributes |
        | `request.url`, `.host`, `.path`, `.referrer`, `.ip`, `.country`, `.language`, `.device` | string | the page view: host and device in lower case, the country in capitals, the address as RFC 5952 writes it |
        | `request.query` | map of strings | the query of the page's address |
        | `request.utm.source`, `.medium`, `.campaign`, `.term`, `.content` | string | its UTM values |
        | `events.NAME.count`, `.last`, `.score` | int, timestamp, double | behaviour |
        | `account.events.NAME.count`, `.last`, `.score` | int, timestamp, double | what all visitors of the account did |
        | `now` | timestamp | the time of the decision |
        | `engagement` | double | the engagement score; unknown while events may not be read that could change the answer |
        | `grade`, `persona`, `role`, `stage` | string | who it is, once nothing that is unknown could make it another; until then unknown |
        | `in_segment('NAME')`, `is_icp('NAME')`, `in_list('NAME', text)` | bool | membership; `is_icp` is unknown while an exclusion or a veto is |
        | `fit('NAME')` | double | fit to a profile, 0 to 100; unknown while criteria are that could change the answer |
        | `between(value, low, high)` | bool | both ends included |

        ## What texts may insert

        `{{ path | filter | filter }}`. Paths: `visitor.NAME`, `account.NAME`, `request.NAME`, `request.utm.NAME`,
        `request.query.NAME`, `persona.name`, `persona.title`, `persona.outcome`, `persona.objections.NAME`, `role`, `stage`.
        Filters: `default: "text"`, `max: 30`, `upper`, `lower`, `title`.

        """

    /// The whole page.
    package static func markdown() -> String {
        var text = """
            # Rule files: every key

            A rule set is a folder of `.yaml` files; sections of the same name in several files are one. This page is made from the
            tables that the loader checks against. [rules.md](rules.md) explains how to write rules.


            """
        var sections = [Section(table: .file, paths: [])]
        collect(.file, at: "", into: &sections)
        for section in sections { text += self.section(section) }
        return text + forms
    }

    /// The top-level keys of rule files, of which `section` has something to say.
    package static var sections: [String] { KeyTable.file.keys.map(\.name) }

    /// What the page says of a top-level key, with everything that may stand below it.
    ///
    /// - Returns: nil for one that there is not.
    package static func section(_ name: String) -> String? {
        guard let key = KeyTable.file.keys.first(where: { $0.name == name }) else { return nil }
        var text = "# `\(name)`\n\n\(form(key.value)). \(key.help)\n\n"
        guard let table = key.value.table else { return text }
        var sections = [Section(table: table, paths: [name + suffix(key.value)])]
        collect(table, at: name + suffix(key.value), into: &sections)
        for section in sections { text += self.section(section) }
        return text
    }

    /// A table, and the places at which it stands.
    private struct Section {
        let table: KeyTable
        var paths: [String]
    }

    private static func collect(_ table: KeyTable, at path: String, into sections: inout [Section]) {
        for key in table.keys {
            guard let below = key.value.table else { continue }
            let place = (path.isEmpty ? "" : path + ".") + key.name + suffix(key.value)
            if let known = sections.firstIndex(where: { $0.table.subject == below.subject }) {
                sections[known].paths.append(place)
            } else {
                sections.append(Section(table: below, paths: [place]))
                collect(below, at: place, into: &sections)
            }
        }
    }

    private static func suffix(_ form: ValueForm) -> String {
        switch form {
        case .list(let form): "[]" + suffix(form)
        case .mapping(.choice(let words), let form, _): "." + words.joined(separator: "|") + suffix(form)
        case .mapping(.references(let what), let form, _): "." + what.uppercased() + suffix(form)
        case .mapping(_, let form, _): ".NAME" + suffix(form)
        default: ""
        }
    }

    private static func section(_ section: Section) -> String {
        var text = "## \(title(section.table))\n\n"
        if !section.paths.isEmpty {
            text += "At " + section.paths.map { "`\($0)`" }.joined(separator: ", ") + ".\n\n"
        }
        text += "| key | form | required or default | what |\n|---|---|---|---|\n"
        for key in section.table.keys {
            let fallback = key.isRequired ? "required" : key.fallback.isEmpty ? "" : "`\(key.fallback)`"
            let cells = ["`\(key.name)`", form(key.value), fallback, key.help]
            text += "| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |\n"
        }
        return text + "\n"
    }

    private static func title(_ table: KeyTable) -> String {
        table.subject.prefix(1).uppercased() + table.subject.dropFirst()
    }

    /// The form in words, with a link to the table of what stands below.
    private static func form(_ form: ValueForm) -> String {
        guard let table = form.table else { return form.words }
        let anchor = title(table).lowercased().replacing(" ", with: "-")
        return "\(form.words): [\(table.subject)](#\(anchor))"
    }
}
