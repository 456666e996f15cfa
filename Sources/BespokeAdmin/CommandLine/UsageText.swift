/// What is said of wrong usage, where the library that reads the flags says too little.
package enum UsageText {
    private static let rootUsage = "\nUsage: bespokectl <subcommand>\n  See 'bespokectl --help' for more information."

    /// - Parameters:
    ///   - message: Of the library.
    ///   - path: The command's words behind the program's name.
    package static func improved(_ message: String, _ path: [String]) -> String {
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let first = lines.first, first.hasPrefix("Error: ") else { return message }
        lines[0] = first + addition(first)
        let text = lines.joined(separator: "\n")
        // What goes wrong behind the flags of a command is told with the usage of the program.
        guard !path.isEmpty, text.hasSuffix(rootUsage) else { return text }
        return text.dropLast(rootUsage.count)
            + "\n  See 'bespokectl \(path.joined(separator: " ")) --help' for more information."
    }

    private static func addition(_ first: String) -> String {
        if let option = quoted(first, behind: "Error: Unknown option '"), !first.contains("Did you mean") {
            return GlobalOptionsText.nearest(to: option).map { ". Did you mean '\($0)'?" } ?? ""
        }
        if quoted(first, behind: "Error: Unexpected argument '") != nil {
            return "; a value with a space stands between quotes"
        }
        if first.hasSuffix("for '--output'") { return ". Please provide one of 'text', 'json' and 'yaml'." }
        if first.hasSuffix("for '--timeout'") { return ". Please provide a number of seconds, such as 5." }
        return ""
    }

    private static func quoted(_ text: String, behind start: String) -> String? {
        guard text.hasPrefix(start) else { return nil }
        let rest = text.dropFirst(start.count)
        return rest.firstIndex(of: "'").map { String(rest[..<$0]) }
    }
}
