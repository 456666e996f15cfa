internal import Ruleset
internal import Testing

@Suite("Limits hold on both sides")
struct LimitTests {
    private static func events(_ value: String) -> String { "events: {e: {half_life: \(value)}}" }

    @Test(
        "Durations",
        arguments: [
            ("1s", true), ("0s", false), ("52w", true), ("-1d", false), ("1.5d", false), ("d", false), ("1y", false),
            ("100000000000s", true), ("100000000001s", false), ("99999999999999999999d", false),
        ])
    func durations(_ text: String, _ isGood: Bool) {
        #expect((Fixtures.load(Self.events(text)).errorCount == 0) == isGood)
    }

    @Test("Names have 1 to 64 characters", arguments: [(1, true), (64, true), (65, false)])
    func names(_ length: Int, _ isGood: Bool) {
        let name = String(repeating: "a", count: length)
        #expect((Fixtures.load("events: {\(name): {points: 1}}").errorCount == 0) == isGood)
    }

    @Test("Texts are as long as their field takes, in characters as people count them")
    func textLength() {
        func rules(_ text: String) -> String {
            """
            placements: {p: {kind: page, fields: {h: {max_length: 3}}}}
            campaigns: {c: {pages: {p: {v: {fields: {h: "\(text)"}}}}}}
            """
        }
        #expect(Fixtures.load(rules("👩‍👩‍👧é1")).errorCount == 0)
        #expect(Fixtures.errors(Fixtures.load(rules("👩‍👩‍👧é12"))).map(\.code) == ["too-long"])
    }

    @Test("Files, bytes and names in a section")
    func counts() {
        var limits = LoadLimits()
        limits.fileCountMax = 2
        limits.totalBytesMax = 48
        limits.itemsMax = 2
        let small = Fixtures.file("a.yaml", "events: {a: {}, b: {}}")
        let list = Fixtures.file("a.txt", "")
        #expect(RuleSetLoader.load([small, list], limits: limits).errorCount == 0)
        func codes(_ files: [RuleFile]) -> [String] {
            RuleSetLoader.load(files, limits: limits).diagnostics.map(\.code)
        }
        #expect(codes([small, list, Fixtures.file("b.txt", "")]) == ["too-large"])
        #expect(codes([small, Fixtures.file("b.txt", String(repeating: "x", count: 26))]) == [])
        #expect(codes([small, Fixtures.file("b.txt", String(repeating: "x", count: 27))]) == ["too-large"])
        #expect(codes([Fixtures.file("a.yaml", "events: {a: {}, b: {}, c: {}}")]) == ["too-large"])
    }

    @Test("YAML nodes, aliases counted each time")
    func nodes() {
        var limits = LoadLimits()
        limits.nodesMax = 1_000
        let alias = "lists:\n  a: {values: &v [\(Array(repeating: "x", count: 100).joined(separator: ","))]}\n"
        func codes(_ count: Int) -> [String] {
            let more = (0..<count).map { "  l\($0): {values: *v}\n" }.joined()
            return RuleSetLoader.load([Fixtures.file("a.yaml", alias + more)], limits: limits).diagnostics.map(\.code)
        }
        #expect(codes(8) == [])
        #expect(codes(12) == ["too-large"])
    }

    @Test("Chains of conditions", arguments: [(150, true), (300, false)])
    func chains(_ length: Int, _ isGood: Bool) {
        let text =
            "segments:\n  s0: request.country == \"FR\"\n"
            + (1...length).map { "  s\($0): in_segment('s\($0 - 1)')\n" }.joined()
        let result = Fixtures.load(text)
        #expect((result.errorCount == 0) == isGood)
        if !isGood { #expect(result.diagnostics.allSatisfy { $0.code == "too-deep" }) }
    }

    @Test("Slots that touch do not overlap")
    func slots() {
        let text = """
            layers: {l: {unit: visitor}}
            experiments:
              a: {layer: l, slots: [0, 500000], arms: {x: {weight: 1}}}
              b: {layer: l, slots: [500000, 1000000], arms: {x: {weight: 1}}}
            """
        #expect(Fixtures.errors(Fixtures.load(text)) == [])
    }
}
