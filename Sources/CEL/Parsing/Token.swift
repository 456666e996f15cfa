/// A word of the language, with where it stands.
struct Token: Sendable {
    enum Kind: Sendable {
        /// `isQuoted` when written in backticks: then it is never a reserved word.
        case identifier(String, isQuoted: Bool)
        case int(UInt64)
        case uint(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case symbol(Symbol)
        case end
    }

    let kind: Kind
    /// UTF-8 bytes from the start of the source.
    let offset: Int
}

/// An operator or bracket; `in`, `true`, `false` and `null` are words of their own too.
enum Symbol: UInt8, Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, isIn
    case and, or, not, plus, minus, star, slash, percent
    case question, colon, dot, comma
    case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
    case isTrue, isFalse, isNull

    /// As written.
    var text: String {
        switch self {
        case .equal: "=="
        case .notEqual: "!="
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        case .isIn: "in"
        case .and: "&&"
        case .or: "||"
        case .not: "!"
        case .plus: "+"
        case .minus: "-"
        case .star: "*"
        case .slash: "/"
        case .percent: "%"
        case .question: "?"
        case .colon: ":"
        case .dot: "."
        case .comma: ","
        case .leftParenthesis: "("
        case .rightParenthesis: ")"
        case .leftBracket: "["
        case .rightBracket: "]"
        case .leftBrace: "{"
        case .rightBrace: "}"
        case .isTrue: "true"
        case .isFalse: "false"
        case .isNull: "null"
        }
    }

    /// The standard's name of a relation; nil for what is none.
    var relation: String? {
        switch self {
        case .equal: "_==_"
        case .notEqual: "_!=_"
        case .less: "_<_"
        case .lessOrEqual: "_<=_"
        case .greater: "_>_"
        case .greaterOrEqual: "_>=_"
        case .isIn: "@in"
        default: nil
        }
    }

    /// The standard's name of a sum; nil for what is none.
    var sum: String? {
        switch self {
        case .plus: "_+_"
        case .minus: "_-_"
        default: nil
        }
    }

    /// The standard's name of a product; nil for what is none.
    var product: String? {
        switch self {
        case .star: "_*_"
        case .slash: "_/_"
        case .percent: "_%_"
        default: nil
        }
    }
}
