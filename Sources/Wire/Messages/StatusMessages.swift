internal import CBespokeProto
package import Model

/// Asks what the daemon holds.
package struct GetStatusRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.GetStatusRequest", bespoke__v1__get_status_request__unpack)

    package init() {}

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetStatusRequest>) throws(WireError) {}

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetStatusRequest> {
        try arena.make(bespoke__v1__get_status_request__init)
    }
}

/// What the daemon holds and whether it is ready.
package struct GetStatusResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.GetStatusResponse", bespoke__v1__get_status_response__unpack)

    package var version: String
    package var ready: Bool
    /// Empty when it is ready.
    package var notReadyBecause: String
    /// Empty when no rule set is served.
    package var revision: String
    package var pushedAt: Timestamp?
    package var startedAt: Timestamp?
    package var visitors: UInt64
    package var accounts: UInt64
    package var eventLoops: UInt32
    package var residentBytes: UInt64
    package var openConnections: UInt64
    package var campaigns: UInt32
    package var placements: UInt32
    package var segments: UInt32
    package var icps: UInt32
    package var goals: [GoalProgressMessage]

    package init(
        version: String, ready: Bool, notReadyBecause: String, revision: String, pushedAt: Timestamp?,
        startedAt: Timestamp?, visitors: UInt64, accounts: UInt64, eventLoops: UInt32, residentBytes: UInt64,
        openConnections: UInt64, campaigns: UInt32, placements: UInt32, segments: UInt32, icps: UInt32,
        goals: [GoalProgressMessage]
    ) {
        self.version = version
        self.ready = ready
        self.notReadyBecause = notReadyBecause
        self.revision = revision
        self.pushedAt = pushedAt
        self.startedAt = startedAt
        self.visitors = visitors
        self.accounts = accounts
        self.eventLoops = eventLoops
        self.residentBytes = residentBytes
        self.openConnections = openConnections
        self.campaigns = campaigns
        self.placements = placements
        self.segments = segments
        self.icps = icps
        self.goals = goals
    }
}

extension GetStatusResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetStatusResponse>) throws(WireError) {
        version = try raw.pointee.version.string("version")
        ready = raw.pointee.ready != 0
        notReadyBecause = try raw.pointee.not_ready_because.string("not_ready_because")
        revision = try raw.pointee.revision.string("revision")
        pushedAt = try decodedTime(raw.pointee.pushed_at, "pushed_at")
        startedAt = try decodedTime(raw.pointee.started_at, "started_at")
        visitors = raw.pointee.visitors
        accounts = raw.pointee.accounts
        eventLoops = raw.pointee.event_loops
        residentBytes = raw.pointee.resident_bytes
        openConnections = raw.pointee.open_connections
        campaigns = raw.pointee.campaigns
        placements = raw.pointee.placements
        segments = raw.pointee.segments
        icps = raw.pointee.icps
        goals = try decodedList(raw.pointee.goals, raw.pointee.n_goals, "goals")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetStatusResponse> {
        let raw = try arena.make(bespoke__v1__get_status_response__init)
        raw.pointee.version = try arena.text(version)
        raw.pointee.ready = ready ? 1 : 0
        raw.pointee.not_ready_because = try arena.text(notReadyBecause)
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.pushed_at = try arena.time(pushedAt, "pushed_at")
        raw.pointee.started_at = try arena.time(startedAt, "started_at")
        raw.pointee.visitors = visitors
        raw.pointee.accounts = accounts
        raw.pointee.event_loops = eventLoops
        raw.pointee.resident_bytes = residentBytes
        raw.pointee.open_connections = openConnections
        raw.pointee.campaigns = campaigns
        raw.pointee.placements = placements
        raw.pointee.segments = segments
        raw.pointee.icps = icps
        raw.pointee.n_goals = goals.count
        raw.pointee.goals = try arena.list(goals)
        return raw
    }
}

