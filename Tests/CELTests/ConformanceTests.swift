import CEL
import Foundation
import Testing

/// Cases of google/cel-spec, tests/simple; the README beside them tells their form.
@Suite struct ConformanceTests {
    /// Cases that are left out, by `file/section/name`, each with its reason.
    static let exclusions: [String: String] = [:]

    /// Cases whose expected value, as published here, still holds escapes of the text format that it was converted from, such
    /// as the ten characters `\U0001f62c` for 😬. Compared after decoding them; everything else is compared as it stands.
    static let undecoded: Set<String> = Set(
        [
            "single_quoted_lower_u_escapes", "double_quoted_lower_u_escapes", "triple_single_quoted_lower_u_escapes",
            "triple_double_quoted_lower_u_escapes", "single_quoted_upper_u_escapes", "double_quoted_upper_u_escapes",
            "triple_single_quoted_upper_u_escapes", "triple_double_quoted_upper_u_escapes",
            "mixed_case_hex_single_quoted_escapes", "mixed_case_hex_double_quoted_escapes",
            "mixed_case_hex_triple_single_quoted_escapes", "mixed_case_hex_triple_double_quoted_escapes",
            "unassigned_code_point_single_quoted_escapes", "unassigned_code_point_double_quoted_escapes",
            "unassigned_code_point_triple_single_quoted_escapes", "unassigned_code_point_triple_double_quoted_escapes",
            "unassigned_code_point_single_quoted_unescaped", "unassigned_code_point_double_quoted_unescaped",
            "unassigned_code_point_triple_single_quoted_unescaped",
            "unassigned_code_point_triple_double_quoted_unescaped",
        ].map { "parse/string_literals/\($0)" }
            + [
                "single_quoted_unescaped_punctuation", "double_quoted_unescaped_punctuation",
                "triple_single_quoted_unescaped_punctuation", "triple_double_quoted_unescaped_punctuation",
            ].map { "parse/bytes_literals/\($0)" })

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let expression: String
        let bindings: [String: Outcome]
        let isChecked: Bool
        /// nil when an error is expected.
        let expected: Value?

