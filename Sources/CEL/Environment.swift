/// What an expression may name: variables, structures and functions beyond the standard library.
package struct Environment: Sendable {
    /// A field of a structure.
    package struct Field: Sendable {
        package let name: String
        package let type: CELType
        /// Said in messages after the type, such as `people`.
        package let unit: String?

        package init(name: String, type: CELType, unit: String? = nil) {
            self.name = name
            self.type = type
            self.unit = unit
        }
    }

    /// A signature of a function of the host.
    package struct Function: Sendable {
        package let name: String
        package let parameters: [CELType]
        package let result: CELType

        package init(name: String, parameters: [CELType], result: CELType) {
            self.name = name
            self.parameters = parameters
            self.result = result
        }
    }

    package private(set) var variables: [String: CELType] = [:]
    package private(set) var objects: [String: [String: Field]] = [:]
    package private(set) var functions: [String: [Function]] = [:]
    /// Whether texts between quotes take the form of `NormalForm`, escapes included, as the host's own values have it. Off, as
    /// the language has it: a text is what is written.
    package var normalisesTexts = false
    /// For messages: how what a name stands for is asked for, where the name is no variable, such as `in_segment("makers")` for
    /// `makers`. `X` stands for the other side of a comparison, as in `is_icp(X)` for `icp`.
    package var questions: [String: String] = [:]

    package init() {}

    /// Declares a variable; a later declaration of the name wins.
    package mutating func declareVariable(_ name: String, type: CELType) {
        variables[name] = type
    }

    /// Declares a structure; `has(x.field)` tests presence, an undeclared field is a checking error.
    package mutating func declareObject(_ name: String, fields: [Field]) {
        objects[name] = Dictionary(fields.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Declares a function called as `name(…)`; several signatures of one name are overloads.
    package mutating func declareFunction(_ function: Function) {
        functions[function.name, default: []].append(function)
    }
}

/// An expression that passed the checker, with what it found.
package struct CheckedExpression: Sendable {
    package let source: String
    package let root: Expression
    /// The type of each node, by its `id`.
    package let types: [CELType]

    package init(source: String, root: Expression, types: [CELType]) {
        self.source = source
        self.root = root
        self.types = types
    }

    package var type: CELType { types[root.id] }
}

/// Something wrong in an expression, in words for whoever wrote it.
package struct ExpressionIssue: Error, Sendable, Hashable {
    /// UTF-8 bytes from the start of the source.
    package let offset: Int
    /// What is wrong.
    package let message: String
    /// What was probably meant, such as `account.employees`; nil when nothing is close.
    package let suggestion: String?

    package init(offset: Int, message: String, suggestion: String? = nil) {
        self.offset = offset
        self.message = message
        self.suggestion = suggestion
    }
}
