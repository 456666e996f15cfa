internal import Ruleset

#if canImport(Glibc)
    internal import Glibc
#endif

extension Configuration {
    /// The configuration of this process: file, environment and flags.
    ///
    /// - Parameters:
    ///   - file: Path of the YAML file; nil when there is none.
    ///   - flags: By key name.
    /// - Throws: `ConfigurationError`, also when the file cannot be read.
    package static func read(file: String?, flags: [String: String]) throws(ConfigurationError) -> Configuration {
        var content: (name: String, content: String)?
        if let file { content = (file, try readText(file)) }
        return try load(file: content, environment: processEnvironment(), flags: flags)
    }

    private static func readText(_ path: String) throws(ConfigurationError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            let meant = errno == ENOENT ? Neighbours.nearest(to: path).map { "; did you mean `\($0)`?" } : nil
            throw ConfigurationError("\(path): cannot be read: \(reason)\(meant ?? "")")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ConfigurationError("\(path): cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= fileBytesMax else {
                throw ConfigurationError("\(path): is larger than \(fileBytesMax) bytes")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let isWide = bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff])
            throw ConfigurationError(
                "\(path): is not valid UTF-8\(isWide ? " but UTF-16" : ""); save it with the encoding UTF-8")
        }
        // The mark that some editors put first would count as a column.
        return text.hasPrefix("\u{feff}") ? String(text.unicodeScalars.dropFirst()) : text
    }

    static func processEnvironment() -> [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return result
    }
}
