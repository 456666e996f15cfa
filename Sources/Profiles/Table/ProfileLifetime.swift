/// How long a profile is known after it was last written.
package struct ProfileLifetime: Sendable, Equatable {
    /// 0 for ever.
    private let seconds: Int64

    /// Profiles are known until they are deleted.
    package static let unlimited = ProfileLifetime(days: 0)

    /// - Parameter days: 0 for ever.
    /// - Precondition: Not negative.
    package init(days: Int) {
        precondition(days >= 0, "a time to live is not negative")
        seconds = Int64(days) * 86_400
    }

    var isLimited: Bool { seconds > 0 }

    /// Whether a profile is known no more. One whose time of writing is not known stays.
    ///
    /// - Parameter now: In seconds since 1970.
    @inline(__always)
    func isOver(_ row: ProfileRow, atSeconds now: Int64) -> Bool {
        guard seconds > 0 else { return false }
        let written = row.writtenAtSeconds
        return written != 0 && now &- written >= seconds
    }
}
