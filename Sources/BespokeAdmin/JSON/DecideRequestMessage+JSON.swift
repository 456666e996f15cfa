package import Model
package import Wire

extension DecideRequestMessage {
    /// Reads the protobuf JSON form of `bespoke.v1.DecideRequest`.
    ///
    /// Names may be written in lowerCamelCase or as in the .proto. A value may be written plainly too: `"age": 33` for
    /// `"age": {"int": "33"}`; a number with a point or an exponent is a double.
    /// - Throws: `JSONError` with the path of the member that is wrong.
    package init(_ json: JSON) throws(JSONError) {
        self.init()
        for member in try Members(json, "the request").list {
            switch member.name {
            case "visitorId", "visitor_id": visitorID = try member.text()
            case "accountId", "account_id": accountID = try member.text()
            case "visitor": visitor = try member.values()
            case "account": account = try member.values()
            case "request": request = try member.values()
            case "page": page = try PageMessage(member)
            case "placements": placements = try member.texts()
            case "routes": routes = try member.texts()
            case "now": now = try member.timestamp()
            case "consent": consent = try ConsentMessage(member)
            case "events": events = try member.events()
            case "recordExposure", "record_exposure": recordsExposure = try member.flag()
            case "preview": preview = try PreviewMessage(member)
            default:
                throw member.unknown([
                    "visitorId", "accountId", "visitor", "account", "request", "page", "placements", "now", "consent",
                    "events", "routes", "recordExposure", "preview",
                ])
            }
        }
    }
}

extension PageMessage {
    fileprivate init(_ member: Members.Item) throws(JSONError) {
        self.init()
        for part in try Members(member.value, member.path).list {
            switch part.name {
            case "url": url = try part.text()
            case "referrer": referrer = try part.text()
            case "ip": ip = try part.text()
            case "country": country = try part.text()
            case "language": language = try part.text()
            case "device": device = try part.text()
            default: throw part.unknown(["url", "referrer", "ip", "country", "language", "device"])
            }
        }
    }
}

extension PreviewMessage {
    fileprivate init(_ member: Members.Item) throws(JSONError) {
        self.init()
        for part in try Members(member.value, member.path).list {
            switch part.name {
            case "token": token = try part.text()
            case "arms": arms = try part.textMap()
            case "variants": variants = try part.textMap()
            case "segments": segments = try part.texts()
            default: throw part.unknown(["token", "arms", "variants", "segments"])
            }
        }
    }
}

extension ConsentMessage {
    fileprivate init(_ member: Members.Item) throws(JSONError) {
        self.init()
        for part in try Members(member.value, member.path).list {
            switch part.name {
            case "granted": granted = try part.texts()
            case "denied": denied = try part.texts()
            default: throw part.unknown(["granted", "denied"])
            }
        }
    }
}

/// The members of an object with their paths; those that are null count as absent.
private struct Members {
    struct Item {
        let name: String
        let path: String
        let value: JSON
    }

    let list: [Item]

    init(_ json: JSON, _ path: String) throws(JSONError) {
        guard case .object(let members) = json else {
            throw JSONError(place: path, problem: "must be an object in braces, not \(json.kind)")
        }
        let prefix = path == "the request" ? "" : path + "."
        list = members.filter { $0.value != .null }.map {
            Item(name: $0.name, path: prefix + $0.name, value: $0.value)
        }
    }
}

extension Members.Item {
    func unknown(_ known: [String]) -> JSONError {
        let hint = Spelling.nearest(to: name, among: known).map { "; did you mean `\($0)`?" }
        return JSONError(
            place: path, problem: "is not known" + (hint ?? "; there are: " + known.joined(separator: ", ")))
    }

    private func wrong(_ wanted: String) -> JSONError {
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
        for member in try Members(value, path).list { texts[member.name] = try member.text() }
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

    func events() throws(JSONError) -> [String: EventSummaryMessage] {
        var events: [String: EventSummaryMessage] = [:]
        for event in try Members(value, path).list {
            var summary = EventSummaryMessage(count: 0)
            for part in try Members(event.value, event.path).list {
                switch part.name {
                case "count": summary.count = try part.integer()
                case "last": summary.last = try part.timestamp()
                default: throw part.unknown(["count", "last"])
                }
            }
            events[event.name] = summary
        }
        return events
    }

    func values() throws(JSONError) -> [String: AttributeValue] {
        var values: [String: AttributeValue] = [:]
        for member in try Members(value, path).list { values[member.name] = try member.attributeValue() }
        return values
    }

    /// A value in the protobuf form `{"int": "33"}`, or plainly.
    private func attributeValue() throws(JSONError) -> AttributeValue {
        switch value {
        case .bool(let value): return .bool(value)
        case .string(let value): return .string(value)
        case .array: return .strings(try texts())
        case .number(let text):
            return text.contains { ".eE".contains($0) } ? .double(try double()) : .int(try integer())
        case .null: throw wrong("a value")
        case .object: break
        }
        let members = try Members(value, path).list
        guard members.count == 1, let member = members.first else {
            throw JSONError(
                place: path, problem: "must hold exactly one of bool, int, double, string, strings, timestamp")
        }
        switch member.name {
        case "bool":
            guard case .bool(let value) = member.value else { throw member.wrong("true or false") }
            return .bool(value)
        case "int": return .int(try member.integer())
        case "double": return .double(try member.double())
        case "string": return .string(try member.text())
        case "timestamp": return .timestamp(try member.timestamp())
        case "strings":
            guard case .object = member.value else { return .strings(try member.texts()) }
            let parts = try Members(member.value, member.path).list
            for part in parts where part.name != "values" { throw part.unknown(["values"]) }
            return .strings(try parts.first.map { (part) throws(JSONError) in try part.texts() } ?? [])
        default:
            throw member.unknown(["bool", "int", "double", "string", "strings", "timestamp"])
        }
    }

    private func double() throws(JSONError) -> Double {
        switch value {
        case .number(let text), .string(let text):
            let spelled = ["Infinity": Double.infinity, "-Infinity": -Double.infinity]
            guard let number = spelled[text] ?? Double(text), !number.isNaN else {
                throw JSONError(place: path, problem: "must be a number")
            }
            return number
        default: throw wrong("a number")
        }
    }
}
