internal import Glibc
package import Model

/// What is kept of one visitor or account beside its profile: what it did, was shown, and agreed to.
///
/// Names are numbers of a `NameBook`. Encoded as it stands in memory and in the journal; `BehaviourView` reads that form.
package struct Behaviour: Sendable, Equatable {
    /// How often an event happened.
    package struct EventCount: Sendable, Equatable {
        package var name: UInt32
        package var count: UInt32
        package var last: Timestamp
        /// How often, each fading with the event's half-life until `last`.
        package var weight: Double

        package init(name: UInt32, count: UInt32, last: Timestamp, weight: Double) {
            self.name = name
            self.count = count
            self.last = last
            self.weight = weight
        }
    }

    /// A creative that was shown.
    package struct Show: Sendable, Equatable {
        package var creative: UInt32
        package var time: Timestamp

        package init(creative: UInt32, time: Timestamp) {
            self.creative = creative
            self.time = time
        }
    }

    /// The arm of an experiment that it was exposed to.
    package struct Trial: Sendable, Equatable {
        package var experiment: UInt32
        package var arm: UInt32
        package var since: Timestamp
        /// The share of units that got this arm then; 0 when nobody said.
        package var propensity: Float
        /// Whether the unit keeps the arm whatever its id is hashed to: it has several ids.
        package var isKept = false
        /// Whether several ids of the unit had been exposed, and counted one by one, before it was known that they are one's.
        package var isJoined = false
        /// Whether one of them had another arm.
        package var hasSeenOtherArm = false

        package init(experiment: UInt32, arm: UInt32, since: Timestamp, propensity: Float) {
            self.experiment = experiment
            self.arm = arm
            self.since = since
            self.propensity = propensity
        }
    }

    /// What it did for a metric of an experiment.
    package struct Outcome: Sendable, Equatable {
        package var experiment: UInt32
        package var metric: UInt32
        /// Since the first exposure.
        package var count: UInt32
        /// Before the first exposure.
        package var countBefore: UInt32
        package var value: Double

        package init(experiment: UInt32, metric: UInt32, count: UInt32, countBefore: UInt32, value: Double) {
            self.experiment = experiment
            self.metric = metric
            self.count = count
            self.countBefore = countBefore
            self.value = value
        }
    }

    /// A purpose agreed to or denied.
    package struct Consent: Sendable, Equatable {
        package var purpose: UInt32
        package var source: UInt32
        package var isGranted: Bool
        package var time: Timestamp

        package init(purpose: UInt32, source: UInt32, isGranted: Bool, time: Timestamp) {
            self.purpose = purpose
            self.source = source
            self.isGranted = isGranted
            self.time = time
        }
    }

    /// Grows with each change; from 1.
    package var version: UInt32 = 0
    package var events: [EventCount] = []
    /// The newest first.
    package var shows: [Show] = []
    package var trials: [Trial] = []
    package var outcomes: [Outcome] = []
    package var consents: [Consent] = []
    /// The pages to which clicks on ads brought it, each with its last click, the newest first.
    package var clicks: [Show] = []

    /// Nothing.
    package init() {}

    // MARK: Changes

    /// An event happened.
    ///
    /// - Parameter halfLifeMicroseconds: 0 for one that does not fade.
    package mutating func add(event name: UInt32, at time: Timestamp, halfLifeMicroseconds: Double) {
        guard let index = events.firstIndex(where: { $0.name == name }) else {
            events.append(EventCount(name: name, count: 1, last: time, weight: 1))
            return
        }
        let age = Double(time.microseconds) - Double(events[index].last.microseconds)
        let fading = halfLifeMicroseconds > 0 ? BehaviourFading.factor(age.magnitude, halfLifeMicroseconds) : 1
        if age > 0 {
            events[index].weight = events[index].weight * fading + 1
            events[index].last = time
        } else {
            events[index].weight += fading
        }
        events[index].count &+= events[index].count == .max ? 0 : 1
    }

    /// A creative was shown.
    ///
    /// - Parameter caps: Those that count a creative. Only the newest shows that one of them still needs are kept: as many as it allows,
    ///   within its time.
    package mutating func add(show creative: UInt32, at time: Timestamp, caps: (UInt32) -> [ShowCap]) {
        guard !caps(creative).isEmpty else { return }
        let index = shows.firstIndex { $0.time.microseconds <= time.microseconds } ?? shows.count
        shows.insert(Show(creative: creative, time: time), at: index)
        trimShows(caps)
    }

    /// Lets go of the shows that no cap needs any more.
    mutating func trimShows(_ caps: (UInt32) -> [ShowCap]) {
        guard let newest = shows.first?.time.microseconds else { return }
        var counts: [Int: Int] = [:]
        shows.removeAll { show in
            var isNeeded = false
            for cap in caps(show.creative) where newest - show.time.microseconds < cap.withinMicroseconds {
                let count = counts[cap.number, default: 0]
                counts[cap.number] = count + 1
                isNeeded = isNeeded || count < cap.shows
            }
            return !isNeeded
        }
    }

    private static let clicksMax = 8

    /// The click on an ad brought the page of a creative.
    package mutating func add(click creative: UInt32, at time: Timestamp) {
        if let known = clicks.firstIndex(where: { $0.creative == creative }) {
            guard clicks[known].time.microseconds < time.microseconds else { return }
            clicks.remove(at: known)
        }
        let index = clicks.firstIndex { $0.time.microseconds <= time.microseconds } ?? clicks.count
        clicks.insert(Show(creative: creative, time: time), at: index)
        clicks = Array(clicks.prefix(Self.clicksMax))
    }

    /// - Returns: How often an event happened.
    package func count(of event: UInt32) -> UInt32 { events.first { $0.name == event }?.count ?? 0 }
}

/// How many of the shows that it counts a cap needs to know.
package struct ShowCap: Sendable, Equatable {
    /// Tells the caps of a rule set apart.
    package let number: Int
    package let shows: Int
    package let withinMicroseconds: Int64

    package init(number: Int, shows: Int, withinMicroseconds: Int64) {
        self.number = number
        self.shows = shows
        self.withinMicroseconds = withinMicroseconds
    }
}

/// How points fade.
package enum BehaviourFading {
    /// - Returns: 2^(−age ÷ half-life).
    package static func factor(_ ageMicroseconds: Double, _ halfLifeMicroseconds: Double) -> Double {
        exp2(-ageMicroseconds / halfLifeMicroseconds)
    }
}
