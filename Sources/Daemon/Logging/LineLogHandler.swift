internal import Engine
internal import Logging
internal import Model
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// Writes each log entry as one line to standard error, as text or JSON.
///
/// All handlers of the process share one level, so that a reload changes it everywhere.
struct LineLogHandler: LogHandler {
    /// The level of the whole process; changed by `SIGHUP`.
    static let sharedLevel = Mutex(Logger.Level.info)

    let label: String
    let format: Configuration.LogFormat
    var metadata: Logger.Metadata = [:]

    init(label: String, format: Configuration.LogFormat) {
        self.label = label
        self.format = format
    }

    var logLevel: Logger.Level {
        get { Self.sharedLevel.withLock { $0 } }
        set { Self.sharedLevel.withLock { $0 = newValue } }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        let time = Self.text(Clock.system.now())
        var line: String
        switch format {
        case .text:
            line = "\(time) \(event.level) \(event.message)"
            for (key, value) in pairs { line += " \(key)=\(Self.quoted("\(value)"))" }
        case .json:
            line =
                "{\"time\":\"\(time)\",\"level\":\"\(event.level)\",\"message\":\(JSONText.quoted("\(event.message)"))"
            for (key, value) in pairs { line += ",\(JSONText.quoted(key)):\(JSONText.quoted("\(value)"))" }
            line += "}"
        }
        line += "\n"
        line.withUTF8 { bytes in
            // Nothing can be done about a standard error that does not take the line.
            _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    /// UTC, RFC 3339 with milliseconds.
    static func text(_ time: Timestamp) -> String {
        var parts = tm()
        var seconds = Int(time.microseconds / 1_000_000)
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = time.microseconds % 1_000_000 / 1_000
        let fraction =
            String(repeating: "0", count: milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0) + "\(milliseconds)"
        return "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3d && $0 != 0x7f }
        return isPlain ? text : JSONText.quoted(text)
    }
}
