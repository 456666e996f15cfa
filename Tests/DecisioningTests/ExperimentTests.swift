import Decisioning
import Experimentation
import Foundation
import Model
import Ruleset
import Testing

@Suite struct ExperimentTests {
    private static let rules = """
        attributes:
          visitor: {vip: {type: bool}}
        placements:
          hero: {kind: page, fields: {headline: {type: text}, button: {type: text}}, default: {headline: Hello}}
        campaigns:
          office:
            when: visitor.vip
            pages: {hero: {speed: {fields: {headline: Fast, button: Try}}}}
        layers:
          landing: {unit: visitor}
          mail: {unit: account}
        experiments:
          hero_button:
            layer: landing
            slots: [0, 500000]
            placement: hero
            arms: {control: {weight: 1}, start: {weight: 1, fields: {button: Start free}}}
          hero_text:
            layer: landing
            slots: [500000, 1000000]
            placement: hero
            starts: 2026-11-01T00:00:00Z
            arms: {long: {weight: 3}, short: {weight: 1, fields: {headline: Short}}}
          rhythm:
            unit: account
            salt: mail_2026
            hash: growthbook_v2
            arms: {daily: {weight: 0.3334}, weekly: {weight: 0.6666}}
        """

    private func inputs(_ visitor: String, account: String = "", vip: Bool? = nil, now: String = "2026-11-20T10:00:00Z")
        -> Harness.Inputs
    {
        var inputs = Harness.Inputs()
        (inputs.visitorID, inputs.accountID, inputs.now) = (visitor, account, now)
        if let vip { inputs.visitor = ["vip": .bool(vip)] }
        return inputs
    }

    @Test func `R60: every unit has the arm that its bucket says, in every decision`() throws {
        let harness = try Harness(Self.rules)
        var arms: [String: Int] = [:]
        for number in 0..<4_000 {
            let id = "visitor-\(number)"
            let answer = try harness.decide(inputs(id))
            let slot = bucket("landing", id)
            let expected: (String, String) =
                slot < 500_000
                ? ("hero_button", bucket("hero_button", id) < 500_000 ? "control" : "start")
                : ("hero_text", bucket("hero_text", id) < 750_000 ? "long" : "short")
            let hero = try #require(answer.placements.first)
            #expect((hero.experiment, hero.arm) == expected)
            #expect(answer.assignments.map(\.experiment) == [expected.0])
            #expect(answer.assignments.map(\.arm) == [expected.1])
            arms[expected.1, default: 0] += 1
            #expect(try harness.decide(inputs(id, vip: true)).placements.first?.arm == expected.1)
        }
        // Far beyond five standard deviations only by a mistake.
        #expect(abs(arms["control", default: 0] - 1_000) < 140 && abs(arms["short", default: 0] - 500) < 110)
    }

    @Test func `An arm lays its fields over what the placement got, and adds those that it lacks`() throws {
        let harness = try Harness(Self.rules)
        let start = try #require(unit { bucket("landing", $0) < 500_000 && bucket("hero_button", $0) >= 500_000 })
        let hero = try #require(try harness.decide(inputs(start)).placements.first)
        #expect(hero.campaign.isEmpty && hero.reason == .default)
        #expect(hero.fields == ["headline": "Hello", "button": "Start free"])
        let campaign = try #require(try harness.decide(inputs(start, vip: true)).placements.first)
        #expect(campaign.campaign == "office" && campaign.fields == ["headline": "Fast", "button": "Start free"])
        let control = try #require(unit { bucket("landing", $0) < 500_000 && bucket("hero_button", $0) < 500_000 })
        let kept = try #require(try harness.decide(inputs(control, vip: true)).placements.first)
        #expect(kept.arm == "control" && kept.fields == ["headline": "Fast", "button": "Try"])
    }

    @Test func `Without an id, before the start or after the end nobody has an arm`() throws {
        let harness = try Harness(Self.rules)
        #expect(try harness.decide(inputs("")).assignments.isEmpty)
        let text = try #require(unit { bucket("landing", $0) >= 500_000 })
        #expect(try harness.decide(inputs(text)).assignments.map(\.experiment) == ["hero_text"])
        #expect(try harness.decide(inputs(text, now: "2026-10-31T23:59:59Z")).assignments.isEmpty)
        #expect(try harness.decide(inputs(text, now: "2026-11-01T00:00:00Z")).assignments.count == 1)
    }

    @Test func `An account is a unit of its own, with another system's hash`() throws {
        let harness = try Harness(Self.rules)
        for number in 0..<500 {
            let account = "account-\(number)"
            let assignment = try #require(try harness.decide(inputs("", account: account)).assignments.first)
            let position = text("mail_2026") { salt in
                text(account) { HashContract.growthbookV2.position(salt: salt, unit: $0, total: 0) }
            }
            #expect(assignment.experiment == "rhythm")
            #expect(assignment.arm == (position < 0.3334 ? "daily" : "weekly"))
            #expect(assignment.propensity == (assignment.arm == "daily" ? 0.3334 : 0.6666))
        }
    }

