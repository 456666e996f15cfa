/// Where quotes and brackets of a YAML text open and close, as far as messages need it: the YAML library says only where it gave up.
struct YAMLScan {
    struct Place: Hashable {
        /// From 0.
        let line: Int
        /// From 0, in Unicode scalars.
        let column: Int
    }

    struct Quote {
        let open: Place
        /// Nil when the text ends before.
        var close: Place?
        let mark: Unicode.Scalar
        /// Where something goes on behind the closing quote that cannot.
        var rest: Place?
    }

    struct Bracket {
        let place: Place
        let mark: Unicode.Scalar
    }

    let lines: [[Unicode.Scalar]]
    private(set) var quotes: [Quote] = []
    /// What is open at `limit`.
    private(set) var open: [Bracket] = []
    /// Comments that begin within brackets, before `limit`.
    private(set) var innerComments: [Place] = []
    private let limit: Place

    /// - Parameter limit: Where the YAML library gave up.
    init(_ lines: [[Unicode.Scalar]], limit: Place) {
        self.lines = lines
        self.limit = limit
        scan()
    }

    private mutating func scan() {
        var place = Place(line: 0, column: 0)
        while place.line < lines.count {
            let line = lines[place.line]
            var column = place.column
            // Whether a quote here would open a text.
            var isStart = column == 0
            while column < line.count {
                let scalar = line[column]
                let here = Place(line: place.line, column: column)
                let isLast = column + 1 == line.count
                switch scalar {
                case " ", "\t": break
                case "#" where column == 0 || line[column - 1] == " " || line[column - 1] == "\t":
                    if !open.isEmpty, isBefore(here) { innerComments.append(here) }
                    column = line.count
                    continue
                case "\"" where isStart, "'" where isStart:
                    let end = quote(from: here, scalar)
                    isStart = false
                    if end.line != here.line {
                        place = end
                        column = Int.max
                        continue
                    }
                    column = end.column
                    continue
                case "[", "{":
                    if isStart || !open.isEmpty, isBefore(here) { open.append(Bracket(place: here, mark: scalar)) }
                case "]", "}":
                    if !open.isEmpty, isBefore(here) { open.removeLast() }
                    isStart = false
                case ",": isStart = !open.isEmpty
                case ":" where isLast || line[column + 1] == " " || line[column + 1] == "\t": isStart = true
                case ":" where !open.isEmpty && column > 0 && line[column - 1] == "\"": isStart = true
                case "-" where isStart && (isLast || line[column + 1] == " "),
                    "?" where isStart && !isLast && line[column + 1] == " ":
                    break
                case "|" where isStart && open.isEmpty, ">" where isStart && open.isEmpty:
                    place = Place(line: endOfBlock(place.line), column: 0)
                    column = Int.max
                    continue
                default: isStart = false
                }
                column += 1
            }
            if column != Int.max { place = Place(line: place.line + 1, column: 0) }
        }
    }

    private func isBefore(_ place: Place) -> Bool {
        (place.line, place.column) < (limit.line, limit.column)
    }

    /// - Returns: Where the text goes on behind the quote.
    private mutating func quote(from start: Place, _ mark: Unicode.Scalar) -> Place {
        var found = Quote(open: start, mark: mark)
        var (number, column) = (start.line, start.column + 1)
        while number < lines.count {
            let line = lines[number]
            while column < line.count {
                if mark == "\"", line[column] == "\\" {
                    column += 2
                    continue
                }
                if line[column] == mark {
                    if mark == "'", column + 1 < line.count, line[column + 1] == "'" {
                        column += 2
                        continue
                    }
                    found.close = Place(line: number, column: column)
                    let next = line[(column + 1)...].firstIndex { $0 != " " && $0 != "\t" }
                    if let next, ![":", ",", "]", "}", "#"].contains(line[next]) {
                        found.rest = Place(line: number, column: next)
                    }
                    quotes.append(found)
                    return Place(line: number, column: column + 1)
                }
                column += 1
            }
            (number, column) = (number + 1, 0)
        }
        quotes.append(found)
        return Place(line: lines.count, column: 0)
    }

    /// - Returns: The first line that no longer belongs to the text that `|` or `>` begins on a line.
    private func endOfBlock(_ number: Int) -> Int {
        let indentation = Self.indentation(lines[number])
        var next = number + 1
        while next < lines.count {
            if lines[next].contains(where: { $0 != " " }), Self.indentation(lines[next]) <= indentation { break }
            next += 1
        }
        return next
    }

    static func indentation(_ line: [Unicode.Scalar]) -> Int { line.prefix { $0 == " " }.count }
}
