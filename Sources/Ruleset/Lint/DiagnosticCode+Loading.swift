/// Codes of files and forms: what cannot be read, or not as what it should be.
extension DiagnosticCode {
    static let files: [DiagnosticCode] = [
        refused(
            "empty", "The folder holds no rule file.", why: "There would be nothing to decide by.",
            remedy: "Put the rules into files that end in `.yaml` or `.yml`."),
        refused(
            "bad-path", "A file's path leads out of the rule set's folder, or cannot be a file's name.",
            why: "Rule sets come from elsewhere; a path must not reach other files.",
            remedy: "Give the path relative to the folder, without `..`, hidden names and control characters."),
        refused(
            "duplicate-file", "A file stands in the rule set twice.",
            why: "It would not be plain which of the two counts.",
            remedy: "Send each file once."),
        refused(
            "not-text", "A file is no text in UTF-8, or holds a NUL character.",
            why: "What cannot be read as text cannot be shown either.", remedy: "Save the file in UTF-8."),
        refused(
            "not-yaml", "A file is no YAML.", why: "None of its rules can be read.",
            wrong: "segments:\n  large: \"has(account.employees)",
            mended: "segments:\n  large: \"has(account.employees)\"",
            remedy: "Close the quotes and brackets before the place, and indent with spaces."),
        refused(
            "duplicate-key", "A key stands in a mapping twice.", why: "Only one of them would count.",
            wrong: "segments:\n  large: has(account.employees)\n  large: has(account.industry)",
            mended: "segments:\n  large: has(account.employees)\n  known_industry: has(account.industry)",
            remedy: "Rename or remove one of the two."),
        refused(
            "too-deep", "Brackets, indentation or conditions are nested too deep.",
            why: "Such a file exhausts whoever reads it, people included.",
            wrong: "segments: " + String(repeating: "[", count: 65),
            mended: "segments: {}", remedy: "Use fewer levels: the deepest rule needs about eight."),
        refused(
            "too-large", "The rule set or a part of it is larger than the limits.",
            why: "A rule set must load in bounded time and memory.",
            remedy: "Split the rule set, or move values into a list that a file holds."),
        refused(
            "more", "There are more messages than are listed.", why: "Beyond a thousand, nobody reads on.",
            remedy: "Mend those that are listed and check again."),
    ]