    @Test func `R61: the holdout gets defaults everywhere and no arm`() throws {
        let harness = try Harness(Self.rules + "\nholdout: {share: 0.2, salt: h}\n")
        var count = 0
        for number in 0..<2_000 {
            let id = "visitor-\(number)"
            let answer = try harness.decide(inputs(id, vip: true))
            let hero = try #require(answer.placements.first)
            guard bucket("h", id) < 200_000 else {
                #expect(hero.reason == .campaign && answer.assignments.count == 1)
                continue
            }
            count += 1
            #expect(hero.reason == .holdout && hero.campaign.isEmpty && hero.experiment.isEmpty)
            #expect(hero.fields == ["headline": "Hello"] && answer.assignments.isEmpty)
            #expect(try harness.decide(inputs(id)).placements.first?.reason == .default)
        }
        #expect(abs(count - 400) < 100)
    }

    @Test func `R61: a layer's holdout gets no arm of its experiments, and all else`() throws {
        let rules = Self.rules.replacingOccurrences(
            of: "landing: {unit: visitor}", with: "landing: {unit: visitor, holdout: {share: 0.25, salt: nested}}")
        let harness = try Harness(rules)
        var count = 0
        for number in 0..<2_000 {
            let id = "visitor-\(number)"
            let answer = try harness.decide(inputs(id, account: "a", vip: true))
            let isOut = bucket("nested", id) < 250_000
            count += isOut ? 1 : 0
            #expect(answer.assignments.map(\.experiment).contains("rhythm"))
            #expect(answer.assignments.count == (isOut ? 1 : 2))
            #expect(answer.placements.first?.campaign == "office" && answer.placements.first?.arm.isEmpty == isOut)
        }
        #expect(abs(count - 500) < 100)
    }

    @Test(arguments: [nil, "growthbook_v1", "growthbook_v2"])
    func `R62: a share of the traffic gets arms, and a larger share adds to it`(hash: String?) throws {
        func rules(_ traffic: Double) -> String {
            "experiments: {e: {traffic: \(traffic), arms: {a: {weight: 1}, b: {weight: 1}}"
                + (hash.map { ", hash: \($0)" } ?? "") + "}}"
        }
        let first = RuleCheck(files(rules(0.1)))
        let second = RuleCheck(files(rules(0.3)), after: first.book)
        #expect(second.moves.map(\.share) == (hash == nil ? [0.2] : []))
        let harnesses = [first, second].compactMap { check in
            check.ruleSet.flatMap { ruleSet in check.table.map { Harness(ruleSet: ruleSet, table: $0) } }
        }
        try #require(harnesses.count == 2)
        var counts = [0, 0]
        for number in 0..<4_000 {
            let arms = try harnesses.map { try $0.decide(inputs("visitor-\(number)")).assignments.first }
            if let arm = arms[0] {
                #expect(arms[1] == arm && arm.propensity == 0.5)
                counts[0] += 1
            }
            if arms[1] != nil { counts[1] += 1 }
        }
        #expect(abs(counts[0] - 400) < 100 && abs(counts[1] - 1_200) < 150)
    }

