import BespokeAdmin
import Messages
import Model
import Testing

@Suite struct DecideRequestJSONTests {
    private func read(_ text: String) throws -> DecideRequestMessage {
        try DecideRequestMessage(JSONParser.parse(Array(text.utf8)))
    }

    @Test func `Both spellings of names, and every kind of value, are read`() throws {
        let request = try read(
            """
            {"visitorId": "v1", "account_id": "a1", "now": "2026-11-20T10:00:00.5+01:00", "placements": ["hero"],
             "visitor": {"a": {"bool": false}, "b": {"int": "9223372036854775807"}, "c": {"int": 3}, "d": {"double": 3},
                         "e": {"string": "x"}, "f": {"strings": {"values": ["y", "z"]}},
                         "g": {"timestamp": "2026-11-20T10:00:00Z"}, "h": {"double": "-Infinity"}},
             "account": {"a": true, "b": 3, "c": 3.0, "d": "x", "e": ["y"]},
             "request": null,
             "page": {"url": "https://example.com", "country": "DE"},
             "consent": {"granted": ["ads"], "denied": ["mail"]},
             "events": {"demo": {"count": "2", "last": "2026-11-20T10:00:00Z"}, "visit": {"count": 1}}}
            """)
        let time = Timestamp(microseconds: 1_795_168_800_000_000)
        #expect(request.visitorID == "v1" && request.accountID == "a1" && request.placements == ["hero"])
        #expect(request.now == Timestamp(microseconds: 1_795_165_200_500_000))
        #expect(
            request.visitor == [
                "a": .bool(false), "b": .int(.max), "c": .int(3), "d": .double(3), "e": .string("x"),
                "f": .strings(["y", "z"]), "g": .timestamp(time), "h": .double(-.infinity),
            ])
        #expect(
            request.account == [
                "a": .bool(true), "b": .int(3), "c": .double(3), "d": .string("x"), "e": .strings(["y"]),
            ])
        #expect(request.page?.url == "https://example.com" && request.page?.country == "DE")
        #expect(request.consent == ConsentMessage(granted: ["ads"], denied: ["mail"]))
        #expect(
            request.events == [
                "demo": EventSummaryMessage(count: 2, last: time), "visit": EventSummaryMessage(count: 1),
            ])
    }

    @Test(arguments: [
        (#"{"visitr": {}}"#, "visitr", "`visitor`"), (#"{"page": {"uri": ""}}"#, "page.uri", "`url`"),
        (#"{"now": "yesterday"}"#, "now", "time"), (#"{"visitorId": 3}"#, "visitorId", "a number"),
        (#"{"visitor": {"age": {"int": "x"}}}"#, "visitor.age.int", "whole number"),
        (#"{"visitor": {"age": {"int": 1.5}}}"#, "visitor.age.int", "whole number"),
        (#"{"visitor": {"age": {"float": 1}}}"#, "visitor.age.float", "not known"),
        (#"{"visitor": {"age": {}}}"#, "visitor.age", "exactly one"),
        (#"{"visitor": {"age": {"int": 1, "double": 1}}}"#, "visitor.age", "exactly one"),
        (#"{"visitor": {"age": {"double": "NaN"}}}"#, "visitor.age.double", "number"),
        (#"{"placements": "hero"}"#, "placements", "array"), (#"[]"#, "the request", "object"),
        (#"{"events": {"demo": {"count": "two"}}}"#, "events.demo.count", "whole number"),
    ])
    func `What is wrong is named with its path`(text: String, path: String, word: String) {
        #expect {
            try read(text)
        } throws: { error in
            guard let error = error as? JSONError else { return false }
            return error.place == path && error.problem.contains(word)
        }
    }
}
