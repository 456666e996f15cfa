internal import Model
internal import Yams

/// Scalars of every form; each says what is wrong and what it takes.
extension Loader {
    private static let suggestionsMax = 200

    mutating func text(_ node: Node?, _ file: String) -> String? {
        guard let node else { return nil }
        guard count(node, file) else { return nil }
        guard case .scalar(let scalar) = node else {
            reportNoText(node, file)
            return nil
        }
        guard !isTag(node, file) else { return nil }
        guard !Self.isEmpty(node) else {
            report(
                "wrong-form", node, file,
                scalar.string.isEmpty
                    ? "nothing stands here; leave the key out, or write `\"\"` for an empty text"
                    : "`\(scalar.string)` is YAML's word for nothing; leave the key out, or put the text between quotes"
            )
            return nil
        }
        doubtComment(scalar, node, file)
        guard !scalar.string.utf8.contains(0) else {
            report("not-text", node, file, "the text holds a NUL character; remove it")
            return nil
        }
        return scalar.string.normalForm
    }

    mutating func name(_ node: Node?, _ file: String) -> String? {
        guard let node, let text = text(node, file) else { return nil }
        guard Self.isName(text) else {
            reportName(text, Self.position(node, file))
            return nil
        }
        return text
    }

    mutating func flag(_ node: Node?, _ file: String) -> Bool? {
        guard let node, let text = text(node, file) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            report(
                "wrong-form", node, file, "`\(text)` is neither true nor false", suggestion: ValueSlips.flag(text))
            return nil
        }
    }

    /// - Parameter isShare: Whether it is one from 0 to 1, for the message.
    mutating func number(_ node: Node?, _ file: String, isShare: Bool = false) -> Double? {
        guard let node, let text = text(node, file) else { return nil }
        guard let value = Double(text), value.isFinite else {
            let slip = ValueSlips.number(text, isWhole: false, isShare: isShare)
            report("wrong-form", node, file, "`\(text)` \(slip.message)", suggestion: slip.suggestion)
            return nil
        }
        guard !DoubleDigits.areLost(by: value, text) else {
            report(
                "wrong-form", node, file, "`\(text)` has more digits than a double holds, which would make it \(value)")
            return nil
        }
        return value
    }

    mutating func whole(_ node: Node?, _ file: String, _ range: ClosedRange<Int>) -> Int? {
        guard let node, let text = text(node, file) else { return nil }
        guard let value = Int(text) else {
            let slip = ValueSlips.number(text, isWhole: true)
            report("wrong-form", node, file, "`\(text)` \(slip.message)", suggestion: slip.suggestion)
            return nil
        }
        let digits = text.drop { $0 == "-" || $0 == "+" }
        if digits.utf8.count > 1, digits.hasPrefix("0") {
            report(
                "number-form", node, file, "`\(text)` is taken as \(value); other readers of YAML take it as octal",
                suggestion: "\(value)", severity: .warning)
        }
        guard range.contains(value) else {
            report(
                "wrong-form", node, file,
                "`\(text)` is not a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    mutating func texts(_ node: Node?, _ file: String) -> [String] {
        guard let node else { return [] }
        guard case .sequence(let sequence) = node else {
            reportNoList(node, file)
            return []
        }
        return sequence.compactMap { text($0, file) }
    }

    /// One of the words of an enumeration.
    mutating func choice<Value>(
        _ node: Node?, _ file: String, _ choices: [(String, Value)]
    ) -> Value? {
        guard let node, let text = text(node, file) else { return nil }
        if let found = choices.first(where: { $0.0 == text }) { return found.1 }
        let words = choices.map(\.0)
        report(
            "unknown-value", node, file, "`\(text)` is none of \(words.joined(separator: ", "))",
            suggestion: ValueSlips.word(text, among: words))
        return nil
    }

    /// `14d`, `12h`, `30m`, `90s`, in seconds.
    mutating func duration(_ node: Node?, _ file: String) -> Int64? {
        guard let node, let text = text(node, file) else { return nil }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        guard let unit = text.last.flatMap({ units[$0] }), let value = Int64(text.dropLast()), value > 0,
            value <= 100_000_000_000 / unit
        else {
            report(
                "bad-duration", node, file, "`\(text)` is not a duration", suggestion: ValueSlips.duration(text))
            return nil
        }
        return value * unit
    }

    /// - Parameter clock: What a time without an offset means; nil for UTC, by which only a date goes without one.
    mutating func time(_ node: Node?, _ file: String, clock: ZoneOffsets? = nil) -> Timestamp? {
        guard let node, var text = text(node, file) else { return nil }
        if let clock, let local = TimestampText.local(text) { return clock.timestamp(local: local) }
        guard let time = TimestampText.parse(text) else {
            let isLocal = text.withUTF8 { TimestampText.parseLocal($0) } != nil
            let slip = ValueSlips.time(text, isDay: false)
            report(
                "bad-time", node, file, "`\(text)` \(isLocal ? "does not say on which clock" : slip.message)",
                suggestion: isLocal ? "\(text)Z, or with +02:00 behind it" : slip.suggestion)
            return nil
        }
        return time
    }

    mutating func date(_ node: Node?, _ file: String) -> String? {
        guard let node, let text = text(node, file) else { return nil }
        guard text.utf8.count == 10, TimestampText.parse(text) != nil else {
            let slip = ValueSlips.time(text, isDay: true)
            report("bad-time", node, file, "`\(text)` \(slip.message)", suggestion: slip.suggestion)
            return nil
        }
        return text
    }

    /// A name that must be declared in a section.
    mutating func reference(_ node: Node?, _ file: String, to section: String, _ what: String) -> String? {
        guard let node, let text = text(node, file) else { return nil }
        guard declared[section]?[text] != nil else {
            unresolved(text, Self.position(node, file), section, what)
            return nil
        }
        return text
    }

    mutating func unresolved(_ name: String, _ position: SourcePosition, _ section: String, _ what: String) {
        guard !brokenNames.contains(name), !brokenSections.contains(section), known[section]?.contains(name) != true
        else { return }
        // Suggestions compare with every name: after some hundred of them nobody reads on, and the work would grow as a square.
        let known = diagnostics.count < Self.suggestionsMax ? (declared[section] ?? [:]).keys.sorted() : []
        report(
            "unresolved-name", position, "there is no \(what) `\(name)`",
            suggestion: Spelling.nearest(to: name, among: known))
    }

    /// Names with lower bounds, highest first.
    mutating func bounds(_ node: Node?, _ file: String, _ what: String) -> [NamedNumber] {
        guard let node else { return [] }
        var result: [NamedNumber] = []
        let entries = named(node, file, what)
        for (name, _, value) in entries {
            guard let number = number(value, file) else { continue }
            if let same = result.first(where: { $0.value == number }) {
                report(
                    "same-bound", value, file,
                    "`\(name)` begins where `\(same.name)` begins: one of them is never reached")
            }
            result.append(NamedNumber(name: name, value: number))
        }
        if entries.isEmpty, case .mapping = node {
            report("wrong-form", node, file, "\(what) needs at least one entry")
        }
        return result.sorted { $0.value > $1.value }
    }
}
