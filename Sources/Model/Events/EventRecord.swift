/// One thing that happened, as analytics read it: what was decided for a placement, what was shown, or what somebody did.
package struct EventRecord: Sendable, Hashable {
    /// What happened.
    package enum Kind: String, Sendable, CaseIterable {
        /// An answer of Decide for one placement, or an arm that changes none.
        case decision
        /// Something was shown.
        case exposure
        /// A visitor or account did something.
        case event
        /// A visitor agreed to something, or denied it.
        case consent
    }

    package var kind: Kind
    /// The same record always has the same id, so that one that is delivered twice can be told.
    package var id: String
    package var time: Timestamp
    package var visitorID = ""
    package var accountID = ""
    /// The event's name, and what it was worth.
    package var name = ""
    package var value = 0.0
    package var placement = ""
    /// Empty for the placement's default, likewise `variant`.
    package var campaign = ""
    package var variant = ""
    package var experiment = ""
    package var arm = ""
    /// The share of units that get the arm.
    package var propensity = 0.0
    /// Whether a click on an ad brought the page view on which it was shown.
    package var isClick = false
    /// Why, for a decision; and the profile and persona that it found.
    package var reason = ""
    package var icp = ""
    package var persona = ""
    package var decisionID = ""
    package var revision = ""
    /// Of consent: where it was given, and which version of the text was shown.
    package var source = ""
    package var textVersion = ""

    /// Something at a time.
    package init(_ kind: Kind, id: String, at time: Timestamp) {
        (self.kind, self.id, self.time) = (kind, id, time)
    }
}

extension EventRecord {
    private enum Cell {
        case text(String)
        /// Left out when it is 0.
        case number(Double)
        /// Left out when it is false.
        case flag(Bool)
    }

    /// In the order of the columns.
    private var cells: [Cell] {
        [
            .text(kind.rawValue), .text(id), .text(TimestampText.format(time)), .text(visitorID), .text(accountID),
            .text(name), .number(value), .text(placement), .text(campaign), .text(variant), .text(experiment),
            .text(arm), .number(propensity), .text(reason), .text(icp), .text(persona), .text(decisionID),
            .text(revision), .flag(isClick), .text(source), .text(textVersion),
        ]
    }

    /// The names in CSV and JSON.
    package static let columns = [
        "kind", "id", "time", "visitor_id", "account_id", "name", "value", "placement", "campaign", "variant",
        "experiment", "arm", "propensity", "reason", "icp", "persona", "decision_id", "revision", "click",
        "source", "text_version",
    ]

    /// A JSON object on one line, with its line end; what is empty, 0 or false is left out.
    package var jsonLine: String {
        var line = "{"
        for (column, cell) in zip(Self.columns, cells) {
            let text: String
            switch cell {
            case .text(let content):
                if content.isEmpty { continue }
                text = JSONText.quoted(content)
            case .number(let number):
                if number == 0 { continue }
                text = Self.text(number)
            case .flag(let flag):
                if !flag { continue }
                text = "true"
            }
            line += (line.utf8.count > 1 ? "," : "") + "\"\(column)\":\(text)"
        }
        return line + "}\n"
    }

    /// The first line of CSV, with its line end.
    package static var csvHead: String { CSVText.line(columns) }

    /// A line of CSV, with its line end; what is empty, 0 or false is an empty cell.
    package var csvLine: String {
        CSVText.line(
            cells.map { cell in
                switch cell {
                case .text(let text): text
                case .number(let number): number == 0 ? "" : Self.text(number)
                case .flag(let flag): flag ? "true" : ""
                }
            })
    }

    /// - Precondition: Finite, as everything that is recorded.
    private static func text(_ number: Double) -> String {
        guard let whole = Int64(exactly: number), whole.magnitude < 1 << 53 else { return "\(number)" }
        return "\(whole)"
    }
}
