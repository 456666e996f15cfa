package import Model

/// Why an argument cannot be read.
package struct ArgumentProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Values of attributes as arguments write them.
///
/// `name=value` is typed by its shape: `true`, `false`, whole numbers, numbers with a point, RFC 3339 times with `T`, sets as
/// `[a,b]` or `a|b`; everything else is a string, and so is what stands in double quotes. Members of `["a,b", " c "]`, a JSON array of
/// texts, are taken as they stand. `name:type=value` names the type.
package enum ValueText {
    /// - Throws: `ArgumentProblem` saying what is wrong and how to write it.
    package static func parse(_ argument: String) throws(ArgumentProblem) -> (name: String, value: AttributeValue) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
            throw ArgumentProblem("\"\(argument)\" has no value; write NAME=VALUE")
        }
        let text = String(argument[argument.index(after: equals)...])
        let left = argument[..<equals]
        guard let colon = left.firstIndex(of: ":") else {
            return (String(left), try kept(byShape(text), text, argument))
        }
        let name = String(left[..<colon])
        let typeName = left[left.index(after: colon)...]
        guard !name.isEmpty else { throw ArgumentProblem("\"\(argument)\" has no name; write NAME:TYPE=VALUE") }
        guard let type = AttributeType(name: typeName) else {
            let known = AttributeType.allCases.map(\.name).joined(separator: ", ")
            throw ArgumentProblem("\"\(argument)\": \"\(typeName)\" is no type; there are \(known)")
        }
        guard let value = parse(text, as: type) else {
            throw ArgumentProblem("\"\(argument)\": \"\(text)\" is no value of type \(type.name)")
        }
        return (name, try kept(value, text, argument))
    }

    /// - Throws: Of a whole number that would become another one.
    private static func kept(
        _ value: AttributeValue, _ text: String, _ argument: String
    ) throws(ArgumentProblem) -> AttributeValue {
        guard case .double(let number) = value, DoubleDigits.areLost(by: number, text) else { return value }
        throw ArgumentProblem("\"\(argument)\": \(text) \(DoubleDigits.problem(number))")
    }

    /// As `parse` reads it back, when the value's shape says its type.
    package static func format(_ value: AttributeValue) -> String {
        switch value {
        case .double(let value): "\(value)"
        case .strings(let members): list(members)
        default: value.plainText
        }
    }

    /// Without quotes where that is read back alike.
    private static func list(_ members: [String]) -> String {
        let plain = "[" + members.joined(separator: ", ") + "]"
        return bracketed(plain) == members ? plain : "[" + members.map(JSONText.quoted).joined(separator: ", ") + "]"
    }

    private static func byShape(_ text: String) -> AttributeValue {
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
            return .string(String(text.dropFirst().dropLast()))
        }
        if text == "true" || text == "false" { return .bool(text == "true") }
        if let members = bracketed(text) { return .strings(members) }
        if let number = Int64(text) { return .int(number) }
        // Double reads words such as "nan" and "infinity" too; those are names here.
        let looksNumeric = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        if looksNumeric, let number = Double(text), number.isFinite { return .double(number) }
        if text.contains("T"), let time = TimestampText.parse(text) { return .timestamp(time) }
        if text.contains("|") { return .strings(split(text, "|")) }
        return .string(text)
    }

    private static func parse(_ text: String, as type: AttributeType) -> AttributeValue? {
        switch type {
        case .bool: ["true": true, "false": false][text].map { .bool($0) }
        case .int: Int64(text).map { .int($0) }
        case .double: Double(text).flatMap { $0.isNaN ? nil : .double($0) }
        case .string: .string(text)
        case .strings: .strings(bracketed(text) ?? split(text, text.contains("|") ? "|" : ","))
        default: AttributeValue.string(text).converted(to: type)
        }
    }

    private static func bracketed(_ text: String) -> [String]? {
        guard text.count >= 2, text.hasPrefix("["), text.hasSuffix("]") else { return nil }
        var text = text
        let quoted = text.withUTF8 { SetText.members($0) }
        if let quoted { return quoted.map { String(decoding: $0, as: UTF8.self) } }
        return split(String(text.dropFirst().dropLast()), ",")
    }

    private static func split(_ text: String, _ separator: Character) -> [String] {
        guard text.contains(where: { $0 != " " }) else { return [] }
        return text.split(separator: separator, omittingEmptySubsequences: false).map { part in
            var part = part.drop { $0 == " " }
            while part.last == " " { part.removeLast() }
            return String(part)
        }
    }
}
