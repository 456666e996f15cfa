internal import Model

/// What was probably meant by a name that is no variable: that hangs on what stands around it.
struct NameSlips {
    let environment: Environment
    /// Variables that there are, those of macros too.
    let known: [String]
    /// What the name is a part of; nil where it is the whole expression.
    let parent: Expression?

    private static let numbers: [String: String] = [
        "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
        "eight": "8", "nine": "9", "ten": "10", "twelve": "12", "twenty": "20", "fifty": "50", "hundred": "100",
        "thousand": "1000", "million": "1000000",
    ]
    /// Variables under the names that others have for them.
    private static let subjects: [String: String] = [
        "company": "account", "organisation": "account", "organization": "account", "firm": "account",
        "customer": "account", "user": "visitor", "person": "visitor", "contact": "visitor", "lead": "visitor",
        "page": "request", "event": "events",
    ]

    /// - Returns: Nil where nothing is near.
    func meant(_ name: String) -> String? {
        if case .select(_, let field, _)? = parent?.kind { return selected(name, field) }
        let lowered = name.lowercased()
        switch lowered {
        case "yes", "on", "true": return "true"
        case "no", "off", "false": return "false"
        case "none", "null", "undefined", "nil", "nothing": return presence()
        case "always", "everyone", "everybody", "anyone", "anybody", "all": return isCondition ? "true" : nil
        case "never", "nobody": return isCondition ? "false" : nil
        default: break
        }
        // A field whose variable was left out.
        if let variable = owner(of: name) { return "\(variable).\(name)" }
        let question = environment.questions[name]
        if let question, question.contains("X") { return asked(question) }
        if isTextNeeded { return "\"\(name)\"" }
        if let question { return asked(question) }
        if let number = Self.numbers[lowered], isNumberNeeded { return number }
        if let near = Spelling.nearest(to: name, among: known) { return near }
        if environment.functions[name] != nil || StandardLibrary.names(isMethod: false).contains(name) {
            return "\(name)(…)"
        }
        return example()
    }

    // MARK: Fields

    /// The name stands before a dot.
    private func selected(_ name: String, _ field: String) -> String? {
        let lowered = name.lowercased()
        for variable in [lowered, Self.subjects[lowered]] {
            guard let variable, let fields = fields(of: variable) else { continue }
            let plain = field.lowercased()
            if fields[plain] != nil { return "\(variable).\(plain)" }
            if let near = Spelling.nearest(to: plain, among: fields.keys.sorted()) { return "\(variable).\(near)" }
        }
        // The name is itself a field, as `utm` is one of `request`.
        if let variable = owner(of: name) { return "\(variable).\(name).\(field)" }
        if let near = Spelling.nearest(to: name, among: known) { return near }
        return owner(of: field).map { "\($0).\(field)" }
    }

    private func fields(of variable: String) -> [String: Environment.Field]? {
        guard case .object(let object)? = environment.variables[variable] else { return nil }
        return environment.objects[object]
    }

    private func owner(of field: String) -> String? {
        environment.variables.keys.sorted().first { fields(of: $0)?[field] != nil }
    }

    // MARK: What stands around

    /// The other side of the operator that the name is one side of.
    private var other: Expression? {
        guard case .call(_, nil, let parts)? = parent?.kind, parts.count == 2 else { return nil }
        if case .identifier(let name) = parts[0].kind, !known.contains(name) { return parts[1] }
        return parts[0]
    }

    private var operation: String? {
        if case .call(let function, _, _)? = parent?.kind { function } else { nil }
    }

    private var isCondition: Bool { parent == nil || ["_&&_", "_||_", "!_"].contains(operation) }

    private var isTextNeeded: Bool {
        switch parent?.kind {
        case .list: return true
        case .call(_, .some, _): return true
        case .call(let function, nil, let parts):
            if let overloads = environment.functions[function] {
                return overloads.contains { $0.parameters.contains(.string) } && function != "between"
            }
            guard function == "@in" || ExpressionWords.isComparison(function), parts.count == 2, let other else {
                return false
            }
            switch environment.type(of: other) {
            case .string?, .list(.string)?: return ExpressionWords.path(other) != nil
            default: return false
            }
        default: return false
        }
    }

    private var isNumberNeeded: Bool {
        switch other.flatMap({ environment.type(of: $0) }) {
        case .int?, .double?: true
        default: false
        }
    }

    /// `X == None`.
    private func presence() -> String? {
        guard let path = other.flatMap({ ExpressionWords.path($0) }), path.contains(".") else { return nil }
        switch operation {
        case "_==_": return "!has(\(path))"
        case "_!=_": return "has(\(path))"
        default: return nil
        }
    }

    private func asked(_ question: String) -> String {
        guard question.contains("X") else { return question }
        let filled = question.replacing("X", with: other.flatMap { MeaningSlips.text($0) } ?? "\"…\"")
        return operation == "_!=_" ? "!" + filled : filled
    }

    /// A field that could stand there.
    private func example() -> String? {
        guard let other, let type = environment.type(of: other), ExpressionWords.path(other) == nil else { return nil }
        for variable in environment.variables.keys.sorted() {
            let fields = fields(of: variable) ?? [:]
            if let field = fields.keys.sorted().first(where: { fields[$0]?.type == type }) {
                return "for example \(variable).\(field)"
            }
        }
        return nil
    }
}

extension Environment {
    /// Of a constant, a variable or a field of one; nil for anything else.
    func type(of expression: Expression) -> CELType? {
        switch expression.kind {
        case .literal(let literal): return literal.type
        case .identifier(let name): return variables[name]
        case .select(let operand, let field, isPresenceTest: false):
            guard case .object(let object)? = type(of: operand) else { return nil }
            return objects[object]?[field]?.type
        default: return nil
        }
    }

    /// Of a name with dots.
    func type(ofPath path: String) -> CELType? {
        let parts = path.split(separator: ".").map(String.init)
        guard let first = parts.first, var type = variables[first] else { return nil }
        for part in parts.dropFirst() {
            guard case .object(let object) = type, let field = objects[object]?[part] else { return nil }
            type = field.type
        }
        return type
    }
}

// MARK: Hyphens

extension NameSlips {
    /// `account.annual-revenue`: a name with hyphens, which are minus signs here.
    ///
    /// - Returns: What was written and the field that was meant; nil when there is no such field.
    static func hyphenated(
        _ expression: Expression, _ environment: Environment
    ) -> (written: String, meant: String)? {
        var words: [String] = []
        var current = expression
        while case .call("_-_", nil, let parts) = current.kind, parts.count == 2, words.count < 8,
            case .identifier(let word) = parts[1].kind, parts[1].offset == current.offset + 1,
            environment.variables[word] == nil
        {
            words.insert(word, at: 0)
            current = parts[0]
        }
        guard !words.isEmpty, let start = ExpressionWords.path(current) else { return nil }
        let meant = ([start] + words).joined(separator: "_")
        let written = ([start] + words).joined(separator: "-")
        if environment.type(ofPath: meant) != nil { return (written, meant) }
        guard !start.contains(".") else { return nil }
        for variable in environment.variables.keys.sorted()
        where environment.type(ofPath: "\(variable).\(meant)") != nil {
            return (written, "\(variable).\(meant)")
        }
        return nil
    }
}
