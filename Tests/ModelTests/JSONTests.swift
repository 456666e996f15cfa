import Foundation
import Model
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", "0", "-0.5e+10", "9223372036854775807", "\"\"",
        #"{"a": [1, {"b": null}], "c": "x"}"#,
        #""\u00e4\ud83d\ude00\n\t\"\\\/""#, " \n[ 1 ,\t2 ]\r\n",
    ])
    func `What is read means the same to another reader`(text: String) throws {
        let json = try JSONParser.parse(Array(text.utf8))
        for written in [json.text(), json.line()] {
            let options: JSONSerialization.ReadingOptions = [.fragmentsAllowed]
            let ours = try JSONSerialization.jsonObject(with: Data(written.utf8), options: options) as? NSObject
            let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: options) as? NSObject
            #expect(ours == theirs)
        }
    }

    @Test(arguments: [
        ("", "line 1, column 1"), ("{", "line 1, column 2"), ("[1,\n 2", "line 2, column 3"),
        ("01", "line 1, column 2"),
        ("[1,]", "line 1, column 4"), ("{\"a\":1,\"a\":2}", "line 1, column 8"), ("\"a", "line 1, column 3"),
        ("\"\u{1}\"", "line 1, column 2"), ("\"\\x\"", "line 1, column 3"), ("\"\\ud800\"", "line 1"),
        ("1 2", "line 1, column 3"),
        ("'a'", "line 1, column 1"), ("tru", "line 1, column 1"), ("1.", "line 1, column 3"),
        ("{\"ä\" 1}", "line 1, column 6"),
    ])
    func `What is no JSON is refused with its place`(text: String, place: String) {
        #expect {
            try JSONParser.parse(Array(text.utf8))
        } throws: { error in
            (error as? JSONError)?.place.hasPrefix(place) == true
        }
    }

    @Test func `Nesting has an end`() {
        for count in [63, 64] {
            let text = String(repeating: "[", count: count) + String(repeating: "]", count: count)
            #expect((try? JSONParser.parse(Array(text.utf8))) != nil || count == 64)
        }
        #expect(throws: JSONError.self) {
            try JSONParser.parse(Array(String(repeating: "[", count: 1_000_000).utf8))
        }
    }

    @Test func `Bytes that are no text are refused`() {
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xff, 0x22]) }
    }

    @Test func `Numbers keep their meaning`() {
        #expect(JSON.number(14_000.5).line() == "14000.5")
        #expect(JSON.number(85.0).line() == "85")
        #expect(JSON.number(-0.125).line() == "-0.125")
        #expect(JSON.number(Double.infinity).line() == "\"Infinity\"")
        #expect(JSON.long(UInt64.max).line() == "\"18446744073709551615\"")
        #expect(JSON.long(Int64(1) << 53).line() == "\"9007199254740992\"")
        #expect(JSON.long((Int64(1) << 53) - 1).line() == "9007199254740991")
        #expect(JSON.long(Int64.min).line() == "\"-9223372036854775808\"")
        #expect(JSON.long(UInt32.max).line() == "4294967295")
    }
}
