import BespokeAdmin
import Messages
import Model
import Testing

@Suite struct ValueTextTests {
    @Test(
        arguments: [
            ("a=true", .bool(true)), ("a=33", .int(33)), ("a=-1", .int(-1)), ("a=14000.5", .double(14_000.5)),
            ("a=1e3", .double(1_000)),
            ("a=2026-11-20T10:00:00Z", .timestamp(Timestamp(microseconds: 1_795_168_800_000_000))),
            ("a=[x, y]", .strings(["x", "y"])), ("a=[]", .strings([])), ("a=x|y", .strings(["x", "y"])),
            ("a=", .string("")),
            ("a=CTO", .string("CTO")), ("a=\"33\"", .string("33")), ("a=b=c", .string("b=c")),
            ("a=nan", .string("nan")),
            ("a=infinity", .string("infinity")), ("a=2026-11-20", .string("2026-11-20")), ("a=-", .string("-")),
            ("a=99999999999999999999", .double(1e20)), ("a=0x10", .string("0x10")),
            ("a:string=33", .string("33")), ("a:double=3", .double(3)), ("a:int=3", .int(3)),
            ("a:bool=false", .bool(false)),
            ("a:strings=x", .strings(["x"])), ("a:strings=x,y", .strings(["x", "y"])),
            ("a=[\"x, y\", \" z \", \"\"]", .strings(["x, y", " z ", ""])), ("a:strings=[\"a|b\"]", .strings(["a|b"])),
            ("a=[\"x\", y]", .strings(["\"x\"", "y"])),
            ("a:timestamp=2026-11-20", .timestamp(Timestamp(microseconds: 1_795_132_800_000_000))),
        ] as [(String, AttributeValue)])
    func `A value has the type of its shape, or the one that is named`(argument: String, value: AttributeValue) throws {
        let (name, read) = try ValueText.parse(argument)
        #expect(name == "a" && read == value)
    }

    @Test(
        "W25: a set that is printed is read back alike",
        arguments: [
            ["x", "y"], [], [""], ["a, b"], [" a"], ["a|b"], ["\"x\""], ["a", ""], ["]", "["], ["é\n", "\\"],
        ])
    func sets(members: [String]) throws {
        let text = ValueText.format(.strings(members))
        #expect(try ValueText.parse("a=" + text).value == .strings(members), "\(text)")
        #expect(members != ["x", "y"] || text == "[x, y]")
    }

    @Test(arguments: [
        "a", "=3", "", "a:number=3", "a:int=x", "a:int=3.0", "a:double=nan", "a:bool=yes", ":int=3", "a:timestamp=soon",
        "a:double=9007199254740993", "a=9007199254740993.0", "a:double=-9007199254740993.00",
    ])
    func `What is no value is refused`(argument: String) {
        #expect(throws: ArgumentProblem.self) { try ValueText.parse(argument) }
    }

    @Test func `Attributes and events go where their names say`() throws {
        var request = DecideRequestMessage()
        try DecideArguments.set("visitor.title=CTO", in: &request)
        try DecideArguments.set("account.employees:double=3", in: &request)
        try DecideArguments.set("request.hour=9", in: &request)
        try DecideArguments.event("demo=2@2026-11-20T10:00:00Z", in: &request)
        try DecideArguments.event("visit=0", in: &request)
        #expect(request.visitor == ["title": .string("CTO")] && request.account == ["employees": .double(3)])
        #expect(request.request == ["hour": .int(9)])
        #expect(request.events["demo"]?.last == Timestamp(microseconds: 1_795_168_800_000_000))
        #expect(request.events["visit"] == EventSummaryMessage(count: 0))
    }

    @Test(arguments: ["title=CTO", "person.title=CTO", "visitor.=x"])
    func `An attribute of nobody is refused`(argument: String) {
        var request = DecideRequestMessage()
        #expect(throws: ArgumentProblem.self) { try DecideArguments.set(argument, in: &request) }
    }

    @Test(arguments: ["demo", "demo=", "demo=-1", "demo=x", "=1", "demo=1@", "demo=1@soon"])
    func `An event without a count is refused`(argument: String) {
        var request = DecideRequestMessage()
        #expect(throws: ArgumentProblem.self) { try DecideArguments.event(argument, in: &request) }
    }
}
