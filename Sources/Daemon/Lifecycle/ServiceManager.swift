#if canImport(Glibc)
    internal import Glibc
#endif

/// What the daemon says to whoever started it, such as systemd, and what it was handed; nothing when nobody asks.
///
/// Source: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3). The protocols are a datagram and three variables.
package struct ServiceManager: Sendable {
    /// A socket that somebody else opened, under the name that it was given.
    package struct Inherited: Sendable, Equatable {
        /// `data`, `operations` or `admin`.
        package var name: String
        package var descriptor: Int32
    }

    static let names = ["data", "operations", "admin"]
    private static let firstDescriptor: Int32 = 3

    private let address: String?
    /// How often it wants to hear that all is well, in microseconds; nil when it does not.
    package let watchdogMicroseconds: UInt64?
    /// Sockets that are listened on already. Connections wait in them while no daemon runs.
    package let inherited: [Inherited]

    /// - Parameters:
    ///   - environment: Of the process.
    ///   - processID: Of this process: variables that are meant for another are passed over.
    /// - Throws: `DaemonError` when sockets were handed over that are not known.
    package init(environment: [String: String], processID: Int32) throws(DaemonError) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let watchdog = environment["WATCHDOG_USEC"].flatMap { UInt64($0) }
        let isMine = environment["WATCHDOG_PID"].map { Int32($0) == processID } ?? true
        watchdogMicroseconds = isMine ? watchdog.flatMap { $0 > 0 ? $0 : nil } : nil
        guard let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), count > 0,
            environment["LISTEN_PID"].flatMap({ Int32($0) }) == processID
        else {
            inherited = []
            return
        }
        let given = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var found: [Inherited] = []
        for index in 0..<min(count, 64) {
            var name = Int(index) < given.count ? String(given[Int(index)]) : ""
            // Without names they come in this order.
            if !given.contains(where: { Self.names.contains(String($0)) }), Int(index) < Self.names.count {
                name = Self.names[Int(index)]
            }
            guard Self.names.contains(name), !found.contains(where: { $0.name == name }) else {
                throw DaemonError(
                    "LISTEN_FDNAMES: socket \(index + 1) is called \"\(name)\"; FileDescriptorName= is data, operations or admin, each once"
                )
            }
            found.append(Inherited(name: name, descriptor: Self.firstDescriptor + index))
        }
        inherited = found
    }

    /// The socket of that name, if it was handed over, ready for an event loop.
    func take(_ name: String) -> Int32? {
        guard let descriptor = inherited.first(where: { $0.name == name })?.descriptor else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return descriptor
    }

    /// Everything is served.
    func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    /// What it is at; `isSlow` asks for more time to start.
    func status(_ text: String, isSlow: Bool = false) {
        send("STATUS=\(Self.line(text))" + (isSlow ? "\nEXTEND_TIMEOUT_USEC=120000000" : ""))
    }

    /// The configuration is read again; `ready` follows.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        send("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1_000)")
    }

    /// The end has begun.
    func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(Self.line(status))") }

    /// All is well.
    func alive() { send("WATCHDOG=1") }

    private static func line(_ text: String) -> String { text.split(separator: "\n").joined(separator: "; ") }

    /// Nothing depends on whether somebody hears it.
    private func send(_ text: String) {
        guard let address, let name = Self.socketName(address) else { return }
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: name) }
        let length = MemoryLayout<sa_family_t>.size + name.count
        withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = Array(text.utf8).withUnsafeBytes {
                    sendto(
                        descriptor, $0.baseAddress, $0.count, CInt(truncatingIfNeeded: MSG_NOSIGNAL), pointer,
                        socklen_t(length))
                }
            }
        }
    }

    /// A path, or a name that begins with `@` for one without a file. Source: unix(7).
    private static func socketName(_ address: String) -> [UInt8]? {
        var name = Array(address.utf8)
        guard let first = name.first, name.count < 108 else { return nil }
        if first == UInt8(ascii: "@") { name[0] = 0 } else { name.append(0) }
        return name
    }
}