/// How far a campaign has come towards its goal.
package struct GoalProgressMessage: Sendable, Hashable, MappedMessage {
    package var campaign: String
    /// `shows` or `clicks`.
    package var measure: String
    package var count: UInt64
    package var delivered: UInt64
    /// By now.
    package var due: UInt64
    package var starts: Timestamp?
    package var ends: Timestamp?

    package init(
        campaign: String, measure: String, count: UInt64, delivered: UInt64, due: UInt64, starts: Timestamp?,
        ends: Timestamp?
    ) {
        (self.campaign, self.measure, self.count) = (campaign, measure, count)
        (self.delivered, self.due) = (delivered, due)
        (self.starts, self.ends) = (starts, ends)
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GoalProgress>) throws(WireError) {
        campaign = try raw.pointee.campaign.string("campaign")
        measure = try raw.pointee.measure.string("measure")
        (count, delivered, due) = (raw.pointee.count, raw.pointee.delivered, raw.pointee.due)
        starts = try decodedTime(raw.pointee.starts, "starts")
        ends = try decodedTime(raw.pointee.ends, "ends")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GoalProgress> {
        let raw = try arena.make(bespoke__v1__goal_progress__init)
        raw.pointee.campaign = try arena.text(campaign)
        raw.pointee.measure = try arena.text(measure)
        (raw.pointee.count, raw.pointee.delivered, raw.pointee.due) = (count, delivered, due)
        raw.pointee.starts = try arena.time(starts, "starts")
        raw.pointee.ends = try arena.time(ends, "ends")
        return raw
    }
}

/// Asks for the latency of every method.
package struct GetStatsRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.GetStatsRequest", bespoke__v1__get_stats_request__unpack)

    package init() {}

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetStatsRequest>) throws(WireError) {}

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetStatsRequest> {
        try arena.make(bespoke__v1__get_stats_request__init)
    }
}

/// Latency and errors of the methods that were called.
package struct GetStatsResponse: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.GetStatsResponse", bespoke__v1__get_stats_response__unpack)

    package var methods: [MethodStats]

    package init(methods: [MethodStats]) {
        self.methods = methods
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetStatsResponse>) throws(WireError) {
        methods = try decodedList(raw.pointee.methods, raw.pointee.n_methods, "methods")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetStatsResponse> {
        let raw = try arena.make(bespoke__v1__get_stats_response__init)
        raw.pointee.n_methods = methods.count
        raw.pointee.methods = try arena.list(methods)
        return raw
    }
}

/// Latency and errors of one method.
package struct MethodStats: Sendable, Hashable {
    /// Such as `/bespoke.v1.DecisionService/Decide`.
    package var method: String
    package var count: UInt64
    package var errors: UInt64
    package var p50Microseconds: Double
    package var p90Microseconds: Double
    package var p99Microseconds: Double
    package var p999Microseconds: Double
    package var maxMicroseconds: Double

    package init(
        method: String, count: UInt64, errors: UInt64, p50Microseconds: Double, p90Microseconds: Double,
        p99Microseconds: Double, p999Microseconds: Double, maxMicroseconds: Double
    ) {
        self.method = method
        self.count = count
        self.errors = errors
        self.p50Microseconds = p50Microseconds
        self.p90Microseconds = p90Microseconds
        self.p99Microseconds = p99Microseconds
        self.p999Microseconds = p999Microseconds
        self.maxMicroseconds = maxMicroseconds
    }
}

extension MethodStats: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__MethodStats>) throws(WireError) {
        method = try raw.pointee.method.string("method")
        count = raw.pointee.count
        errors = raw.pointee.errors
        p50Microseconds = raw.pointee.p50_microseconds
        p90Microseconds = raw.pointee.p90_microseconds
        p99Microseconds = raw.pointee.p99_microseconds
        p999Microseconds = raw.pointee.p999_microseconds
        maxMicroseconds = raw.pointee.max_microseconds
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__MethodStats> {
        let raw = try arena.make(bespoke__v1__method_stats__init)
        raw.pointee.method = try arena.text(method)
        raw.pointee.count = count
        raw.pointee.errors = errors
        raw.pointee.p50_microseconds = p50Microseconds
        raw.pointee.p90_microseconds = p90Microseconds
        raw.pointee.p99_microseconds = p99Microseconds
        raw.pointee.p999_microseconds = p999Microseconds
        raw.pointee.max_microseconds = maxMicroseconds
        return raw
    }
}
