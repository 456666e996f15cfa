internal import Model

/// Reads `Your {{ request.utm.term | default: "campaigns" | max: 30 }} live in a day`.
struct TemplateParser {
    struct Problem: Error {
        /// Unicode scalars from the start of the text.
        let offset: Int
        let message: String
        let suggestion: String?
    }

    /// What an insertion may name.
    let paths: Set<String>
    /// Names whose declaration is wrong, which is said already.
    var brokenNames: Set<String> = []
    private let scalars: [UnicodeScalar]
    private var index = 0

    private static let piecesMax = 64

    init(_ text: String, paths: Set<String>) {
        scalars = Array(text.unicodeScalars)
        self.paths = paths
    }

    mutating func parse() throws(Problem) -> [Template.Piece] {
        var pieces: [Template.Piece] = []
        var text = String.UnicodeScalarView()
        while index < scalars.count {
            if at("{{") {
                if !text.isEmpty { pieces.append(.text(String(text))) }
                text = String.UnicodeScalarView()
                pieces.append(.insertion(try insertion()))
                guard pieces.count <= Self.piecesMax else {
                    throw Problem(
                        offset: index, message: "the text has more than \(Self.piecesMax) parts", suggestion: nil)
                }
            } else {
                if at("}}") { throw Problem(offset: index, message: "`}}` stands without `{{`", suggestion: nil) }
                text.append(scalars[index])
                index += 1
            }
        }
        if !text.isEmpty || pieces.isEmpty { pieces.append(.text(String(text))) }
        return pieces
    }

    private mutating func insertion() throws(Problem) -> Template.Insertion {
        let start = index
        index += 2
        skipSpace()
        let pathStart = index
        let path = word(".")
        guard
            paths.contains(path) || path.split(separator: ".").last.map({ brokenNames.contains(String($0)) }) == true
                || path.hasPrefix("request.query.") && path.count > 14
        else {
            throw Problem(
                offset: path.isEmpty ? start : pathStart,
                message: path.isEmpty
                    ? "the insertion names no value" : "`\(path)` is nothing that can be inserted",
                suggestion: path.isEmpty ? "for example {{ request.country }}" : nearest(path))
        }
        var insertion = Template.Insertion(path: path.split(separator: ".").map(String.init))
        skipSpace()
        while index < scalars.count, scalars[index] == "|" {
            index += 1
            skipSpace()
            try filter(&insertion)
            skipSpace()
        }
        guard at("}}") else {
            throw Problem(offset: start, message: "the insertion does not end", suggestion: "{{ \(path) }}")
        }
        index += 2
        return insertion
    }

    /// A path that is not there was meant to be one of the same beginning, or one whose beginning was left out.
    private func nearest(_ path: String) -> String? {
        let known = paths.sorted()
        let behind = known.filter { $0.hasSuffix("." + path) }
        if !behind.isEmpty {
            return ["visitor.", "account.", "request.", ""].lazy.compactMap { start in
                behind.first { $0.hasPrefix(start) }
            }
            .first
        }
        guard let dot = path.lastIndex(of: ".") else { return Spelling.nearest(to: path, among: known) }
        let beginning = path[...dot]
        let same = known.filter { $0.hasPrefix(beginning) && !$0.dropFirst(beginning.count).contains(".") }
        guard !same.isEmpty else { return Spelling.nearest(to: path, among: known) }
        let last = String(path[path.index(after: dot)...])
        return Spelling.nearest(to: last, among: same.map { String($0.dropFirst(beginning.count)) })
            .map { beginning + $0 } ?? (same.count < 8 ? "one of \(same.joined(separator: ", "))" : nil)
    }

    private mutating func filter(_ insertion: inout Template.Insertion) throws(Problem) {
        let start = index
        let name = word("")
        switch name {
        case "upper": insertion.letterCase = .upper
        case "lower": insertion.letterCase = .lower
        case "title": insertion.letterCase = .title
        case "default":
            try colon(name, start)
            insertion.fallback = try quoted(start)
        case "max":
            try colon(name, start)
            let isQuoted = index < scalars.count && (scalars[index] == "\"" || scalars[index] == "'")
            if isQuoted { index += 1 }
            let length = Int(word("")) ?? 0
            guard !isQuoted, (1...10_000).contains(length) else {
                throw Problem(
                    offset: start,
                    message: "`max` takes a number from 1 to 10000" + (isQuoted ? ", without quotes" : ""),
                    suggestion: isQuoted && (1...10_000).contains(length) ? "`max: \(length)`" : "for example max: 30")
            }
            insertion.maximumLength = length
        case "":
            throw Problem(
                offset: max(0, start - 1), message: "behind `|` stands default, max, upper, lower or title",
                suggestion: "for example default: \"…\"")
        default:
            throw Problem(
                offset: start, message: "there is no filter `\(name)`; there are default, max, upper, lower, title",
                suggestion: Spelling.nearest(to: name, among: ["default", "max", "upper", "lower", "title"]))
        }
    }

    private mutating func colon(_ name: String, _ start: Int) throws(Problem) {
        skipSpace()
        guard index < scalars.count, scalars[index] == ":" else {
            throw Problem(
                offset: start, message: "`\(name)` takes a value",
                suggestion: name == "max" ? "for example max: 30" : "for example default: \"…\"")
        }
        index += 1
        skipSpace()
    }

    private mutating func quoted(_ start: Int) throws(Problem) -> String {
        guard index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" else {
            throw Problem(offset: start, message: "`default` takes a text in quotes", suggestion: "default: \"…\"")
        }
        let quote = scalars[index]
        index += 1
        var text = String.UnicodeScalarView()
        while index < scalars.count, scalars[index] != quote {
            text.append(scalars[index])
            index += 1
        }
        guard index < scalars.count else {
            throw Problem(offset: start, message: "the text in quotes does not end", suggestion: nil)
        }
        index += 1
        return String(text)
    }

    private mutating func word(_ more: String) -> String {
        var text = String.UnicodeScalarView()
        while index < scalars.count {
            let scalar = scalars[index]
            let isPart = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            guard isPart || scalar == "_" || scalar == "-" || more.unicodeScalars.contains(scalar) else { break }
            text.append(scalar)
            index += 1
        }
        return String(text)
    }

    private mutating func skipSpace() {
        while index < scalars.count, scalars[index] == " " || scalars[index] == "\t" || scalars[index] == "\n" {
            index += 1
        }
    }

    private func at(_ text: String) -> Bool {
        scalars[index...].starts(with: text.unicodeScalars)
    }
}
