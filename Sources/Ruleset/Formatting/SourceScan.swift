internal import Yams

/// What a rule file holds beside its values: comments, blank lines, where brackets end, the lines of block texts.
///
/// Where quotes, brackets and block texts begin comes from the YAML parser, so that `#` in a text is never taken for a
/// comment.
struct SourceScan {
    /// Counted from 1, columns in Unicode scalars, as the YAML parser counts.
    struct Place: Hashable {
        let line: Int
        let column: Int
    }

    /// What begins at a place and must be passed over as a whole.
    enum Opening {
        case singleQuoted, doubleQuoted, block, flow
    }

    enum Line {
        case blank
        case comment(column: Int, text: String)
        case content
        /// It begins within a text.
        case inside
    }

    private(set) var lines: [Line]
    /// Comments behind content, by line.
    private(set) var trailing: [Int: String] = [:]
    /// The last line of a list or mapping in brackets.
    private(set) var lastLine: [Place: Int] = [:]
    /// Header and lines, their indentation removed, of block texts.
    private(set) var blocks: [Place: (header: String, lines: [String])] = [:]
    /// Whether a block text says its own indentation or keeps empty lines at its end.
    private(set) var hasOddBlock = false

    private let source: [[Unicode.Scalar]]
    private let openings: [Place: Opening]
    private var open: [Place] = []

    init(_ source: [[Unicode.Scalar]], _ openings: [Place: Opening]) {
        self.source = source
        self.openings = openings
        lines = Array(repeating: .content, count: source.count)
        var index = 0
        while index < source.count { index = scanLine(index) }
    }

    /// All comments in the order in which they stand.
    var comments: [String] {
        lines.indices.compactMap { index in
            if case .comment(_, let text) = lines[index] { return text }
            return trailing[index + 1]
        }
    }

    /// Whether a list or mapping in brackets begins at a place.
    func isInBrackets(_ place: Place) -> Bool { openings[place] == .flow }

    static func indentation(_ line: [Unicode.Scalar]) -> Int { line.prefix { $0 == " " }.count }

    private static func isBlank(_ line: [Unicode.Scalar]) -> Bool { line.allSatisfy(isSpace) }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }

    /// - Returns: The line at which to go on.
    private mutating func scanLine(_ index: Int) -> Int {
        let line = source[index]
        guard let first = line.firstIndex(where: { !Self.isSpace($0) }) else {
            lines[index] = .blank
            return index + 1
        }
        if line[first] == "#" {
            lines[index] = .comment(column: first + 1, text: Self.text(line[first...]))
            return index + 1
        }
        return scanContent(index, from: first)
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        let end = scalars.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? scalars.startIndex
        return string(scalars[..<end])
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private mutating func scanContent(_ start: Int, from first: Int) -> Int {
        var index = start
        var column = first
        while column < source[index].count {
            let place = Place(line: index + 1, column: column + 1)
            switch openings[place] {
            case .singleQuoted, .doubleQuoted:
                (index, column) = endOfQuotes(index, column)
                continue
            case .block: return scanBlock(index, column, place)
            case .flow: open.append(place)
            case nil:
                let scalar = source[index][column]
                if scalar == "]" || scalar == "}", let opened = open.popLast() { lastLine[opened] = index + 1 }
                if scalar == "#", column > 0, Self.isSpace(source[index][column - 1]) {
                    trailing[index + 1] = Self.text(source[index][column...])
                    return index + 1
                }
            }
            column += 1
        }
        return index + 1
    }

    /// - Returns: The place behind the closing quote.
    private mutating func endOfQuotes(_ start: Int, _ first: Int) -> (Int, Int) {
        let quote = source[start][first]
        var (index, column) = (start, first + 1)
        while index < source.count {
            while column < source[index].count {
                let scalar = source[index][column]
                if scalar == "\\", quote == "\"" {
                    column += 2
                } else if scalar == quote {
                    let isDoubled = quote == "'" && source[index].dropFirst(column + 1).first == quote
                    guard isDoubled else { return (index, column + 1) }
                    column += 2
                } else {
                    column += 1
                }
            }
            index += 1
            column = 0
            if index < source.count { lines[index] = .inside }
        }
        return (source.count - 1, source[source.count - 1].count)
    }

    private mutating func scanBlock(_ index: Int, _ column: Int, _ place: Place) -> Int {
        let rest = source[index][column...]
        let header = rest.prefix { !Self.isSpace($0) }
        if let hash = rest.firstIndex(of: "#") { trailing[index + 1] = Self.text(rest[hash...]) }
        if header.contains(where: { $0 == "+" || ("0"..."9").contains($0) }) { hasOddBlock = true }
        var end = index + 1
        let indentation = source[end...].first { !Self.isBlank($0) }.map(Self.indentation) ?? 0
        var last = end
        while indentation > Self.indentation(source[index]), end < source.count {
            let isBlank = Self.isBlank(source[end])
            guard isBlank || Self.indentation(source[end]) >= indentation else { break }
            end += 1
            if !isBlank { last = end }
        }
        for inside in index + 1..<last { lines[inside] = .inside }
        blocks[place] = (
            Self.string(header), source[index + 1..<last].map { Self.string($0.dropFirst(indentation)) }
        )
        return last
    }
}
