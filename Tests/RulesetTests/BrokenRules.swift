/// A snippet with one mistake; `‸` marks where the message must point and is taken out before loading.
struct BrokenRules: Sendable, CustomStringConvertible {
    let code: String
    let text: String
    let message: String
    let suggestion: String?

    init(_ code: String, _ text: String, _ message: String, _ suggestion: String? = nil) {
        self.code = code
        self.text = text
        self.message = message
        self.suggestion = suggestion
    }

    var description: String { "\(code): \(text.prefix(60))" }

    static let files: [BrokenRules] = [
        BrokenRules("not-yaml", "segments:\n  a: ‸\"x", "the quote that opens here is never closed", "`\"x\"`"),
        BrokenRules(
            "not-yaml", "segments: {a: ‸*nowhere}",
            "`*nowhere` repeats what was named `&nowhere` before, and nothing was",
            "write out what is meant, or put a text that begins with `*` between quotes"),
        BrokenRules(
            "duplicate-key", "segments:\n  ‸a: has(visitor.title)\n  a: has(visitor.title)",
            "`a` stands here more than once", "keep one of them, and put what both hold below it"),
        BrokenRules(
            "wrong-form", "‸- a", "a rule file is a mapping of keys",
            "leave the dashes out, and begin each with its name and a colon"),
        BrokenRules(
            "wrong-form", "segments: ‸[a]", "segments is a mapping from names",
            "write each with its name and a colon, between `{` and `}`"),
        BrokenRules("unknown-key", "‸segmints: {}", "`segmints` is not a key of a rule file", "segments"),
        BrokenRules("unknown-key", "events:\n  e: {‸point: 3}", "`point` is not a key of an event", "points"),
        BrokenRules(
            "unknown-key", "attributes: {‸visitors: {}}", "attributes describe a visitor, account or request", "visitor"
        ),
        BrokenRules(
            "missing-key", "icps:\n  x: ‸{segment: known, tiers: {a: 1}}", "needs `criteria`", "`criteria: […]`"),
        BrokenRules("missing-key", "lists: {‸empty: {}}", "needs either `values` or `file`"),
        BrokenRules("missing-key", "campaigns: {‸c: {title: Nothing}}", "it needs `ads` or `pages`"),
        BrokenRules("bad-name", "segments: {‸Big-Ones: has(visitor.title)}", "`Big-Ones` is not a name", "big_ones"),
        BrokenRules("bad-name", "placements: {p: {kind: ad, fields: {‸Head: {}}}}", "`Head` is not a name", "head"),
        BrokenRules(
            "duplicate-name", "segments: {‸known: has(visitor.title)}", "`known` is declared already at base.yaml:14"),
        BrokenRules(
            "duplicate-name", "attributes: {request: {‸country: {type: string}}}", "`request.country` is built in"),
        BrokenRules(
            "unresolved-name", "segments: {x: \"in_list(‸'rivalz', visitor.title)\"}", "there is no list `rivalz`",
            "in_list('rivals', visitor.title)"),
        BrokenRules(
            "unresolved-name", "events: {‸e: {purpose: personalization}}", "no consent purpose `personalization`",
            "personalisation"),
        BrokenRules(
            "unresolved-name", "lists: {x: {file: ‸lists/rival.txt}}", "has no file `lists/rival.txt`",
            "lists/rivals.txt"),
        BrokenRules(
            "unresolved-name", "lists: {x: {values: [a], of: ‸account.industri}}", "no attribute `account.industri`",
            "account.industry"),
        BrokenRules(
            "unknown-value", "segments: {x: visitor.seniority == ‸\"manger\"}", "is never \"manger\"", "manager"),
        BrokenRules("unknown-value", "attributes: {visitor: {x: {type: ‸sting}}}", "`sting` is none of", "string"),
        BrokenRules(
            "bad-duration", "events: {e: {half_life: ‸14}}", "`14` is not a duration",
            "`14d` for days, `14h` for hours, `14m` for minutes"),
        BrokenRules(
            "bad-duration", "events: {e: {half_life: ‸0d}}", "`0d` is not a duration",
            "for example 14d, 12h, 30m or 90s"),
    ]

