internal import Foundation
internal import Ruleset
internal import Testing

@Suite("The JSON Schema for editors")
struct SchemaTests {
    @Test("The committed schema is what the tables say")
    func committed() throws {
        let url = Fixtures.packageRoot.appending(path: "config/bespoke.schema.json")
        let committed = try String(contentsOf: url, encoding: .utf8)
        #expect(
            committed == RuleSchema.json(),
            "stale: `bespokectl rules new DIR` writes the present one to DIR/bespoke.schema.json; copy it to config/")
    }

    @Test("Every key of every table is described, and each reference within the schema leads somewhere")
    func complete() throws {
        let schema = try #require(
            JSONSerialization.jsonObject(with: Data(RuleSchema.json().utf8)) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: Any])
        var references: Set<String> = []
        var undescribed: [String] = []
        walk(schema, at: "") { path, object in
            if let reference = object["$ref"] as? String { references.insert(reference) }
            for (name, property) in object["properties"] as? [String: [String: Any]] ?? [:] {
                if (property["description"] as? String ?? "").isEmpty { undescribed.append("\(path).\(name)") }
            }
        }
        #expect(undescribed == [])
        #expect(references == Set(definitions.keys.map { "#/$defs/\($0)" }))
    }

    @Test("The rule files that come with Bespoke name the schema for editors in their first line")
    func named() throws {
        for file in try RuleFolder.read(Fixtures.configured) where file.path.hasSuffix(".yaml") {
            let text = String(decoding: file.content, as: UTF8.self)
            #expect(text.hasPrefix("# yaml-language-server: $schema=../bespoke.schema.json\n"), "\(file.path)")
        }
    }

    private func walk(_ value: Any, at path: String, _ body: (String, [String: Any]) -> Void) {
        if let object = value as? [String: Any] {
            body(path, object)
            for (key, value) in object { walk(value, at: "\(path).\(key)", body) }
        } else if let array = value as? [Any] {
            for value in array { walk(value, at: path, body) }
        }
    }
}
