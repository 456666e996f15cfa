internal import Glibc

/// Domains under which anybody can register one: `com`, `co.uk`, `github.io`. What stands below them belongs to many.
///
/// Source: publicsuffix.org/list; Debian's package `publicsuffix` has the list.
package struct PublicSuffixes: Sendable {
    /// This machine's list, read at its first use; empty where there is none.
    package static let system = PublicSuffixes(path: "/usr/share/publicsuffix/public_suffix_list.dat")

    private var suffixes: Set<String> = []
    /// Domains of which every direct subdomain is a suffix.
    private var wildcards: Set<String> = []
    private var exceptions: Set<String> = []

    private static let bytesMax = 16 * 1024 * 1024

    /// - Parameter path: A file in the form of the list.
    package init(path: String) {
        guard let file = fopen(path, "re") else {
            self.init(text: "")
            return
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count < Self.bytesMax, case let count = fread(&block, 1, block.count, file), count > 0 {
            bytes += block[..<count]
        }
        self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    /// - Parameter text: A rule a line; `//` begins a comment.
    package init(text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let word = line.split(whereSeparator: \.isWhitespace).first, !word.hasPrefix("//") else { continue }
            if word.hasPrefix("!") {
                exceptions.insert(String(word.dropFirst()))
            } else if word.hasPrefix("*.") {
                wildcards.insert(String(word.dropFirst(2)))
            } else {
                suffixes.insert(String(word))
            }
        }
    }

    /// Whether there is a list at all.
    package var isKnown: Bool { !suffixes.isEmpty }

    /// - Parameter domain: In lower case.
    /// - Returns: Whether it is such a suffix; of what the list does not name, a single label is.
    package func contains(_ domain: String) -> Bool {
        if exceptions.contains(domain) { return false }
        if suffixes.contains(domain) { return true }
        guard let dot = domain.firstIndex(of: ".") else { return true }
        return wildcards.contains(String(domain[domain.index(after: dot)...]))
    }
}