    static let forms: [DiagnosticCode] = [
        refused(
            "wrong-form", "A value has another form than its key takes.", why: "It cannot be understood.",
            wrong: "events: {demo: {points: many}}", mended: "events: {demo: {points: 40}}",
            remedy: "Write the value as reference.md says for the key."),
        refused(
            "unknown-key", "A key is none that may stand there.",
            why: "It would change nothing, although somebody expects it to.", wrong: "events: {demo: {point: 3}}",
            mended: "events: {demo: {points: 3}}",
            remedy: "Correct the spelling; the message lists what may stand there."),
        refused(
            "missing-key", "A required key is absent.", why: "The rule is not complete without it.",
            wrong: "lists: {partners: {}}", mended: "lists: {partners: {values: [partner.example]}}",
            remedy: "Add the key that the message names."),
        refused(
            "bad-name", "A name has characters that names do not have.",
            why: "Names stand in conditions, logs and reports, where they must be plain words.",
            wrong: "segments: {Big-Ones: has(account.employees)}",
            mended: "segments: {big_ones: has(account.employees)}",
            remedy: "Use a to z first, then a to z, 0 to 9 and `_`; at most 64 characters."),
        refused(
            "duplicate-name", "A name is declared twice.", why: "It would not be plain which of the two is meant.",
            wrong: "segments: {known: has(account.employees)}", mended: "segments: {staffed: has(account.employees)}",
            remedy: "Rename one; the message says where the other stands."),
        refused(
            "bad-duration", "A duration is not a whole number with a unit.", why: "`14` could be days or seconds.",
            wrong: "events: {demo: {half_life: 14}}", mended: "events: {demo: {half_life: 14d}}",
            remedy: "Write a whole number above 0 and `s`, `m`, `h`, `d` or `w`."),
        refused(
            "bad-time", "A time or date is not one, or an end lies before its start.",
            why: "The rule would never be open.",
            wrong: """
                campaigns:
                  sale:
                    starts: 2026-02-01
                    ends: 2026-01-01
                    pages: {hero: {hello: {fields: {headline: Hello}}}}
                """,
            mended: """
                campaigns:
                  sale:
                    starts: 2026-01-01
                    ends: 2026-02-01
                    pages: {hero: {hello: {fields: {headline: Hello}}}}
                """,
            remedy: "Write `2026-10-01T00:00:00Z` or `2026-10-01`, the end after the start."),
        refused(
            "bad-hours", "Hours are not the hours of a day.", why: "The rule would never be open.",
            wrong: "routes: {leads: [{to: sales, schedule: {timezone: visitor, hours: \"9-18\"}}]}",
            mended: "routes: {leads: [{to: sales, schedule: {timezone: visitor, hours: \"09:00-18:00\"}}]}",
            remedy: "Write `\"09:00-18:00\"`: from the first to before the second."),
        refused(
            "bad-time-zone", "A time zone is not in the time zone database.", why: "Its clock cannot be read.",
            wrong: "routes: {leads: [{to: sales, schedule: {timezone: Europe/Kiew}}]}",
            mended: "routes: {leads: [{to: sales, schedule: {timezone: Europe/Kyiv}}]}",
            remedy: "Use an IANA name, or `visitor` for the visitor's own."),
        refused(
            "same-bound", "Two levels begin at the same number.", why: "One of them is never reached.",
            wrong: "engagement: {hot: 60, warm: 60}", mended: "engagement: {hot: 60, warm: 20}",
            remedy: "Give each level its own lower bound."),
    ]

    static let references: [DiagnosticCode] = [
        refused(
            "condition", "A condition has a mistake: its grammar, a name that is not declared, or a type.",
            why: "What is not measured cannot be asked about; the rule would never apply.",
            wrong: "segments: {large: account.employes > 50}", mended: "segments: {large: account.employees > 50}",
            remedy: "Declare the attribute under `attributes`, or compare with a value of its type and unit."),
        refused(
            "unresolved-name", "A rule names something that is not there.", why: "The rule could not be carried out.",
            wrong: "segments: {hit: \"in_list('rivalz', visitor.title)\"}",
            mended: "segments: {hit: \"in_list('rivals', visitor.title)\"}",
            remedy: "Correct the spelling, or declare what is named."),
        refused(
            "unknown-value", "A value is none of those that are declared.",
            why: "A comparison with it would never hold.",
            wrong: "segments: {led: visitor.seniority == \"manger\"}",
            mended: "segments: {led: visitor.seniority == \"manager\"}",
            remedy: "Correct the spelling, or add the value to `values` of the attribute."),
        refused(
            "cycle", "Conditions depend on each other in a circle.", why: "None of them could be decided first.",
            wrong: "segments:\n  a: in_segment('b')\n  b: in_segment('a')",
            mended: "segments:\n  a: in_segment('b')\n  b: has(account.employees)",
            remedy: "Write one of them without the others."),
        refused(
            "sensitive", "A sensitive attribute is not declared so, or has no purpose.",
            why:
                "Nationality, religion and the like may be used only for a declared purpose to which the person "
                + "consents.",
            wrong: "attributes: {visitor: {religion: {type: string}}}",
            mended: "attributes: {visitor: {religion: {type: string, sensitive: true, purpose: personalisation}}}",
            remedy: "Add `sensitive: true` and a `purpose` that `policies.consent` declares; better, do without it."),
        refused(
            "no-points", "No criterion of a profile has positive points.", why: "Its fit would always be 0.",
            wrong: """
                icps:
                  small:
                    segment: known
                    criteria: [{when: account.employees > 1, points: -1, category: able}]
                    tiers: {a: 1}
                """,
            mended: """
                icps:
                  small:
                    segment: known
                    criteria: [{when: account.employees > 1, points: 1, category: able}]
                    tiers: {a: 1}
                """,
            remedy: "Give points to what speaks for the profile."),
    ]

