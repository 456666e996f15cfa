import BespokeAdmin
import Messages
import Model
import Testing

@Suite struct CompletedWordsTests {
    private let names = ServedNames([
        RuleNameMessage(
            kind: "attribute", name: "visitor.plan",
            attribute: AttributeFactsMessage(
                entity: "visitor", name: "plan", type: "string", values: ["free", "paid"], purpose: "advertising")),
        RuleNameMessage(
            kind: "attribute", name: "visitor.age",
            attribute: AttributeFactsMessage(entity: "visitor", name: "age", type: "int", purpose: "measurement")),
        RuleNameMessage(
            kind: "attribute", name: "account.late",
            attribute: AttributeFactsMessage(entity: "account", name: "late", type: "bool")),
        RuleNameMessage(kind: "placement", name: "hero"),
        RuleNameMessage(
            kind: "policy", name: "measurement", facts: [RuleFactMessage(name: "is", value: "a purpose of consent")]),
        RuleNameMessage(kind: "policy", name: "No ads", facts: [RuleFactMessage(name: "is", value: "a block")]),
        RuleNameMessage(
            kind: "experiment", name: "button",
            experiment: ExperimentFactsMessage(arms: [ArmFactsMessage(name: "red"), ArmFactsMessage(name: "blue")])),
        RuleNameMessage(
            kind: "experiment", name: "old",
            experiment: ExperimentFactsMessage(
                arms: [ArmFactsMessage(name: "a")], ended: EndedExperimentMessage(name: "old"))),
    ])

    @Test(arguments: [
        (["bespokectl", "--address", "unix:/run/b.sock", "status"], "unix:/run/b.sock"),
        (["bespokectl", "--address", "unix", ":", "/run/b.sock"], "unix:/run/b.sock"),
        (["bespokectl", "--address", "=", "a", ":", "7878", "status"], "a:7878"),
        (["bespokectl", "--address=a:1", "status"], "a:1"), (["bespokectl", "--address"], nil), (["bespokectl"], nil),
    ])
    func `The daemon of a line that is being typed is found however the shell cuts it`(words: [String], value: String?)
    {
        #expect(CompletedWords.value(of: "--address", in: words) == value)
    }

    @Test func `Attributes are offered with what they may be`() {
        #expect(
            names.settings(of: nil) == [
                "visitor.plan=free", "visitor.plan=paid", "visitor.age=", "account.late=true", "account.late=false",
            ])
        #expect(names.settings(of: "visitor") == ["plan=free", "plan=paid", "age="])
        #expect(names.attributeNames(of: "account") == ["late"])
    }

    @Test func `Purposes and arms that are served are offered`() {
        #expect(names.purposes == ["measurement", "advertising"])
        #expect(names.forced == ["button=red", "button=blue", "hero="])
    }

    @Test func `An experiment that has ended is told from one that never was`() {
        #expect(
            names.endedWords("old", "nobody gets an arm")?.hasPrefix("experiment old: has ended, with a push") == true)
        #expect(names.endedWords("button", "x") == nil)
        #expect(names.unknown(.attribute, "plan") == "attribute plan: there is no such; did you mean `visitor.plan`?")
    }
}
