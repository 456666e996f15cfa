/// What a server accepts; each has a default that suits a public port. docs/limits.md says of each why, and what a peer sees.
package struct ServerLimits: Sendable, Equatable {
    /// Largest message, checked on its length prefix and again when expanded.
    package var receivedMessageBytesMax = 4 * 1024 * 1024
    /// Calls at once on one connection.
    package var concurrentStreamsMax = 1_000
    /// Header fields of one request, counted as HTTP/2 counts them. At most 60,000.
    package var headerListBytesMax = 16 * 1024
    /// The frames of one request's header fields, as they come.
    package var headerBlockBytesMax = 256 * 1024
    /// Connections at once; further ones are closed.
    package var connectionsMax = 10_000
    /// Connections at once from one address, of which IPv6 counts the first 64 bits; 0 for as many as there may be.
    package var connectionsPerAddressMax = 0
    /// After the peer has ended its input, answers that are under way may be completed for this long; not at all while more
    /// than three quarters of `connectionsMax` are open.
    package var halfClosedMilliseconds = 2_000
    /// A connection that is being closed waits this long for the peer to read what was written.
    package var lingerMilliseconds = 5_000
    /// Messages up to this size are sent as they are even to those who accept gzip.
    package var compressionThresholdBytes = 4 * 1024
    /// Whether replies are compressed at all.
    package var compressesReplies = true
    /// What a streaming handler may have queued for a slow reader before `send` suspends.
    package var queuedReplyBytesMax = 256 * 1024
    /// What may lie before a streaming handler unread before the peer gets no further credit. A message counts with its bytes
    /// and what it costs to keep it.
    package var unreadMessageBytesMax = 1024 * 1024

    // MARK: Time

    /// From the connection to the end of the client's preface, TLS included.
    package var prefaceMilliseconds = 10_000
    /// From the connection to the acknowledgement of this side's SETTINGS.
    package var settingsMilliseconds = 20_000
    /// A frame or header block that has begun must be whole within this time.
    package var frameMilliseconds = 20_000
    /// The body of a request, once begun, may pause this long.
    package var bodyMilliseconds = 60_000
    /// The peer may leave answers unread this long.
    package var stallMilliseconds = 120_000
    /// A connection may be without calls this long; 0 for ever. A tenth of it while three quarters of `connectionsMax` are open.
    package var idleMilliseconds = 900_000
    /// Age at which a connection takes no further calls, give or take a tenth; 0 for never.
    package var ageMilliseconds = 3_600_000
    /// What calls under way get then.
    package var ageGraceMilliseconds = 600_000

    // MARK: Work

    /// A connection may work so long before others have their turn.
    package var turnMicroseconds = 2_000
    /// Frames that carry no request, each second, beside four for each frame of an answer; ten times as many at once.
    package var idleFramesPerSecondMax = 500
    /// Streams that this side must reset because of the peer, each second; thirty times as many at once.
    package var resetsPerSecondMax = 33

    // MARK: Load

    /// Whether calls are put off or refused when more come than can be answered.
    package var shedsLoad = true
    /// What a round over all connections of a loop may take before connections get fewer streams at once.
    package var roundMilliseconds = 10
    /// What connections from one address may work, in hundredths of a loop; 0 for as much as they like.
    package var addressWorkPercentMax = 0
    /// Calls that have waited longer while rounds are too long are refused.
    package var queueMilliseconds = 1_000

    // MARK: Memory

    /// What one connection may have waiting, requests that are incomplete and answers that are not read; no less than two messages.
    package var connectionBytesMax = 16 * 1024 * 1024
    /// What the connections from one address may have waiting.
    package var addressBytesMax = 128 * 1024 * 1024
    /// What all connections may have waiting.
    package var bytesMax = 512 * 1024 * 1024

    package init() {}
}
