internal import GRPC

extension ConfigurationKey {
    private static let dayMilliseconds = 86_400_000

    /// What the wire takes of its peers. docs/limits.md says of each why, and what a peer sees.
    static let wire: [ConfigurationKey] = [
        number(
            "concurrent_streams_max", \.wire.concurrentStreamsMax, 1...1_000_000, "Calls at once on one connection."),
        number(
            "connections_max", \.wire.connectionsMax, 1...1_000_000, "Connections at once; further ones are closed."),
        number(
            "connections_per_address_max", \.wire.connectionsPerAddressMax, 0...1_000_000,
            "Connections at once from one address, or one IPv6 network of 64 bits; 0: as many as there may be."),
        number(
            "header_list_bytes_max", \.wire.headerListBytesMax, 1_024...60_000,
            "Header fields of one request, counted as HTTP/2 counts them."),
        number(
            "header_block_bytes_max", \.wire.headerBlockBytesMax, 16_384...16_777_216,
            "Frames of one request's header fields as they come, in bytes."),
        number(
            "preface_milliseconds", \.wire.prefaceMilliseconds, 1...dayMilliseconds,
            "How long a new connection may take to greet, TLS included."),
        number(
            "settings_milliseconds", \.wire.settingsMilliseconds, 0...dayMilliseconds,
            "How long a new connection may take to acknowledge SETTINGS; 0: for ever."),
        number(
            "frame_milliseconds", \.wire.frameMilliseconds, 0...dayMilliseconds,
            "How long a frame or header block that has begun may take; 0: for ever."),
        number(
            "body_milliseconds", \.wire.bodyMilliseconds, 1...dayMilliseconds,
            "How long a request that has begun may pause."),
        number(
            "stall_milliseconds", \.wire.stallMilliseconds, 1...dayMilliseconds,
            "How long an answer may lie unread."),
        number(
            "idle_milliseconds", \.wire.idleMilliseconds, 0...30 * dayMilliseconds,
            "How long a connection may be without calls; 0: for ever."),
        number(
            "connection_age_milliseconds", \.wire.ageMilliseconds, 0...30 * dayMilliseconds,
            "Age at which a connection takes no further calls, give or take a tenth; 0: never."),
        number(
            "connection_age_grace_milliseconds", \.wire.ageGraceMilliseconds, 0...30 * dayMilliseconds,
            "What calls under way get then; 0: as long as they take."),
        number(
            "turn_microseconds", \.wire.turnMicroseconds, 100...1_000_000,
            "How long one connection may work before others have their turn."),
        number(
            "idle_frames_per_second_max", \.wire.idleFramesPerSecondMax, 1...1_000_000,
            "Frames that carry no request, beside four for each frame of an answer; ten times as many at once."),
        number(
            "resets_per_second_max", \.wire.resetsPerSecondMax, 1...1_000_000,
            "Streams that a peer forces to be reset; thirty times as many at once."),
        number(
            "address_work_percent_max", \.wire.addressWorkPercentMax, 0...100_000,
            "What connections from one address may work, in hundredths of an event loop; 0: as much as they like."),
        number(
            "round_milliseconds", \.wire.roundMilliseconds, 1...10_000,
            "How long a round over all connections may take before each gets fewer calls at once."),
        number(
            "queue_milliseconds", \.wire.queueMilliseconds, 1...60_000,
            "How long a call may have waited, while rounds are too long, before it is refused."),
        number(
            "connection_bytes_max", \.wire.connectionBytesMax, 1_048_576...(1 << 40),
            "What one connection may have waiting: requests that are incomplete, answers that are not read."),
        number(
            "address_bytes_max", \.wire.addressBytesMax, 1_048_576...(1 << 40),
            "What the connections from one address may have waiting."),
        number(
            "waiting_bytes_max", \.wire.bytesMax, 1_048_576...(1 << 40), "What all connections may have waiting."),
    ]
}
