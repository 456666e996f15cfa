import BespokeAdmin
import Messages
import Model
import Ruleset
import Testing

@Suite struct ServedNamesTests {
    private func experiment(_ name: String, layer: String = "", ended: Bool = false) -> RuleNameMessage {
        var facts = ExperimentFactsMessage(
            status: ended ? "ended" : "running", unit: "visitor", layer: layer, traffic: 0.5, metrics: ["order"],
            windowSeconds: 86_400, arms: [ArmFactsMessage(name: "red", weight: 1, share: 1)])
        if ended {
            facts.ends = Timestamp(microseconds: 0)
            facts.ended = EndedExperimentMessage(name: name, revision: "r1")
        }
        return RuleNameMessage(
            kind: "experiment", name: name, title: "Title", file: ended ? "" : "x.yaml", line: ended ? 0 : 3,
            experiment: facts)
    }

    private var names: ServedNames {
        ServedNames([
            RuleNameMessage(
                kind: "attribute", name: "account.industry", title: "What they do",
                attribute: AttributeFactsMessage(
                    entity: "account", name: "industry", type: "string", values: ["law"], purpose: "p", source: "crm",
                    sensitive: true)),
            RuleNameMessage(
                kind: "attribute", name: "visitor.shape",
                attribute: AttributeFactsMessage(entity: "visitor", name: "shape", type: "polygon")),
            RuleNameMessage(kind: "event", name: "demo"), RuleNameMessage(kind: "segment", name: "adults"),
            experiment("button", layer: "page"), experiment("colour", layer: "page"), experiment("alone"),
            experiment("old", ended: true),
        ])
    }

    @Test func `Attributes come back as they were declared, those of unknown types do not`() {
        let attributes = names.attributes
        #expect(attributes.count == 1)
        let only = attributes[0]
        #expect((only.entity, only.name, only.type, only.values) == (.account, "industry", .string, ["law"]))
        #expect((only.purpose, only.source, only.isSensitive) == ("p", "crm", true))
        #expect(only.description == "What they do")
    }

    @Test func `Events are those of the rules and those of every rule set`() {
        #expect(names.eventNames == ["demo", "click", "conversion"])
    }

    @Test func `Rivals are the others of the layer`() throws {
        let experiments = names.experiments
        #expect(names.rivals(of: experiments[0]) == ["colour"])
        #expect(names.rivals(of: experiments[2]).isEmpty)
    }

    @Test func `An unknown name is answered with the nearest, or with where to look`() {
        #expect(
            names.unknown(.segment, "adult") == "segment adult: there is no such; did you mean `adults`?")
        #expect(names.unknown(.experiment, "zzzzzz").contains("`bespokectl experiments list`"))
        #expect(names.unknown(.policy, "x").contains("the rules have no policies"))
    }

    @Test func `Experiments are listed with what has ended apart`() {
        let text = ExperimentText.list(names, style: Style(isColoured: false))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("experiment  status"))
        #expect(lines[1].contains("button") && lines[1].contains("assigns only"))
        #expect(text.contains("\nended, readable as long as their events\n"))
        #expect(
            ExperimentText.list(ServedNames([]), style: Style(isColoured: false)) == "the rules have no experiments\n")
    }

    @Test func `An experiment is shown with its arms and where it stands`() {
        let text = ExperimentText.details(names.experiments[0], style: Style(isColoured: false))
        for part in ["layer", "red, 100% of units", "traffic", "50% of those", "x.yaml:3"] {
            #expect(text.contains(part), "\(part)")
        }
        let ended = ExperimentText.details(names.endedExperiments[0], style: Style(isColoured: false))
        #expect(ended.contains("1970-01-01T00:00:00Z"))
        #expect(ended.contains("last revision"))
        #expect(ended.contains("by its weight"))
    }

    @Test func `The JSON of running and ended experiments has the same members`() throws {
        func members(_ json: JSON) -> Set<String> {
            guard case .object(let members) = json else { return [] }
            return Set(members.map(\.name))
        }
        let running = members(ExperimentText.json(names.experiments[0]))
        let ended = members(ExperimentText.json(names.endedExperiments[0]))
        #expect(ended.subtracting(running) == ["endedAt", "revision"])
        #expect(running.isSubset(of: ended))
    }
}