    static let audience: [BrokenRules] = [
        BrokenRules("same-bound", "engagement: {hot: 60, warm: ‸60}", "`warm` begins where `hot` begins"),
        BrokenRules("wrong-form", "engagement: {hot: ‸high}", "`high` is not a number", "for example 10"),
        BrokenRules(
            "sensitive", "attributes: {visitor: {‸religion: {type: string, purpose: personalisation}}}",
            "sensitive by its nature", "`sensitive: true` and a `purpose`"),
        BrokenRules(
            "sensitive", "attributes: {visitor: {‸gender: {type: string, sensitive: true}}}", "so it needs a purpose",
            "`purpose: personalisation`"),
        BrokenRules(
            "wrong-form", "attributes: {visitor: {x: {type: bool, sensitive: ‸yes}}}",
            "`yes` is neither true nor false",
            "true"
        ),
        BrokenRules(
            "wrong-form", "attributes: {visitor: {x: {type: int, values: ‸[a]}}}",
            "for attributes of type string or strings"),
        BrokenRules(
            "no-points",
            "icps:\n  ‸x: {segment: known, criteria: [{when: account.employees > 1, points: -1, category: able}], tiers: {a: 1}}",
            "no criterion of `x` has positive points"),
        BrokenRules(
            "wrong-form",
            "icps: {x: {segment: known, criteria: [{when: account.employees > 1, points: 1, category: able}], tiers: ‸{a: 101}}}",
            "fit is 0 to 100"),
        BrokenRules(
            "cycle", "segments:\n  a: ‸in_segment('b')\n  b: in_segment('a')", "segments.a → segments.b → segments.a"),
        BrokenRules("condition", "segments: {x: ‸account.employees}", "a condition is true or false"),
        BrokenRules(
            "condition", "segments:\n  x: account.employees > 1 && account.‸employes < 9", "employes",
            "account.employees"),
        BrokenRules(
            "condition", "segments:\n  x: 'account.industry == \"é\" && account.‸employes < 9'", "employes",
            "account.employees"),
        BrokenRules(
            "bad-time",
            "icps: {x: {segment: known, review_by: ‸2027-13-01, criteria: [{when: account.employees > 1, points: 1, category: able}], tiers: {a: 1}}}",
            "`2027-13-01` is not a date", "for example 2027-03-31"),
    ]

