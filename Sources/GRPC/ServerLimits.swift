/// What a server accepts; each has a default that suits a public port.
package struct ServerLimits: Sendable {
    /// Largest message, checked on its length prefix and again when expanded.
    package var receivedMessageBytesMax = 4 * 1024 * 1024
    /// Calls at once on one connection.
    package var concurrentStreamsMax = 1_000
    /// Header fields of one request, counted as HTTP/2 counts them.
    package var headerListBytesMax = 16 * 1024
    /// Connections at once; further ones are closed.
    package var connectionsMax = 10_000
    /// A new connection must begin to speak HTTP/2 within this time.
    package var handshakeMilliseconds = 10_000
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

    package init() {}
}
