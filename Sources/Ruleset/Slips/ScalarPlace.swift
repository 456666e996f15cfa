/// Where a character of a text stands in its file, whichever way YAML lets the text be written: between quotes with escapes, over
/// several lines, or behind `|` and `>`.
///
/// The text and what is written are gone through side by side: signs are the same in both, white space is a run in both.
struct ScalarPlace {
    /// The lines of the file from the text's own on, without line ends; nil behind the last.
    private let line: (Int) -> [Unicode.Scalar]?
    private var number: Int
    private var column: Int
    private var current: [Unicode.Scalar]
    private let mark: Unicode.Scalar?

    /// Longer texts are not gone through: nobody reads a place in them.
    private static let scalarsMax = 100_000

    /// - Parameters:
    ///   - offset: Into the text, in Unicode scalars.
    ///   - start: Line and column of the text in its file, from 1.
    ///   - line: A line of the file by its number, from 1.
    /// - Returns: Line and column, from 1; nil when what is written there is not the text.
    static func find(
        _ offset: Int, in text: String, at start: (line: Int, column: Int), line: @escaping (Int) -> [Unicode.Scalar]?
    ) -> (line: Int, column: Int)? {
        let scalars = Array(text.unicodeScalars.prefix(offset + 1))
        guard scalars.count <= scalarsMax, let first = line(start.line), first.count >= start.column else { return nil }
        var place = ScalarPlace(start, first, line)
        for (index, scalar) in scalars.enumerated() where index < offset {
            guard place.pass(scalar) else { return nil }
        }
        guard offset < scalars.count else { return (place.number, place.column + 1) }
        guard place.reach(scalars[offset]) else { return nil }
        return (place.number, place.column + 1)
    }

    private init(
        _ start: (line: Int, column: Int), _ first: [Unicode.Scalar], _ line: @escaping (Int) -> [Unicode.Scalar]?
    ) {
        self.line = line
        (number, column, current) = (start.line, start.column - 1, first)
        switch first[column] {
        case "'", "\"":
            mark = first[column]
            column += 1
        case "|", ">":
            mark = nil
            (number, column, current) = (start.line + 1, 0, line(start.line + 1) ?? [])
        default: mark = nil
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }

    private var here: Unicode.Scalar? { column < current.count ? current[column] : nil }

    /// Goes to where a scalar of the text is written.
    private mutating func reach(_ scalar: Unicode.Scalar) -> Bool {
        if Self.isSpace(scalar) { return true }
        while true {
            if let here {
                if Self.isSpace(here) {
                    column += 1
                } else if mark == "\"", here == "\\", column + 1 == current.count {
                    // The text goes on in the next line without white space between.
                    column += 1
                } else {
                    return here == scalar || mark == "\"" && here == "\\"
                }
            } else {
                guard let next = line(number + 1) else { return false }
                (number, column, current) = (number + 1, 0, next)
            }
        }
    }

    private mutating func pass(_ scalar: Unicode.Scalar) -> Bool {
        if Self.isSpace(scalar) {
            // White space that is written as it is; what lines add is passed over before the next sign.
            if here == scalar {
                column += 1
            } else if mark == "\"", here == "\\", column + 1 < current.count {
                column += escapeLength
            }
            return true
        }
        guard reach(scalar) else { return false }
        if mark == "\"", here == "\\" {
            column += escapeLength
        } else {
            column += mark == "'" && scalar == "'" ? 2 : 1
        }
        return true
    }

    /// Of `\n`, `\x41` and their like.
    private var escapeLength: Int {
        switch column + 1 < current.count ? current[column + 1] : " " {
        case "x": 4
        case "u": 6
        case "U": 10
        default: 2
        }
    }
}
