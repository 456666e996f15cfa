import BespokeAdmin
import Model
import Ruleset
import Messages
import Testing
import Wire

@Suite struct PersonReportTests {
    private static let plain = Style(isColoured: false)
    private let position = SourcePosition(file: "a.yaml", line: 1, column: 1)

    private func profile(_ kind: ProfileKind) -> ProfileMessage {
        ProfileMessage(
            kind: kind, id: "rita\u{1b}[2J", accountID: kind == .visitor ? "acme" : "",
            features: [
                FeatureMessage(name: "title", value: .string("CTO"), observedAt: Timestamp(microseconds: 0)),
                FeatureMessage(name: "age", value: .int(40)),
            ])
    }

    private func attributes() -> [Attribute] {
        var age = Attribute(entity: .visitor, name: "age", type: .int, position: position)
        (age.purpose, age.source, age.isSensitive) = ("profiling", "form", true)
        // Of the other kind, with the same name.
        var other = Attribute(entity: .account, name: "age", type: .int, position: position)
        other.purpose = "billing"
        return [other, age, Attribute(entity: .visitor, name: "title", type: .string, position: position)]
    }

    @Test func `Values stand with their purpose and source, sorted, and none of it steers a terminal`() throws {
        let text = PersonReport(profile: profile(.visitor), behaviour: nil, attributes: attributes()).text(
            style: Self.plain)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.count == 5 && !text.contains("\u{1b}"))
        #expect(lines[2] == "account acme")
        #expect(lines[3] == "age 40 profiling form")
        #expect(lines[4] == "title CTO 1970-01-01T00:00:00Z")
    }

    @Test func `What is declared of visitors says nothing of accounts`() {
        let text = PersonReport(profile: profile(.account), behaviour: nil, attributes: attributes()).text(
            style: Self.plain)
        #expect(text.contains("billing") && !text.contains("profiling"))
    }

    @Test func `What somebody did, saw and agreed to is all said`() {
        var behaviour = BehaviourMessage()
        behaviour.otherIDs = ["cookie-7"]
        var event = EventCountMessage()
        (event.name, event.count, event.last) = ("demo", 2, Timestamp(microseconds: 1_000_000))
        behaviour.events = [event]
        var show = ShowMessage()
        (show.placement, show.campaign, show.variant) = ("hero", "spring", "a")
        (behaviour.shows, behaviour.clicks) = ([show], [show])
        var trial = TrialMessage()
        (trial.experiment, trial.arm) = ("words", "bold")
        behaviour.trials = [trial]
        var consent = GivenConsentMessage()
        (consent.purpose, consent.granted, consent.source, consent.textVersion) = ("ads", true, "banner", "v3")
        var denial = consent
        denial.granted = false
        (behaviour.consents, behaviour.consentHistory) = ([denial], [consent, denial])
        let report = PersonReport(profile: nil, behaviour: behaviour, attributes: [])
        let text = report.text(style: Self.plain)
        for words in [
            "also known as\n  cookie-7", "demo  2 times  last 1970-01-01T00:00:01Z", "hero  spring/a",
            "came by an ad to", "words  arm bold", "ads  agreed    banner  v3", "ads  denied    banner  v3",
        ] { #expect(text.contains(words), "\(words) in \(text)") }
        guard case .object(let members) = report.json else { return #expect(Bool(false), "an object") }
        #expect(members.map(\.name) == ["behaviour"])
    }

    private func recipient(_ kind: String, _ name: String, _ seconds: Int64?) -> RecipientMessage {
        var recipient = RecipientMessage()
        (recipient.kind, recipient.name, recipient.by) = (kind, name, "token crm")
        recipient.at = seconds.map { Timestamp(microseconds: $0 * 1_000_000) }
        return recipient
    }

    @Test func `Who was given data since something is known of them may have it`() {
        let all = [
            recipient("sink", "file:/x", nil), recipient("export", "events", 9), recipient("export", "events", 10),
            recipient("export", "profiles of accounts", 11), recipient("backup", "/b/generation-1", 12),
        ]
        var event = EventCountMessage()
        (event.name, event.count, event.last) = ("demo", 1, Timestamp(microseconds: 10_000_000))
        var behaviour = BehaviourMessage()
        behaviour.events = [event]
        func names(_ profile: ProfileMessage?) -> [String] {
            let report = PersonReport(profile: profile, behaviour: behaviour, attributes: [], recipients: all)
            guard case .object(let members) = report.json,
                case .array(let told)? = members.first(where: { $0.name == "recipients" })?.value
            else { return [] }
            return told.compactMap { told in
                guard case .object(let facts) = told,
                    case .string(let name)? = facts.first(where: { $0.name == "name" })?.value
                else { return nil }
                return name
            }
        }
        #expect(names(nil) == ["file:/x", "events", "/b/generation-1"])
        // Of a value without a time, and of what was done more than once, nobody knows since when it is kept.
        #expect(names(profile(.visitor)).count == 4)
        behaviour.events[0].count = 2
        #expect(names(nil).count == 4)
        let text = PersonReport(profile: nil, behaviour: behaviour, attributes: [], recipients: all).text(
            style: Self.plain)
        #expect(text.contains("may be with\n  sink    file:/x") && text.contains("as it comes"))
    }

    @Test func `The JSON form says what is declared of each value that is kept, and of no other`() {
        let report = PersonReport(profile: profile(.visitor), behaviour: nil, attributes: attributes())
        guard case .object(let members) = report.json,
            case .object(let declared)? = members.first(where: { $0.name == "attributes" })?.value
        else { return #expect(Bool(false), "an object") }
        #expect(declared.map(\.name) == ["age", "title"])
        #expect(
            declared[0].value
                == .object([
                    .init("purpose", .string("profiling")), .init("source", .string("form")),
                    .init("sensitive", .bool(true)),
                ]))
    }
}
