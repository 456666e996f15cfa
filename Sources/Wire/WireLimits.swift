/// What messages may hold; the .proto files state the same numbers.
package enum WireLimits {
    package static let identifierBytesMax = 256
    package static let urlBytesMax = 8_192
    package static let textBytesMax = 4_096
    package static let setMembersMax = 256
    package static let placementsMax = 64
    package static let routesMax = 64
    package static let batchRequestsMax = 1_000
    /// Of all messages of one ImportProfiles, together.
    package static let importBytesMax = 512 << 20
    /// Of one ImportProfiles.
    package static let importRowsMax = 5_000_000
}
