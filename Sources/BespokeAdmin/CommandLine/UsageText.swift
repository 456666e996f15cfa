/// What is said of wrong usage, where the library that reads the flags says too little.
package enum UsageText {
    private static let rootUsage = "\nUsage: bespokectl <subcommand>\n  See 'bespokectl --help' for more information."

    /// - Parameters:
    ///   - message: Of the library.
    ///   - path: The command's words behind the program's name.
    ///   - help: Of that command, as the library writes it: where its options are looked up.
    ///   - words: What was typed.
    package static func improved(_ message: String, _ path: [String], help: String = "", words: [String] = []) -> String
    {
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard var first = lines.first, first.hasPrefix("Error: ") else { return message }
        // The library's own suggestion is the least bad of all options, however far.
        if first.hasPrefix("Error: Unknown option '"), let suggestion = first.firstRange(of: ". Did you mean '") {
            first = String(first[..<suggestion.lowerBound])
        }
        lines[0] = first + addition(first, options(in: help), words)
        let text = lines.joined(separator: "\n")
        // What goes wrong behind the flags of a command is told with the usage of the program.
        guard !path.isEmpty, text.hasSuffix(rootUsage) else { return text }
        return text.dropLast(rootUsage.count)
            + "\n  See 'bespokectl \(path.joined(separator: " ")) --help' for more information."
    }

    private static func addition(_ first: String, _ options: [String], _ words: [String]) -> String {
        if let option = quoted(first, behind: "Error: Unknown option '") {
            return GlobalOptionsText.nearest(to: option, more: options).map { ". Did you mean '\($0)'?" } ?? ""
        }
        if let option = quoted(first, behind: "Error: Missing value for '") {
            let name = option.prefix { $0 != " " }
            guard let place = words.firstIndex(of: String(name)), place + 1 < words.count else { return "" }
            let value = words[place + 1]
            return ": what follows, `\(Style.printable(value))`, begins with a dash. Is it the value? Then write "
                + "`\(name)=\(Style.printable(value))`."
        }
        if quoted(first, behind: "Error: Unexpected argument '") != nil {
            return "; a value with a space stands between quotes"
        }
        if first.hasSuffix("for '--output'") { return ". Please provide one of 'text', 'json' and 'yaml'." }
        if first.hasSuffix("for '--timeout'") { return ". Please provide a number of seconds, such as 5." }
        return ""
    }

    /// The long options that a help text names where options are listed.
    private static func options(in help: String) -> [String] {
        var found: [String] = []
        for line in help.split(separator: "\n") where line.hasPrefix("  -") {
            for word in line.split(separator: " ") where word.hasPrefix("--") && !word.hasPrefix("---") {
                let name = String(word.prefix { $0 != "," && $0 != "=" })
                if name.utf8.allSatisfy({ $0 == 0x2d || (0x61...0x7a).contains($0) }), !found.contains(name) {
                    found.append(name)
                }
            }
        }
        return found
    }

    private static func quoted(_ text: String, behind start: String) -> String? {
        guard text.hasPrefix(start) else { return nil }
        let rest = text.dropFirst(start.count)
        return rest.firstIndex(of: "'").map { String(rest[..<$0]) }
    }
}

/// What is typed, in the form that the library reads.
package enum TypedWords {
    /// Joins an option and a value that begins with a dash, `--lift -0.2` to `--lift=-0.2`: the library takes that for an option. No
    /// option's name begins with a digit, a point or a space, or has one.
    package static func joined(_ words: [String]) -> [String] {
        var joined: [String] = []
        var isOver = false
        for word in words {
            if let last = joined.last, !isOver, last.hasPrefix("--"), last.count > 2, !last.contains("="), isValue(word)
            {
                joined[joined.count - 1] = last + "=" + word
            } else {
                joined.append(word)
            }
            isOver = isOver || word == "--"
        }
        return joined
    }

    private static func isValue(_ word: String) -> Bool {
        guard word.hasPrefix("-"), let second = word.dropFirst().first else { return false }
        return second.isNumber || second == "." || second == " " || word.contains(where: \.isWhitespace)
    }
}
