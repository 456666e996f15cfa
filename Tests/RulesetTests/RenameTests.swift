internal import Model
internal import Ruleset
internal import Testing

@Suite("W56: attributes that had another name")
struct RenameTests {
    private func load(_ attributes: String) -> LoadResult {
        RuleSetLoader.load([Fixtures.file("a.yaml", "attributes: {\(attributes)}")])
    }

    @Test("A former name is read, for visitors and accounts")
    func former() throws {
        let loaded = load(
            "visitor: {title: {type: string, rename: {from: job}}}, account: {size: {type: int, rename: {from: job}}}")
        #expect(loaded.diagnostics.filter { $0.severity == .error }.isEmpty)
        #expect(loaded.ruleSet?.attributes.map(\.renamedFrom) == ["job", "job"])
    }

    @Test("What is declared no more is told, unless it has another name now")
    func removed() throws {
        func removed(_ old: String, _ new: String) throws -> [RemovedAttribute] {
            .init(
                RemovedAttribute.all(
                    from: try #require(load(old).ruleSet).attributes, to: try #require(load(new).ruleSet).attributes))
        }
        let old = "visitor: {job: {type: string}, age: {type: int}}, account: {job: {type: string}}"
        #expect(try removed(old, old).isEmpty)
        #expect(
            try removed(
                old,
                "visitor: {title: {type: string, rename: {from: job}}, age: {type: int}}, account: {job: {type: string}}"
            ).isEmpty)
        let found = try removed(
            old, "visitor: {title: {type: string}, size: {type: double}}, account: {job: {type: string}}")
        #expect(found.map(\.name) == ["job", "age"] && found.map(\.renamed) == ["title", nil])
        let spelt = try removed(
            old, "visitor: {jobs: {type: string}, x: {type: string}, age: {type: int}}, account: {job: {type: string}}")
        #expect(spelt.map(\.renamed) == ["jobs"])
        #expect(try removed(old, "visitor: {job: {type: string}, age: {type: int}}").map(\.entity) == [.account])
    }

    static let refused = [
        ("visitor: {title: {type: string, rename: {from: job}}, job: {type: string}}", "duplicate-name"),
        ("visitor: {title: {type: string, rename: {from: title}}}", "duplicate-name"),
        (
            "visitor: {a: {type: string, rename: {from: job}}, b: {type: string, rename: {from: job}}}",
            "duplicate-name"
        ),
        ("request: {title: {type: string, rename: {from: job}}}", "wrong-form"),
        ("visitor: {title: {type: string, rename: job}}", "wrong-form"),
        ("visitor: {title: {type: string, rename: {}}}", "missing-key"),
        ("visitor: {title: {type: string, rename: {from: visitor.job}}}", "bad-name"),
    ]

    @Test("A name that is still declared, taken twice or none is refused", arguments: refused)
    func wrong(_ attributes: String, _ code: String) {
        let errors = load(attributes).diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.code) == [code], "\(errors)")
    }
}
