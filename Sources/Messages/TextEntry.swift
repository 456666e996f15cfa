/// Two texts that belong together: an entry of a `map<string, string>` whose order is kept.
package struct TextEntry: Sendable, Hashable {
    package var name: String
    package var text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