    static let offer: [DiagnosticCode] = [
        refused(
            "unknown-field", "A text is for a field that its placement does not have.", why: "It would never be shown.",
            wrong: "campaigns: {sale: {pages: {hero: {hello: {fields: {headlin: Hello}}}}}}",
            mended: "campaigns: {sale: {pages: {hero: {hello: {fields: {headline: Hello}}}}}}",
            remedy: "Use a field of the placement, or add it there."),
        refused(
            "too-long", "What is written out is longer than its field, whatever is inserted.",
            why: "Every visitor would see it cut.",
            wrong: "campaigns: {sale: {pages: {hero: {hello: {fields: {headline: Hello everybody}}}}}}",
            mended: "campaigns: {sale: {pages: {hero: {hello: {fields: {headline: Hello}}}}}}",
            remedy: "Shorten the text, or raise `max_length` if the page has room."),
        refused(
            "template", "An insertion in a text has a mistake.", why: "The text could not be filled in.",
            wrong: "campaigns:\n  sale:\n    pages:\n"
                + "      hero: {hello: {fields: {headline: \"{{ visitor.titel }}\"}}}",
            mended:
                "campaigns:\n  sale:\n    pages:\n"
                + "      hero: {hello: {fields: {headline: \"{{ visitor.title | default: 'you' }}\"}}}",
            remedy: "Write `{{ path | default: \"…\" }}` with a path and filters that reference.md lists."),
        refused(
            "wrong-kind", "An ad stands among pages, or a page among ads.",
            why: "Ads and pages are shown at different places.",
            wrong: "campaigns: {sale: {pages: {search_ad: {hello: {fields: {headline: Hello}}}}}}",
            mended: "campaigns: {sale: {ads: {search_ad: {hello: {fields: {headline: Hello}}}}}}",
            remedy: "Move it under `ads:` or `pages:`, as the placement's `kind` says."),
        refused(
            "utm-twice", "Two ads have the same UTM values.", why: "A click could not be led to the page of its ad.",
            wrong: """
                campaigns:
                  sale:
                    ads:
                      search_ad:
                        one: {fields: {headline: One}, utm: {source: search}}
                        two: {fields: {headline: Two}, utm: {source: search}}
                """,
            mended: """
                campaigns:
                  sale:
                    ads:
                      search_ad:
                        one: {fields: {headline: One}, utm: {source: search, content: one}}
                        two: {fields: {headline: Two}, utm: {source: search, content: two}}
                """,
            remedy: "Tell them apart by `content`."),
        refused(
            "broken-promise", "The page of an ad does not promise what the ad does.",
            why: "Who clicks expects to find what the ad said.",
            wrong: """
                campaigns:
                  sale:
                    ads: {search_ad: {fast: {promise: speed, page: land, fields: {headline: Fast}}}}
                    pages: {hero: {land: {promise: price, fields: {headline: Cheap}}}}
                """,
            mended: """
                campaigns:
                  sale:
                    ads: {search_ad: {fast: {promise: speed, page: land, fields: {headline: Fast}}}}
                    pages: {hero: {land: {promise: speed, fields: {headline: Fast}}}}
                """,
            remedy: "Let the ad lead to a page with its promise, or write that page."),
        refused(
            "slots-overlap", "Two experiments of a layer share slots.",
            why: "A visitor would be in both, and neither could be read.",
            wrong: """
                experiments:
                  one: {layer: landing, slots: [0, 600000], arms: {a: {weight: 1}}}
                  two: {layer: landing, slots: [500000, 1000000], arms: {a: {weight: 1}}}
                """,
            mended: """
                experiments:
                  one: {layer: landing, slots: [0, 500000], arms: {a: {weight: 1}}}
                  two: {layer: landing, slots: [500000, 1000000], arms: {a: {weight: 1}}}
                """,
            remedy: "Let one end where the other begins: the end is not included."),
    ]
}
