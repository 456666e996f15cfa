internal import CRE2

/// A pattern of RE2: linear in time by construction.
package final class RegularExpression: @unchecked Sendable {
    // Sendable: the handle is set once, and RE2 matches from several threads at once.

    /// Why a pattern is refused, in RE2's words.
    package struct Problem: Error, Sendable {
        package let message: String
    }

    private static let patternBytesMax = 8 * 1024
    private static let memoryBytesMax = 1 << 20
    private let handle: OpaquePointer

    /// - Throws: What is wrong with the pattern.
    package init(_ pattern: String) throws(Problem) {
        var pattern = pattern
        guard pattern.utf8.count <= Self.patternBytesMax else {
            throw Problem(message: "it is longer than \(Self.patternBytesMax) bytes")
        }
        let made = pattern.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bespoke_re2_new($0.baseAddress, $0.count, Self.memoryBytesMax) }
        }
        guard let made else { throw Problem(message: "there is no memory for it") }
        if let error = bespoke_re2_error(made) {
            let message = String(cString: error)
            bespoke_re2_free(made)
            throw Problem(message: message)
        }
        handle = made
    }

    deinit {
        bespoke_re2_free(handle)
    }

    /// Whether the pattern matches anywhere in the text.
    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }

    /// The same for UTF-8 bytes.
    package func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.withMemoryRebound(to: CChar.self) { bespoke_re2_matches(handle, $0.baseAddress, $0.count) } != 0
    }
}
