package import Messages
package import Model

/// Tokens as people read them.
package enum TokenListText {
    /// - Parameter text: A whole number with `d`, `h`, `m` or `s`.
    /// - Returns: Seconds; nil for all else, and for more than a hundred years.
    package static func seconds(_ text: String) -> UInt32? {
        guard let unit = text.last, let number = UInt32(text.dropLast()), number > 0 else { return nil }
        let factors: [Character: UInt32] = ["d": 86_400, "h": 3_600, "m": 60, "s": 1]
        guard let factor = factors[unit] else { return nil }
        let (seconds, isTooMuch) = number.multipliedReportingOverflow(by: factor)
        return isTooMuch || seconds > 36_525 * 86_400 ? nil : seconds
    }

    /// What was made, beside the token itself.
    package static func made(_ token: TokenMessage) -> String {
        let end = token.expiresAt.map { "holds until \(TimestampText.format($0))" } ?? "holds until it is revoked"
        return "\(Style.printable(token.name)): role \(token.role), \(end). It is shown this once:"
    }

    /// A line for each.
    package static func list(_ tokens: [TokenMessage], now: Timestamp, style: Style) -> String {
        guard !tokens.isEmpty else { return "There are no tokens; `bespokectl tokens create` makes one.\n" }
        var table = TextTable([.left, .left, .left, .left, .left, .left, .left])
        table.add(["name", "role", "only for", "made", "holds until", "at most", "last used"])
        for token in tokens {
            let scope = (token.placements + token.kinds.map { "\($0)s" }).joined(separator: ", ")
            table.add([
                token.name, token.role, scope.isEmpty ? "-" : scope, day(token.createdAt), end(token, now: now),
                budget(token), token.lastUsedAt.map { TimestampText.format($0) } ?? "never",
            ])
        }
        return table.text(head: style.bold)
    }

    private static func end(_ token: TokenMessage, now: Timestamp) -> String {
        if let revoked = token.revokedAt { return "revoked \(day(revoked))" }
        guard let end = token.expiresAt else { return "it is revoked" }
        return end.microseconds <= now.microseconds ? "expired \(day(end))" : TimestampText.format(end)
    }

    private static func budget(_ token: TokenMessage) -> String {
        var parts: [String] = []
        if token.callsPerSecondMax > 0 { parts.append("\(token.callsPerSecondMax) calls/s") }
        if token.bytesPerSecondMax > 0 { parts.append("\(token.bytesPerSecondMax) bytes/s") }
        if token.concurrentCallsMax > 0 { parts.append("\(token.concurrentCallsMax) at once") }
        return parts.isEmpty ? "-" : parts.joined(separator: ", ")
    }

    private static func day(_ time: Timestamp?) -> String {
        time.map { String(TimestampText.format($0).prefix(10)) } ?? "-"
    }
}
