/// What a daemon says of a request, in the words of the command line: it names fields of the message, of which nobody who types a flag
/// knows.
package enum FieldWords {
    /// - Parameter message: Such as `token.role: is none of decide, …`.
    /// - Returns: Such as `--role: is none of decide, …`; any other message as it is.
    package static func typed(_ message: String) -> String {
        if message.hasPrefix("id: is \""), let end = message.firstRange(of: ", as alias_id is; name two ids") {
            return "both ids are " + message["id: is ".endIndex..<end.lowerBound] + "; name two"
        }
        let consent = "; name it in consent when it is"
        if message.hasPrefix("email: "), message.hasSuffix(consent) {
            return "--email: " + message.dropFirst(7).dropLast(consent.count) + "; add --consent with it when it is"
        }
        if let variant = quoted(message, between: "preview.variants[\"", and: "\"]: ") {
            return "--force \(variant.name)=…: " + variant.rest
        }
        if let item = quoted(message, between: "events[", and: "].name: ") { return "event: " + item.rest }
        if let item = quoted(message, between: "events[", and: "]."), let colon = item.rest.firstIndex(of: ":") {
            return (eventFields[String(item.rest[..<colon])] ?? "event") + item.rest[colon...]
        }
        if let (field, words) = fields.first(where: { message.hasPrefix($0.field) }) {
            return words + message.dropFirst(field.count)
        }
        return withType(message)
    }

    /// A value of the wrong type: how to name the type.
    private static func withType(_ message: String) -> String {
        guard let declared = message.firstRange(of: " is declared as ") ?? message.firstRange(of: ": is declared as "),
            let attribute = message[..<declared.lowerBound].split(separator: " ").last,
            message.contains(", not ") || message.contains(", but the value is of type ")
        else { return message }
        let name = attribute.last == ":" ? attribute.dropLast() : attribute
        let type = message[declared.upperBound...].prefix { $0.isLetter }
        let form =
            switch type {
            case "int": "a whole number"
            case "double": "a number"
            case "bool": "true or false"
            case "strings": "a list, `--set '\(name)=[a,b]'`"
            case "timestamp": "a time, such as 2026-03-15T00:00:00Z"
            default: "`--set \(name):\(type)=VALUE`"
            }
        return message + "; write \(form)"
    }

    private static func quoted(
        _ text: String, between start: String, and end: String
    ) -> (name: Substring, rest: String)? {
        guard text.hasPrefix(start), let close = text.firstRange(of: end) else { return nil }
        return (
            text[text.index(text.startIndex, offsetBy: start.count)..<close.lowerBound],
            String(text[close.upperBound...])
        )
    }

    private static let eventFields = [
        "id": "--id", "time": "--time", "visitor_id": "--visitor", "account_id": "--account", "value": "--value",
        "decision_id": "--decision",
    ]

    private static let fields: [(field: String, words: String)] = [
        ("page.country: ", "--country: "), ("page.ip: ", "--ip: "), ("page.language: ", "--language: "),
        ("page.url: ", "--url: "), ("page.referrer: ", "--referrer: "), ("page.device: ", "--device: "),
        ("preview.arms: ", "--force: "), ("preview.segments: ", "--as-segment: "),
        ("preview.token: is not that of `preview_token`", "--preview-token: is not the daemon's `preview_token`"),
        (
            "preview: is never an exposure; leave out record_exposure",
            "a preview is never an exposure; leave out --record-exposure"
        ),
        (
            "record_exposure: needs visitor_id or account_id; name one of them",
            "--record-exposure: name --visitor or --account"
        ),
        ("now: lies in the future", "--now: lies in the future"),
        ("token.role: ", "--role: "), ("token.name: ", "the token's name: "), ("token.kinds: ", "--kind: "),
        ("token.placements: ", "--placement: "), ("token.expires_at: ", "--expires-in: "),
        ("directory: ", "the folder: "), ("backup_directory: ", "the folder of the backup: "),
        ("id: ", "the id: "), ("alias_id: ", "the other id: "), ("ip: ", "--ip: "),
        ("email: ", "--email: "), ("by: ", "--by: "), ("visitor_id: ", "--visitor: "), ("account_id: ", "--account: "),
    ]
}
