internal import BespokeAdmin
internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// The standard streams and the clock.
enum Console {
    static func out(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    static func error(_ text: String) {
        write(text, to: STDERR_FILENO)
    }

    /// Says what an answer leaves out for lack of consent.
    static func notAgreed(_ count: UInt64, _ whose: String, _ what: String) {
        guard count > 0 else { return }
        error("left out, for lack of consent: \(what) of \(ReportText.counted(count, whose))\n")
    }

    /// Colours when standard output is a terminal and nobody has asked for none. Source: no-color.org.
    static var style: Style { Style(isColoured: isTerminal(STDOUT_FILENO) && wantsColour) }

    static var isErrorTerminal: Bool { isTerminal(STDERR_FILENO) }

    /// Whether somebody sits there who can be asked.
    static var canAsk: Bool { isTerminal(STDIN_FILENO) && isTerminal(STDERR_FILENO) }

    /// - Returns: Whether the answer is yes; no answer is none.
    static func ask(_ question: String) -> Bool {
        error("\(question) [y/N] ")
        guard let answer = readLine(strippingNewline: true) else { return false }
        return ["y", "yes"].contains(answer.lowercased())
    }

    static var isOutputColoured: Bool { isTerminal(STDOUT_FILENO) && wantsColour }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// By this machine's clock.
    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    private static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    private static var wantsColour: Bool {
        (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                // Nobody reads any more: there is nobody to tell either.
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
