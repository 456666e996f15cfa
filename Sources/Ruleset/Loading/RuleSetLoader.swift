internal import CXXHash
internal import Model

/// What loading found.
package struct LoadResult: Sendable {
    /// Nil when there is an error.
    package let ruleSet: RuleSet?
    /// Sorted by file, line and column.
    package let diagnostics: [Diagnostic]

    package var errorCount: Int { diagnostics.count { $0.severity == .error } }
}

/// How large a rule set may be.
package struct LoadLimits: Sendable {
    package var fileCountMax = 10_000
    package var totalBytesMax = 64 * 1024 * 1024
    /// Names in one section.
    package var itemsMax = 1_000_000
    /// YAML nodes visited; aliases count each time they are used.
    package var nodesMax = 20_000_000
    /// Diagnostics beyond this number are counted, not listed.
    package var diagnosticsMax = 1_000

    package init() {}

    package static let `default` = LoadLimits()
}

/// Turns the files of a rule set into a checked model, or says everything that is wrong with them.
package enum RuleSetLoader {
    /// - Parameter files: In any order; `.yaml` and `.yml` are rules, others are what lists name.
    package static func load(_ files: [RuleFile], limits: LoadLimits = .default) -> LoadResult {
        var loader = Loader(files: files.sorted { $0.path < $1.path }, limits: limits)
        let ruleSet = loader.load()
        var diagnostics = loader.diagnostics.sorted {
            ($0.position, $0.code, $0.message) < ($1.position, $1.code, $1.message)
        }
        let hasErrors = diagnostics.contains { $0.severity == .error }
        if diagnostics.count > limits.diagnosticsMax, let last = diagnostics.last {
            let rest = diagnostics.count + loader.droppedCount - limits.diagnosticsMax
            diagnostics =
                diagnostics.prefix(limits.diagnosticsMax) + [
                    Diagnostic(code: "more", at: last.position, "there are \(rest) more")
                ]
        }
        return LoadResult(ruleSet: hasErrors ? nil : ruleSet, diagnostics: diagnostics)
    }

    /// XXH3-128 over path, NUL, length and content of each file, sorted by path.
    package static func revision(_ files: [RuleFile]) -> Revision {
        guard let state = XXH3_createState() else { preconditionFailure("there is memory for a hash") }
        defer { XXH3_freeState(state) }
        XXH3_128bits_reset(state)
        func add(_ bytes: [UInt8]) {
            _ = bytes.withUnsafeBytes { XXH3_128bits_update(state, $0.baseAddress, $0.count) }
        }
        for file in files.sorted(by: { $0.path < $1.path }) {
            add(Array(file.path.utf8) + [0])
            withUnsafeBytes(of: UInt64(file.content.count).bigEndian) { add(Array($0)) }
            add(file.content)
        }
        let hash = XXH3_128bits_digest(state)
        return Revision(digest: hexadecimal(hash.high64) + hexadecimal(hash.low64))
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