    static let offer: [BrokenRules] = [
        campaign("unknown-field", "hero: {v: {fields: {‸headlin: Hi}}}", "has no field `headlin`", "headline"),
        campaign(
            "too-long", "hero: {v: {fields: {headline: ‸12345678901}}}", "has 11 characters; field `headline` takes 10"),
        campaign(
            "template", "hero: {v: {fields: {headline: 'Hi {{ ‸visitor.titel }}'}}}",
            "`visitor.titel` is nothing that can be inserted", "visitor.title"),
        campaign(
            "template", "hero: {v: {fields: {headline: 'Hi ‸{{ visitor.title'}}}", "the insertion does not end",
            "{{ visitor.title }}"),
        campaign(
            "template", "hero: {v: {fields: {headline: 'Hi {{ visitor.title | ‸uper }}'}}}",
            "there is no filter `uper`", "upper"),
        campaign("template", "hero: {v: {fields: {headline: 'Hi ‸}}'}}}", "`}}` stands without `{{`"),
        campaign(
            "wrong-kind", "‸search_ad: {v: {fields: {headline: Hi}}}", "placement `search_ad` is part of an ad",
            "`ads:`"),
        campaign("wrong-kind", "hero: {v: {fields: {headline: Hi}, utm: ‸{source: x}}}", "`utm` is for ads"),
        campaign("unresolved-name", "‸heroe: {v: {fields: {headline: Hi}}}", "there is no placement `heroe`", "hero"),
        schedule(
            "bad-time-zone", "timezone: ‸Europe/Kiew", "`Europe/Kiew` is not a time zone",
            "Europe/Kyiv"),
        schedule(
            "bad-time-zone", "timezone: ‸Europe", "`Europe` is not a time zone",
            "for example Europe/Kyiv, an IANA name, or visitor"),
        schedule(
            "bad-hours", "timezone: visitor, hours: ‸\"09:00-25:00\"", "are not hours of a day",
            "for example \"09:00-18:00\""),
        schedule(
            "bad-hours", "timezone: visitor, hours: ‸\"09:00-09:00\"", "are not hours of a day",
            "for example \"09:00-18:00\""),
        schedule(
            "bad-hours", "timezone: visitor, hours: ‸\"+9:00-18:00\"", "are not hours of a day", "\"09:00-18:00\""),
        schedule("unknown-value", "timezone: visitor, days: [‸tues]", "`tues` is none of mon", "tue"),
        schedule("wrong-form", "timezone: visitor, days: ‸[]", "it would never be open"),
        BrokenRules(
            "bad-time",
            "campaigns: {c: {starts: 2026-02-01, ends: ‸2026-02-01, pages: {hero: {v: {fields: {headline: Hi}}}}}}",
            "`c` ends when it starts"),
        BrokenRules(
            "bad-time", "campaigns: {c: {starts: ‸tomorrow, pages: {hero: {v: {fields: {headline: Hi}}}}}}",
            "`tomorrow` is not a time", "for example 2026-10-01T00:00:00Z or 2026-10-01"),
        BrokenRules(
            "utm-twice",
            "campaigns: {c: {ads: {search_ad: {a: {fields: {headline: A}, utm: {source: x}}, ‸b: {fields: {headline: B}, utm: {source: x}}}}}}",
            "the UTM values of `b` are those of the ad at rules.yaml:1"),
        BrokenRules(
            "broken-promise",
            "campaigns: {c: {ads: {search_ad: {‸a: {fields: {headline: A}, promise: speed, page: v}}}, pages: {hero: {v: {fields: {headline: B}, promise: price}}}}}",
            "its page `v` promises `price`", "`promise: speed` on the page"),
        BrokenRules(
            "unresolved-name",
            "campaigns: {c: {ads: {search_ad: {‸a: {fields: {headline: A}, page: land}}}, pages: {hero: {lend: {fields: {headline: B}}}}}}",
            "leads to page `land`", "lend"),
    ]

