/// Why the daemon cannot start or serve, in words for whoever runs it.
package struct DaemonError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
