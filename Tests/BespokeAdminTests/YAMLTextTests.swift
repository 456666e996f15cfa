import BespokeAdmin
import Model
import Testing

@Suite struct YAMLTextTests {
    private func yaml(_ json: String) throws -> String { try JSONParser.parse(Array(json.utf8)).yaml() }

    @Test func `Objects and arrays are indented`() throws {
        #expect(
            try yaml(#"{"a": 1, "b": [{"c": "x y", "d": true}, [1, 2], []], "e": {}, "f": {"g": null}}"#) == """
                a: 1
                b:
                  -
                """ + """
                     c: "x y"
                        d: true
                      -
                        - 1
                        - 2
                      - []
                    e: {}
                    f:
                      g: null

                    """)
    }

    @Test(arguments: [
        (#""law""#, "law\n"), (#""yes""#, "\"yes\"\n"), (#""no: x""#, "\"no: x\"\n"), (#""12""#, "\"12\"\n"),
        (#""""#, "\"\"\n"), (#""a\nb""#, "\"a\\nb\"\n"), (#""-x""#, "\"-x\"\n"), ("12", "12\n"), ("[]", "[]\n"),
        (#""unix:/x""#, "\"unix:/x\"\n"), (#""2026-01-01""#, "\"2026-01-01\"\n"), (#""NaN""#, "\"NaN\"\n"),
    ])
    func `Texts keep their quotes where they might be something else`(json: String, text: String) throws {
        #expect(try yaml(json) == text)
    }

    @Test func `A list of objects begins at the margin`() throws {
        #expect(try yaml(#"[{"a": 1, "b": 2}, {"a": 3}]"#) == "- a: 1\n  b: 2\n- a: 3\n")
    }
}
