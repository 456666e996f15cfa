import BespokeAdmin
import Model
import Testing

@Suite struct ContextsTests {
    private var contexts: Contexts {
        var contexts = Contexts()
        contexts.set("local", Contexts.Context(address: "unix:/run/bespoke.sock"))
        var production = Contexts.Context(address: "bespoke.example:7879")
        production.tls = true
        (production.ca, production.token, production.serverName) = ("/etc/a \"b\".pem", "/etc/token", "b.example")
        contexts.set("production", production)
        contexts.current = "production"
        return contexts
    }

    @Test func `What is written comes back`() throws {
        #expect(try Contexts.parse(contexts.text) == contexts)
        #expect(try Contexts.parse(Contexts().text) == Contexts())
        #expect(contexts.text.contains("    server_name: \"b.example\"\n"))
    }

    @Test func `What people write by hand is read`() throws {
        let read = try Contexts.parse(
            "current: a # mine\r\n\ncontexts:\n  # the first\n  a:\n    address: 127.0.0.1:7878  # data\n    tls: false\n"
        )
        #expect(read.current == "a")
        #expect(read.byName == ["a": Contexts.Context(address: "127.0.0.1:7878")])
    }

    @Test(arguments: [
        ("contexts:\n  a:\n    adress: x", 3, "did you mean `address`?"),
        ("contexts:\n    address: x", 2, "below no context"),
        ("nonsense", 1, "not `key: value`"), ("contexts:\n  a:\n    tls: maybe", 3, "true or false"),
        ("contexts:\n  a:\n    token: \"x", 3, "not whole"), ("other: 1", 1, "is not expected here"),
        ("contexts:\n  a b:\n", 2, "is not expected here"),
    ])
    func `What is wrong is said with its line`(text: String, line: Int, words: String) {
        let problem = #expect(throws: Contexts.Problem.self) { try Contexts.parse(text) }
        #expect(problem?.line == line)
        #expect(problem?.problem.contains(words) == true, "\(problem?.problem ?? "")")
    }

    @Test func `A context that is removed is not in use any more`() {
        var contexts = contexts
        let (wasThere, isThere) = (contexts.remove("production"), contexts.remove("production"))
        #expect(wasThere && !isThere)
        #expect(contexts.current == nil)
        #expect(contexts.byName.keys.sorted() == ["local"])
    }

    @Test func `A context that there is not is answered with the nearest`() {
        #expect(contexts.unknown("locl") == "context locl: there is no such; did you mean `local`?")
        #expect(contexts.unknown("zzzzz").contains("`bespokectl context list`"))
        #expect(Contexts().unknown("x").contains("`bespokectl context add NAME`"))
    }

    @Test func `Names are plain`() {
        for name in ["a", "eu-1.prod_2", String(repeating: "x", count: 64)] { #expect(Contexts.isName(name)) }
        for name in ["", "a b", "ü", "a:b", String(repeating: "x", count: 65)] { #expect(!Contexts.isName(name)) }
    }

    @Test func `The file is where XDG says, else below the home`() {
        #expect(Contexts.path(configHome: "/c", home: "/h") == "/c/bespoke/contexts.yaml")
        #expect(Contexts.path(configHome: "", home: "/h") == "/h/.config/bespoke/contexts.yaml")
        #expect(Contexts.path(configHome: "relative", home: nil) == nil)
    }

    @Test func `Lists mark the one in use, and no form shows a token`() throws {
        let list = contexts.list(style: Style(isColoured: false))
        #expect(list.contains("*  production  bespoke.example:7879    yes"))
        #expect(Contexts().list(style: Style(isColoured: false)).contains("context add NAME"))
        let context = try #require(contexts.byName["production"])
        let details = contexts.details("production", context, style: Style(isColoured: false))
        #expect(details.hasPrefix("production (in use)\n"))
        #expect(details.contains("server_name  b.example"))
        #expect(context.json(name: "production", isCurrent: true).line().contains(#""serverName": "b.example""#))
    }
}
