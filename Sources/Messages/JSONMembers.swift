internal import Model

/// A message that can be read from its protobuf JSON form.
protocol JSONReadable {
    /// - Throws: `JSONError` with the path of the member that is wrong.
    init(_ members: JSONMembers) throws(JSONError)
}

/// The members of an object with their paths; those that are null count as absent.
struct JSONMembers {
    struct Item {
        let name: String
        let path: String
        let value: JSON
    }

    let list: [Item]

    /// - Parameters:
    ///   - path: Of the object, or what errors call it.
    ///   - isWhole: Whether it is the message itself, whose members have no path before their names.
    init(_ json: JSON, _ path: String, isWhole: Bool = false) throws(JSONError) {
        guard case .object(let members) = json else {
            throw JSONError(place: path, problem: "must be an object in braces, not \(json.kind)")
        }
        let prefix = isWhole ? "" : path + "."
        list = members.filter { $0.value != .null }.map {
            Item(name: $0.name, path: prefix + $0.name, value: $0.value)
        }
    }
}

extension JSONMembers.Item {
    func unknown(_ known: [String]) -> JSONError {
        let hint = Spelling.nearest(to: name, among: known).map { "; did you mean `\($0)`?" }
        return JSONError(
            place: path, problem: "is not known" + (hint ?? "; there are: " + known.joined(separator: ", ")))
    }

    func wrong(_ wanted: String) -> JSONError {
        JSONError(place: path, problem: "must be \(wanted), not \(value.kind)")
    }

    func text() throws(JSONError) -> String {
        guard case .string(let text) = value else { throw wrong("a text in double quotes") }
        return text
    }

    func flag() throws(JSONError) -> Bool {
        guard case .bool(let flag) = value else { throw wrong("true or false") }
        return flag
    }

    func texts() throws(JSONError) -> [String] {
        guard case .array(let values) = value else { throw wrong("an array of texts") }
        var texts: [String] = []
        for value in values {
            guard case .string(let text) = value else { throw wrong("an array of texts") }
            texts.append(text)
        }
        return texts
    }

    func textMap() throws(JSONError) -> [String: String] {
        var texts: [String: String] = [:]
        for member in try JSONMembers(value, path).list { texts[member.name] = try member.text() }
        return texts
    }

    func timestamp() throws(JSONError) -> Timestamp {
        guard case .string(let text) = value, let time = TimestampText.parse(text) else {
            throw JSONError(place: path, problem: "must be a time such as \"2026-11-20T10:00:00Z\"")
        }
        return time
    }

    func integer() throws(JSONError) -> Int64 {
        switch value {
        case .number(let text), .string(let text):
            guard let number = Int64(text) else { throw JSONError(place: path, problem: "must be a whole number") }
            return number
        default: throw wrong("a whole number")
        }
    }

    func message<Message: JSONReadable>() throws(JSONError) -> Message { try Message(JSONMembers(value, path)) }

    func messages<Message: JSONReadable>() throws(JSONError) -> [String: Message] {
        var messages: [String: Message] = [:]
        for member in try JSONMembers(value, path).list { messages[member.name] = try member.message() }
        return messages
    }

    func values() throws(JSONError) -> [String: AttributeValue] {
        var values: [String: AttributeValue] = [:]
        for member in try JSONMembers(value, path).list { values[member.name] = try member.attributeValue() }
        return values
    }

    func double() throws(JSONError) -> Double {
        switch value {
        case .number(let text), .string(let text):
            let spelled = ["Infinity": Double.infinity, "-Infinity": -Double.infinity]
            guard let number = spelled[text] ?? Double(text), !number.isNaN else {
                throw JSONError(place: path, problem: "must be a number")
            }
            guard !DoubleDigits.areLost(by: number, text) else {
                throw JSONError(place: path, problem: "\(text) \(DoubleDigits.problem(number))")
            }
            return number
        default: throw wrong("a number")
        }
    }
}
