package import Messages
package import Model

/// Builds a request from the arguments of `decide`.
package enum DecideArguments {
    /// Sets one attribute of `visitor`, `account` or `request`.
    ///
    /// - Parameter argument: Such as `visitor.title=CTO`.
    /// - Throws: `ArgumentProblem` saying how to write it.
    package static func set(
        _ argument: String, in request: inout DecideRequestMessage
    ) throws(ArgumentProblem) {
        let (path, value) = try ValueText.parse(argument)
        let parts = path.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, let entity = Entity(name: parts[0]) else {
            throw ArgumentProblem(
                "\"\(argument)\" does not say whose attribute it is; write visitor.NAME=VALUE, account.NAME=VALUE or "
                    + "request.NAME=VALUE")
        }
        let name = String(parts[1])
        switch entity {
        case .visitor: request.visitor[name] = value
        case .account: request.account[name] = value
        case .request: request.request[name] = value
        }
    }

    /// Sets one event.
    ///
    /// - Parameter argument: `NAME=COUNT` or `NAME=COUNT@TIME`.
    /// - Throws: `ArgumentProblem` saying how to write it.
    package static func event(
        _ argument: String, in request: inout DecideRequestMessage
    ) throws(ArgumentProblem) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw ArgumentProblem("\"\(argument)\" has no count; write NAME=COUNT or NAME=COUNT@TIME")
        }
        let right = parts[1].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let count = Int64(right[0]), count >= 0 else {
            throw ArgumentProblem("\"\(argument)\": \"\(right[0])\" is no count; write a whole number from 0")
        }
        var summary = EventSummaryMessage(count: count)
        if right.count == 2 { summary.last = try time(String(right[1])) }
        request.events[String(parts[0])] = summary
    }

    /// Forces an arm or a variant.
    ///
    /// - Parameter argument: `EXPERIMENT=ARM` or `PLACEMENT=CAMPAIGN/VARIANT`.
    /// - Throws: `ArgumentProblem` saying how to write it.
    package static func force(
        _ argument: String, in request: inout DecideRequestMessage
    ) throws(ArgumentProblem) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw ArgumentProblem(
                "\"\(argument)\" does not say what to force; write EXPERIMENT=ARM or PLACEMENT=CAMPAIGN/VARIANT")
        }
        var preview = request.preview ?? PreviewMessage()
        if parts[1].contains("/") {
            preview.variants[parts[0]] = parts[1]
        } else {
            preview.arms[parts[0]] = parts[1]
        }
        request.preview = preview
    }

    /// - Throws: `ArgumentProblem` saying how to write it.
    package static func time(_ text: String) throws(ArgumentProblem) -> Timestamp {
        guard let time = TimestampText.parse(text) else {
            throw ArgumentProblem("\"\(text)\" is no time; write it like 2026-11-20T10:00:00Z")
        }
        return time
    }
}