    @Test func `R68: a bandit's weights stay through pushes, are a revision of their own, and say their propensity`()
        throws
    {
        func rules(_ title: String, _ arms: String) -> [RuleFile] {
            files(
                "events: {buy: {points: 1}}\nexperiments: {e: {title: \(title), allocation: thompson, metrics: [buy], arms: {\(arms)}}}"
            )
        }
        let two = "a: {weight: 1}, b: {weight: 1}"
        let first = RuleCheck(rules("one", two))
        #expect(first.isAccepted)
        let moved = RuleCheck(
            first.files, after: first.book, reweighted: ["e": [("a", 0.2), ("b", 0.8)]])
        #expect(moved.moves.map(\.share) == [0.3] && moved.ruleSet?.revision != first.ruleSet?.revision)
        // A marketer pushes the same folder again, with another title: the weights stay.
        let again = RuleCheck(rules("two", two), after: moved.book)
        #expect(again.book == moved.book && again.moves.isEmpty)
        // Another arm: it begins anew.
        let three = RuleCheck(rules("two", two + ", c: {weight: 2}"), after: moved.book)
        #expect(three.book.allocations["e"]?.share(of: "c") == 0.5)
        let harness = Harness(ruleSet: try #require(again.ruleSet), table: try #require(again.table))
        for number in 0..<200 {
            let arm = try #require(try harness.decide(inputs("visitor-\(number)")).assignments.first)
            #expect(arm.propensity == (arm.arm == "a" ? 0.2 : 0.8))
        }
        // A restart reads them from the files.
        #expect(RuleCheck(again.files, today: nil).book == moved.book)
    }

    @Test func `R63: a change of weights moves the difference and nobody else, and the move is known before`() throws {
        let first = RuleCheck(files(Self.rules))
        #expect(first.isAccepted && first.moves.isEmpty)
        #expect(!first.files.contains { $0.path == AllocationBook.path })
        let changed = Self.rules.replacingOccurrences(
            of: "control: {weight: 1}, start: {weight: 1,", with: "control: {weight: 6}, start: {weight: 4,")
        let second = RuleCheck(files(changed), after: first.book)
        #expect(second.moves.map(\.experiment) == ["hero_button"] && second.moves.map(\.share) == [0.1])
        #expect(second.files.contains { $0.path == AllocationBook.path })
        let (old, new) = (try #require(first.table), try #require(second.table))
        let harnesses = (
            Harness(ruleSet: try #require(first.ruleSet), table: old),
            Harness(ruleSet: try #require(second.ruleSet), table: new)
        )
        for number in 0..<2_000 {
            let id = "visitor-\(number)"
            let before = try harnesses.0.decide(inputs(id)).assignments.map(\.arm)
            let after = try harnesses.1.decide(inputs(id)).assignments.map(\.arm)
            // The last fifth of those who had `start` go to `control`.
            let moves = bucket("landing", id) < 500_000 && bucket("hero_button", id) >= 900_000
            #expect((before != after) == moves)
        }
        // Pushed elsewhere, or again, the same files give the same revision and the same arms.
        let elsewhere = RuleCheck(second.files)
        #expect(elsewhere.book == second.book && elsewhere.ruleSet?.revision == second.ruleSet?.revision)
        let back = RuleCheck(first.files, after: second.book)
        #expect(back.book == first.book && back.ruleSet?.revision == first.ruleSet?.revision)
    }

    @Test func `A file of arms that cannot be read is an error with its line`() {
        let bad = RuleFile(path: AllocationBook.path, content: Array("# head\nhero_button: a 5-3\n".utf8))
        let check = RuleCheck(files(Self.rules) + [bad])
        #expect(!check.isAccepted)
        #expect(check.diagnostics.contains { $0.severity == .error && $0.position.line == 2 })
    }

    @Test(
        "W13: arms that were edited by hand are refused with their line, and line ends of another system are read",
        arguments: [
            ("hero_button: control 0-499999 start 500000-999999\nhero_button: control 0-999999\n", 2),
            ("hero_button: control 0-499999 start 400000-999999\n", 1), ("hero_button control 0-499999\n", 1),
            ("# head\r\nhero_button: control 0-1000000\r\n", 2), ("Hero: control 0-499999\n", 1),
        ])
    func editedArms(_ text: String, _ line: Int) {
        let check = RuleCheck(files(Self.rules) + [RuleFile(path: AllocationBook.path, content: Array(text.utf8))])
        #expect(!check.isAccepted)
        let errors = check.diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.position.line) == [line] && errors.map(\.position.file) == [AllocationBook.path])
    }

    @Test func `W13: the same arms with the line ends of another system are the same revision`() throws {
        let changed = Self.rules.replacingOccurrences(
            of: "control: {weight: 1}, start: {weight: 1,", with: "control: {weight: 6}, start: {weight: 4,")
        let moved = RuleCheck(files(changed), after: RuleCheck(files(Self.rules)).book)
        let foreign = moved.files.map { file in
            let text = String(decoding: file.content, as: UTF8.self).replacingOccurrences(of: "\n", with: "\r\n")
            return file.path == AllocationBook.path ? RuleFile(path: file.path, content: Array(text.utf8)) : file
        }
        #expect(foreign != moved.files)
        let check = RuleCheck(foreign)
        #expect(check.book == moved.book && check.ruleSet?.revision == moved.ruleSet?.revision)
        #expect(check.ownArms == ["hero_button"])
    }

    @Test func `W53: an experiment that comes back has the arms that it had when it ended`() throws {
        let changed = Self.rules.replacingOccurrences(
            of: "control: {weight: 1}, start: {weight: 1,", with: "control: {weight: 6}, start: {weight: 4,")
        let moved = RuleCheck(files(changed), after: RuleCheck(files(Self.rules)).book)
        let ended = try #require(moved.book.allocations["hero_button"])
        let others = AllocationBook()
        #expect(RuleCheck(files(changed), after: others).book != moved.book)
        let back = RuleCheck(files(changed), after: others.including(ended: ["hero_button": ended]))
        #expect(back.book == moved.book && back.ruleSet?.revision == moved.ruleSet?.revision)
    }

    private func files(_ yaml: String) -> [RuleFile] { [RuleFile(path: "rules.yaml", content: Array(yaml.utf8))] }

    private func unit(_ isWanted: (String) -> Bool) -> String? {
        (0..<1_000).map { "unit-\($0)" }.first(where: isWanted)
    }

    private func bucket(_ salt: String, _ unit: String) -> UInt32 {
        text(salt) { salt in text(unit) { HashContract.bucket(salt: salt, unit: $0) } }
    }

    private func text<Result>(_ text: String, _ body: (BorrowedText) -> Result) -> Result {
        var text = text
        return text.withUTF8 { body(BorrowedText(start: $0.baseAddress, count: $0.count)) }
    }
}
