internal import Foundation
internal import Model
internal import Ruleset
internal import Testing

@Suite("W56: a new name, wherever the files name it")
struct RuleRenameTests {
    private static let rules = """
        # job: what they do.  visitor.job
        attributes:
          visitor:
            job:    {type: string, values: [owner, job]}   # visitor.job stays in comments
            jobs:
              type: int      # how many
              max_age: 30d
            "mail": {type: string, purpose: job}
          account:
            job: {type: string}
            domain: {type: string}
        events: {job: {points: 1, purpose: job}, jobs: {points: 2}}
        lists:
          job: {values: [job, visitor.job], of: visitor.job}
        segments:
          job: 'visitor.job == "job" && account.job != "visitor.job"'
          other: in_segment("job") && in_list('job', visitor . job) || has(visitor.job)
        icps:
          job:
            of: visitor
            segment: job
            required: >-
              visitor.job
              == "owner" && visitor.jobs > 1
            excluded: ["['job'].exists(job, job == visitor.job)", in_segment('other')]
            criteria: [{when: events.job.count > 0 && account.events.job.count > 0, points: 5, category: able}]
            tiers: {job: 50}
        roles: {job: visitor.job == "owner", user: visitor.jobs > 1}
        stages:
          job: |
            // a CEL text
            events.job.last > now
          late: visitor.jobs > 2
        personas:
          job:
            icp: job
            when: role == 'job' && stage in ["job", 'late']
            goals: [job]
        placements:
          job: {kind: page, fields: {job: {}, link: {type: url}}, default: {job: "{{visitor.job | default: \\"visitor.job\\"}} {{ visitor.jobs }}"}}
        policies:
          consent: {job: {covers: [visitor]}}
          blocked: [{when: visitor.job == 'job', because: job}]
          caps: [{per: visitor, shows: 3, within: 1d, placement: job}]
        campaigns:
          job:
            when: is_icp('job') && fit("job") > 50.0 && persona != "job"
            pages: {job: {job: {fields: {job: 'It''s {{ account.job }} {{visitor.job}}'}}}}
        layers: {job: {unit: visitor}}
        experiments:
          job: {layer: job, slots: [0, 10], placement: job, metrics: [job], arms: {job: {weight: 1}, b: {weight: 1, fields: {job: x}}}}
        routes: {job: [{to: job, when: visitor.job == "job"}]}
        tests:
          - name: job
            consent: [job]
            visitor: {job: job, jobs: 2}
            account: {job: job}
            events: {job: {count: 1}}
            expect: {icp: job, persona: none, role: job, stage: none, placements: {job: {campaign: job}}, routes: {job: job}}

        """

    private func rename(
        _ kind: RuleRename.Kind, _ old: String, _ new: String, in text: String = RuleRenameTests.rules,
        mapping: String? = nil
    ) throws -> (rules: String, mapping: String?, notes: [String]) {
        let outcome = try RuleRename(kind, from: old, to: new).run(
            [Fixtures.file("rules.yaml", text)], mappings: mapping.map { [Fixtures.file("m.yaml", $0)] } ?? [])
        return (
            outcome.files.first.map { String(decoding: $0.after, as: UTF8.self) } ?? text,
            outcome.mappings.first.map { String(decoding: $0.after, as: UTF8.self) }, outcome.notes
        )
    }

    /// Lines that differ, as they are afterwards.
    private func changed(_ text: String, from before: String = RuleRenameTests.rules) -> [String] {
        ChangedLine.all(from: Array(before.utf8), to: Array(text.utf8)).flatMap(\.after).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    @Test("An attribute: conditions, insertions, lists, tests; nothing else that is called so, and no comment")
    func attribute() throws {
        #expect(RuleSetLoader.load([Fixtures.file("rules.yaml", Self.rules)]).errorCount == 0)
        let lines = changed(try rename(.attribute, "visitor.job", "title").rules)
        #expect(
            lines == [
                "title:    {type: string, rename: {from: job}, values: [owner, job]}   # visitor.job stays in comments",
                "job: {values: [job, visitor.job], of: visitor.title}",
                #"job: 'visitor.title == "job" && account.job != "visitor.job"'"#,
                #"other: in_segment("job") && in_list('job', visitor . title) || has(visitor.title)"#,
                "visitor.title",
                #"excluded: ["['job'].exists(job, job == visitor.title)", in_segment('other')]"#,
                #"roles: {job: visitor.title == "owner", user: visitor.jobs > 1}"#,
                #"job: {kind: page, fields: {job: {}, link: {type: url}}, default: {job: "{{visitor.title | default: \"visitor.job\"}} {{ visitor.jobs }}"}}"#,
                "blocked: [{when: visitor.title == 'job', because: job}]",
                "pages: {job: {job: {fields: {job: 'It''s {{ account.job }} {{visitor.title}}'}}}}",
                #"routes: {job: [{to: job, when: visitor.title == "job"}]}"#, "visitor: {title: job, jobs: 2}",
            ])
        let block = changed(try rename(.attribute, "visitor.jobs", "visitor.posts").rules)
        #expect(
            block.prefix(3) == ["posts:", "type: int      # how many", "rename: {from: jobs}"]
                || block.contains("rename: {from: jobs}"))
        #expect(
            try rename(.attribute, "visitor.mail", "email").rules.contains(
                #""email": {type: string, rename: {from: mail}, purpose: job}"#))
    }