        var testDescription: String { "\(name): \(expression)" }
    }

    @Test func `The published cases are all there`() throws {
        let cases = try Self.cases()
        #expect(cases.count >= 1_030)
        #expect(cases.allSatisfy { !$0.expression.isEmpty })
        let names = Set(cases.map(\.name))
        #expect(Self.exclusions.keys.allSatisfy { names.contains($0) })
    }

    @Test func `Every published case has its published result`() throws {
        for test in try Self.cases() where Self.exclusions[test.name] == nil {
            let outcome = Self.run(test)
            switch (outcome, test.expected) {
            case (.failure, nil): break
            case (.value(let value), let published?):
                let expected = Self.undecoded.contains(test.name) ? Self.decoded(published) : published
                #expect(Self.isSame(value, expected), "\(test.testDescription) gave \(value), not \(expected)")
            default:
                Issue.record(
                    "\(test.testDescription) gave \(outcome), not \(test.expected.map { "\($0)" } ?? "an error")")
            }
        }
    }

    private static func run(_ test: Case) -> Outcome {
        guard test.isChecked else {
            do {
                return Program(try Parser.parse(test.expression)).evaluate(Bindings(test.bindings))
            } catch {
                return .failure("\(error)")
            }
        }
        var environment = Environment()
        for name in test.bindings.keys { environment.declareVariable(name, type: .dyn) }
        switch environment.check(test.expression) {
        case .success(let checked): return Program(checked).evaluate(Bindings(test.bindings))
        case .failure(let issues): return .failure("\(issues)")
        }
    }

    /// Equal, and of the same types all the way down; NaN is the same as NaN.
    private static func isSame(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.double(let a), .double(let b)): (a.isNaN && b.isNaN) || (a == b && a.sign == b.sign)
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1) }
        case (.map(let a), .map(let b)):
            a.count == b.count
                && a.entries.allSatisfy { entry in
                    b.entries.contains { isSame(entry.key, $0.key) && isSame(entry.value, $0.value) }
                }
        default: left.typeName == right.typeName && left == right
        }
    }

    /// Decodes `\u0100`, `\U00010000` and `\?`.
    private static func decoded(_ value: Value) -> Value {
        switch value {
        case .bytes(let bytes):
            return .bytes(Array(String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\\?", with: "?").utf8))
        case .string(let text):
            var result = ""
            var rest = text[...]
            while let backslash = rest.firstIndex(of: "\\") {
                result += rest[..<backslash]
                rest = rest[backslash...].dropFirst()
                let digits = rest.dropFirst().prefix(rest.first == "u" ? 4 : 8)
                guard let scalar = UInt32(digits, radix: 16).flatMap(UnicodeScalar.init) else { return value }
                result.unicodeScalars.append(scalar)
                rest = rest[digits.endIndex...]
            }
            return .string(result + rest)
        default: return value
        }
    }

    // MARK: Reading

    struct UnexpectedForm: Error {
        let found: String
    }

    private static func cast<T>(_ json: Any?, to type: T.Type = T.self) throws -> T {
        guard let value = json as? T else { throw UnexpectedForm(found: "\(json ?? "nothing") for \(type)") }
        return value
    }

    static func cases() throws -> [Case] {
        let file = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("shared/conformance/cel/cel.json")
        let root: [String: [[String: Any]]] = try cast(JSONSerialization.jsonObject(with: Data(contentsOf: file)))
        return try root.sorted { $0.key < $1.key }.flatMap { name, tests in try tests.map { try makeCase(name, $0) } }
    }

    private static func makeCase(_ file: String, _ json: [String: Any]) throws -> Case {
        var expected: Value?
        if json["evalError"] == nil {
            // Without a stated value, the result is true.
            expected = try json["value"].map { try value($0) } ?? .bool(true)
        }
        var bindings: [String: Outcome] = [:]
        for (variable, binding) in json["bindings"] as? [String: [String: Any]] ?? [:] {
            bindings[variable] = .value(try value(binding["value"]))
        }
        return Case(
            name: "\(file)/\(json["section"] ?? "")/\(json["name"] ?? "")", expression: try cast(json["expr"]),
            bindings: bindings, isChecked: json["disableCheck"] as? Bool != true, expected: expected)
    }

    /// The JSON form of `cel.expr.Value`.
    private static func value(_ json: Any?) throws -> Value {
        let object: [String: Any] = try cast(json)
        guard let (kind, content) = object.first else { throw UnexpectedForm(found: "an empty value") }
        switch kind {
        case "nullValue": return .null
        case "boolValue": return .bool(try cast(content))
        case "int64Value":
            guard let number = Int64(try cast(content, to: String.self)) else {
                throw UnexpectedForm(found: "\(content)")
            }
            return .int(number)
        case "uint64Value":
            guard let number = UInt64(try cast(content, to: String.self)) else {
                throw UnexpectedForm(found: "\(content)")
            }
            return .uint(number)
        case "doubleValue":
            if let number = (content as? String).flatMap({ Double($0) }) { return .double(number) }
            return .double(try cast(content))
        case "stringValue": return .string(try cast(content))
        case "bytesValue":
            guard let bytes = Data(base64Encoded: try cast(content, to: String.self)) else {
                throw UnexpectedForm(found: "\(content)")
            }
            return .bytes(Array(bytes))
        case "typeValue": return .type(try cast(content))
        case "listValue":
            let list: [String: Any] = try cast(content)
            return .list(try (list["values"] as? [Any] ?? []).map { try value($0) })
        case "mapValue":
            var map = MapValue()
            let entries = try cast(content, to: [String: Any].self)["entries"] as? [[String: Any]] ?? []
            for entry in entries {
                guard map.insert(try value(entry["key"]), try value(entry["value"])) else {
                    throw UnexpectedForm(found: "a key twice")
                }
            }
            return .map(map)
        default: throw UnexpectedForm(found: kind)
        }
    }
}