    static let trust: [BrokenRules] = [
        BrokenRules(
            "slots-overlap",
            "experiments:\n  a: {layer: landing, slots: [0, 500], arms: {x: {weight: 1}}}\n  ‸b: {layer: landing, slots: [499, 900], arms: {x: {weight: 1}}}",
            "overlap those of `a`"),
        BrokenRules(
            "wrong-form", "experiments: {a: {layer: landing, slots: ‸[5, 5], arms: {x: {weight: 1}}}}",
            "the slots end before they begin"),
        BrokenRules(
            "wrong-form", "experiments: {a: {layer: landing, slots: [0, ‸1000001], arms: {x: {weight: 1}}}}",
            "not a whole number from 0 to 1000000"),
        BrokenRules(
            "wrong-form", "experiments: {a: {unit: visitor, arms: ‸{x: {weight: 0}}}}", "every arm has weight 0"),
        BrokenRules(
            "wrong-form", "experiments: {a: {unit: visitor, arms: {‸x: {weight: -1}, y: {weight: 1}}}}",
            "the weight of arm `x` is negative"),
        BrokenRules(
            "missing-key", "experiments: {a: {unit: visitor, arms: {x: {weight: 1, fields: ‸{headline: A}}}}}",
            "names a `placement`"),
        BrokenRules(
            "unresolved-name", "experiments: {a: {unit: visitor, arms: {x: {weight: 1}}, metrics: [‸demo_sign]}}",
            "there is no event `demo_sign`", "demo_signup"),
        BrokenRules(
            "unknown-value", "experiments: {a: {unit: visitor, hash: ‸flagd, arms: {x: {weight: 1}}}}",
            "`flagd` is none of"),
        BrokenRules("wrong-form", "holdout: {share: ‸1.01, salt: s}", "it is from 0 to 1"),
        BrokenRules(
            "wrong-form", "layers: {a: {unit: visitor, holdout: {share: ‸-1, salt: s}}}", "it is from 0 to 1"),
        BrokenRules(
            "wrong-form", "experiments: {a: {traffic: ‸2, arms: {x: {weight: 1}}}}", "the traffic is 2.0"),
        BrokenRules(
            "wrong-form", "experiments: {a: {traffic: ‸0.5, hash: unleash, arms: {x: {weight: 1}}}}",
            "knows no share of the traffic"),
        BrokenRules(
            "wrong-form", "experiments: {a: {floor: ‸0.5, arms: {x: {weight: 1}}}}", "goes with `allocation: thompson`"),
        BrokenRules(
            "missing-key", "experiments: {a: {allocation: ‸thompson, arms: {x: {weight: 1}, y: {weight: 1}}}}",
            "follows its first metric"),
        BrokenRules(
            "wrong-form",
            "experiments: {a: {allocation: thompson, floor: ‸0.6, metrics: [demo_signup], arms: {x: {weight: 1}, y: {weight: 1}}}}",
            "cannot have a share of 0.6 each"),
        BrokenRules(
            "wrong-form",
            "experiments: {a: {allocation: thompson, every: ‸9s, metrics: [demo_signup], arms: {x: {weight: 1}, y: {weight: 1}}}}",
            "every 10 seconds at most"),
        BrokenRules(
            "missing-key", "policies: {blocked: [‸{when: has(visitor.title)}]}", "a legal block needs `because`",
            "`because: text`"),
        BrokenRules(
            "missing-key", "campaigns: {c: {pages: {}, starts: 2026-01-01, goal: ‸{shows: 5}}}",
            "a goal is reached by a date: campaign `c` needs `starts` and `ends`"),
        BrokenRules(
            "missing-key", "campaigns: {c: {pages: {}, starts: 2026-01-01, ends: 2026-02-01, goal: ‸{}}}",
            "a goal is a number of `shows` or of `clicks`, such as"),
        BrokenRules(
            "wrong-form",
            "campaigns: {c: {pages: {}, starts: 2026-01-01, ends: 2026-02-01, goal: ‸{shows: 5, clicks: 1}}}",
            "not of both"),
        BrokenRules("wrong-form", "policies: {caps: ‸{per: visitor}}", "caps are a list"),
        BrokenRules("wrong-form", "routes: {r: ‸sales}", "a route is a list"),
        BrokenRules(
            "unresolved-name", "tests: [{name: t, visitor: {‸titel: x}, expect: {icp: none}}]",
            "`visitor.titel` is not declared", "title"),
        BrokenRules(
            "unknown-key", "tests: [{name: t, expect: {‸icps: none}}]", "`icps` is nothing that a test can expect",
            "icp"),
        BrokenRules(
            "unknown-value", "tests: [{name: t, visitor: {seniority: ‸directors}, expect: {icp: none}}]",
            "is never \"directors\"", "director"),
    ]

    private static func campaign(_ code: String, _ pages: String, _ message: String, _ suggestion: String? = nil)
        -> BrokenRules
    {
        BrokenRules(code, "campaigns:\n  c:\n    pages:\n      \(pages)", message, suggestion)
    }

    private static func schedule(_ code: String, _ keys: String, _ message: String, _ suggestion: String? = nil)
        -> BrokenRules
    {
        BrokenRules(
            code, "routes:\n  r:\n    - {to: sales, schedule: {\(keys)}}", message, suggestion)
    }
}