    static let others: [(RuleRename.Kind, [String])] = [
        (
            .event,
            [
                "events: {post: {points: 1, purpose: job}, jobs: {points: 2}}",
                "criteria: [{when: events.post.count > 0 && account.events.post.count > 0, points: 5, category: able}]",
                "events.post.last > now",
                "job: {layer: job, slots: [0, 10], placement: job, metrics: [post], arms: {job: {weight: 1}, b: {weight: 1, fields: {job: x}}}}",
                "events: {post: {count: 1}}",
            ]
        ),
        (
            .list,
            [
                "post: {values: [job, visitor.job], of: visitor.job}",
                #"other: in_segment("job") && in_list('post', visitor . job) || has(visitor.job)"#,
            ]
        ),
        (
            .segment,
            [
                #"post: 'visitor.job == "job" && account.job != "visitor.job"'"#,
                #"other: in_segment("post") && in_list('job', visitor . job) || has(visitor.job)"#, "segment: post",
            ]
        ),
        (
            .icp,
            [
                "post:",
                "icp: post",
                #"when: is_icp('post') && fit("post") > 50.0 && persona != "job""#,
                "expect: {icp: post, persona: none, role: job, stage: none, placements: {job: {campaign: job}}, routes: {job: job}}",
            ]
        ),
        (
            .role,
            [
                #"roles: {post: visitor.job == "owner", user: visitor.jobs > 1}"#,
                #"when: role == 'post' && stage in ["job", 'late']"#,
                "expect: {icp: job, persona: none, role: post, stage: none, placements: {job: {campaign: job}}, routes: {job: job}}",
            ]
        ),
        (
            .stage,
            [
                "post: |",
                #"when: role == 'job' && stage in ["post", 'late']"#,
            ]
        ),
        (
            .persona,
            ["post:", #"when: is_icp('job') && fit("job") > 50.0 && persona != "post""#]
        ),
        (
            .layer,
            [
                "layers: {post: {unit: visitor}}",
                "job: {layer: post, slots: [0, 10], placement: job, metrics: [job], arms: {job: {weight: 1}, b: {weight: 1, fields: {job: x}}}}",
            ]
        ),
        (
            .purpose,
            [
                #""mail": {type: string, purpose: post}"#,
                "events: {job: {points: 1, purpose: post}, jobs: {points: 2}}", "consent: {post: {covers: [visitor]}}",
                "consent: [post]",
            ]
        ),
    ]

    @Test("Other kinds: what refers to that kind, and nothing else", arguments: others)
    func other(kind: RuleRename.Kind, lines: [String]) throws {
        #expect(changed(try rename(kind, "job", "post").rules) == lines)
    }

    @Test("Campaigns, placements and routes, with what stays behind said")
    func offer() throws {
        let placement = try rename(.placement, "job", "post")
        #expect(changed(placement.rules).count == 5 && placement.rules.contains("pages: {post: {job:"))
        #expect(placement.notes.count == 1 && placement.notes[0].contains("caps"))
        let campaign = changed(try rename(.campaign, "job", "post").rules)
        #expect(campaign.count == 2 && campaign[1].contains("placements: {job: {campaign: post}}"))
        #expect(changed(try rename(.route, "job", "post").rules).last?.hasSuffix("routes: {post: job}}") == true)
    }

    @Test("There and back again is the same file, to the byte, but for `rename`", arguments: RuleRename.Kind.allCases)
    func back(kind: RuleRename.Kind) throws {
        for ending in ["\n", "\r\n"] {
            let text = "\u{feff}" + Self.rules.replacingOccurrences(of: "\n", with: ending)
            let prefix = kind == .attribute ? "account." : ""
            let there = try rename(kind, prefix + "job", prefix + "a_much_longer_name", in: text).rules
            #expect(there != text)
            let back = try rename(kind, prefix + "a_much_longer_name", prefix + "job", in: there).rules
            #expect(back.replacingOccurrences(of: ", rename: {from: a_much_longer_name}", with: "") == text)
        }
    }

    @Test("The shipped rules: whatever has a name can get another, and the rules stay sound")
    func shipped() throws {
        let files = try RuleFolder.read(Fixtures.configured)
        let set = try #require(RuleSetLoader.load(files).ruleSet)
        var renames: [(RuleRename.Kind, String)] = set.attributes.map { (.attribute, "\($0.entity.name).\($0.name)") }
        renames += set.events.map { (.event, $0.name) } + set.lists.map { (.list, $0.name) }
        renames += set.segments.map { (.segment, $0.name) } + set.icps.map { (.icp, $0.name) }
        renames += set.roles.map { (.role, $0.name) } + set.stages.map { (.stage, $0.name) }
        renames += set.personas.map { (.persona, $0.name) } + set.placements.map { (.placement, $0.name) }
        renames += set.campaigns.map { (.campaign, $0.name) } + set.policies.consent.map { (.purpose, $0.purpose) }
        var refused: [String] = []
        for (kind, name) in renames {
            do {
                let outcome = try RuleRename(kind, from: name, to: "zzz_new").run(files)
                #expect(!outcome.files.isEmpty)
            } catch {
                refused.append("\(name): \(error)")
            }
        }
        #expect(refused.allSatisfy { $0.contains("keeps its name") }, "\(refused)")
    }

    @Test("What cannot be done is refused, with what to do")
    func refused() throws {
        func reason(_ kind: RuleRename.Kind, _ old: String, _ new: String, in text: String = RuleRenameTests.rules)
            -> String
        {
            do {
                _ = try rename(kind, old, new, in: text)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(reason(.attribute, "job", "title").contains("write `visitor.job`"))
        #expect(reason(.attribute, "visitor.jop", "title").contains("did you mean `visitor.job`?"))
        #expect(
            reason(.attribute, "visitor.job", "jobs").contains("there is a attribute `visitor.jobs` already")
                || reason(.attribute, "visitor.job", "jobs").contains("already"))
        #expect(reason(.event, "job", "Job!").contains("not a name"))
        #expect(reason(.event, "job", "job").contains("both names"))
        #expect(reason(.segment, "other", "x", in: Self.rules + "segmnts: {}\n").contains("the rules have errors"))
        // One text for two things: changing it would change both.
        let shared = """
            attributes: {visitor: {a: &kind {type: string}, b: *kind}}
            segments: {s: visitor.a == "x"}
            """
        #expect(reason(.attribute, "visitor.a", "c", in: shared).contains("change it by hand"))
        let escaped = "attributes: {visitor: {old: {type: string}}}\nsegments: {s: \"visitor.\\x6fld == 'x'\"}\n"
        #expect(reason(.attribute, "visitor.old", "c", in: escaped).contains("change it by hand"))
        let timezone = """
            attributes: {visitor: {timezone: {type: string}}}
            placements: {p: {kind: page, fields: {t: {}}}}
            campaigns: {c: {schedule: {timezone: visitor, hours: "09:00-10:00"}, pages: {p: {v: {fields: {t: x}}}}}}
            """
        #expect(reason(.attribute, "visitor.timezone", "tz", in: timezone).contains("keeps its name"))
    }

    @Test("A second new name before the first was pushed is said")
    func again() throws {
        let once = try rename(.attribute, "visitor.job", "title").rules
        let twice = try rename(.attribute, "visitor.title", "post", in: once)
        #expect(twice.rules.contains("post:    {type: string, rename: {from: title}, values: [owner, job]}"))
        #expect(twice.notes.contains { $0.contains("`rename: {from: job}`") })
    }

    @Test("Mappings follow: attributes of their kind, and events")
    func mappings() throws {
        let mapping = """
            kind: visitor   # visitor.job
            id: job
            columns:
              job: job
              Post: {attribute: job, values: {job: job}}
              Other: ignore
            constants: {job: job}

            """
        let found = try rename(.attribute, "visitor.job", "title", mapping: mapping).mapping
        #expect(
            changed(try #require(found), from: mapping) == [
                "job: title", "Post: {attribute: title, values: {job: job}}", "constants: {title: job}",
            ])
        #expect(try rename(.attribute, "account.job", "title", mapping: mapping).mapping == nil)
        let events = """
            kind: event
            visitor: job
            columns: {job: time, Kind: {attribute: name, values: {job: job, x: jobs}}}
            constants: {decision: job}

            """
        #expect(
            changed(try #require(try rename(.event, "job", "post", mapping: events).mapping), from: events) == [
                "columns: {job: time, Kind: {attribute: name, values: {job: post, x: jobs}}}"
            ])
    }
}
