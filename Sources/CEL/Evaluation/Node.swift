/// A node of a program: names, functions and patterns are found once, when the program is made.
indirect enum Node: Sendable {
    case constant(Value)
    /// A variable of a macro, by its slot.
    case local(Int)
    case path(Path)
    /// A field of a structure or an entry of a map.
    case field(Node, String, offset: Int)
    case presence(Node, String, offset: Int)
    /// A field of a structure that the checker has followed from its variable, and whether it is present.
    case hostField([String])
    case hostPresence([String])
    case all(Node, Node, offset: Int)
    case any(Node, Node, offset: Int)
    case choice(Node, Node, Node, offset: Int)
    case isNotFalse(Node)
    case list([Node], offset: Int)
    case map([(key: Node, value: Node)], offset: Int)
    case fold(Fold)
    case gather(Gather)
    case operation(Operators.Kind, Node, Node, offset: Int)
    case matches(Node, RegularExpression, offset: Int)
    case call(String, FunctionLibrary.Body, [Node], offset: Int)
    case hostCall(String, [Node], offset: Int)

    /// A name with dots whose meaning the host decides: the longest of its beginnings that is a variable, then fields.
    struct Path: Sendable {
        /// Longest first, each with the fields behind it.
        let candidates: [(name: String, fields: [String])]
        /// What it means when it is no variable.
        let type: Value?
        let offset: Int
    }

    /// What goes through a list or a map: the values, or index and value, or key and value.
    struct Range: Sendable {
        let collection: Node
        let first: Int
        let second: Int?
        let offset: Int
    }

    /// A macro in its general form.
    struct Fold: Sendable {
        let range: Range
        let accumulator: Int
        let initial: Node
        /// nil when it always holds.
        let condition: Node?
        let step: Node
        let result: Node
    }

    /// A macro that gathers a list or a map.
    struct Gather: Sendable {
        enum Form: Sendable {
            case list(Node)
            case entry(key: Node, value: Node)
            case entries(Node)
        }

        let range: Range
        let test: Node?
        let form: Form
    }
}
