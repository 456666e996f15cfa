package import Model

/// What visitors and accounts did after they were shown something of a campaign, from the exposures and events of an export.
///
/// Records come unit by unit, as an export has them; within a unit in any order.
package struct CampaignOutcomes {
    /// What is asked.
    package struct Question: Sendable {
        /// The event that counts.
        package var metric: String
        /// For how long after the first show of a campaign it counts.
        package var windowDays: Int
        /// Counts units that were first shown the campaign from that time on, and before the other.
        package var since: Timestamp?
        package var until: Timestamp?

        package init(metric: String, windowDays: Int, since: Timestamp? = nil, until: Timestamp? = nil) {
            (self.metric, self.windowDays, self.since, self.until) = (metric, windowDays, since, until)
        }

        fileprivate func covers(_ time: Timestamp) -> Bool {
            (since.map { time >= $0 } ?? true) && (until.map { time < $0 } ?? true)
        }
    }

    /// What one unit has seen and done.
    package struct Unit: Sendable, Hashable {
        package var entity: Entity
        package var id: String
        package var campaigns: [String: CampaignTotals]
    }

    private let question: Question
    private var entity = Entity.visitor
    private var id = ""
    private var exposures: [EventRecord] = []
    private var events: [EventRecord] = []

    package init(_ question: Question) {
        self.question = question
    }

    /// - Returns: The unit before, when the record is of another one and that one was shown a campaign.
    package mutating func add(_ record: EventRecord) -> Unit? {
        let (entity, id) =
            record.visitorID.isEmpty ? (Entity.account, record.accountID) : (.visitor, record.visitorID)
        var finished: Unit?
        if entity != self.entity || id != self.id {
            finished = finish()
            (self.entity, self.id) = (entity, id)
        }
        switch record.kind {
        case .exposure where !record.campaign.isEmpty: exposures.append(record)
        case .event where record.name == question.metric: events.append(record)
        default: break
        }
        return finished
    }

    /// - Returns: The unit at hand, when it was shown a campaign.
    package mutating func finish() -> Unit? {
        defer { (exposures, events) = ([], []) }
        var campaigns: [String: CampaignTotals] = [:]
        for (name, shown) in Dictionary(grouping: exposures, by: \.campaign) {
            guard let first = shown.map(\.time).min(), question.covers(first) else { continue }
            var totals = CampaignTotals()
            (totals.units, totals.shows) = (1, shown.count)
            totals.clicks = shown.count { $0.isClick }
            let window = Int64(question.windowDays) * 86_400_000_000
            for event in events where event.time >= first && event.time.microseconds - first.microseconds <= window {
                totals.converted = 1
                totals.outcomes += 1
                totals.value += event.value
            }
            campaigns[name] = totals
        }
        return campaigns.isEmpty ? nil : Unit(entity: entity, id: id, campaigns: campaigns)
    }
}

/// Units of a campaign, and what they did.
package struct CampaignTotals: Sendable, Hashable {
    /// Visitors or accounts that were shown it.
    package var units = 0
    /// Recorded exposures, and those of pages to which a click on an ad led.
    package var shows = 0
    package var clicks = 0
    /// Units that did what is asked about, how often, and what it was worth.
    package var converted = 0
    package var outcomes = 0
    package var value = 0.0
    /// Units that are marketing-qualified leads by now.
    package var qualified = 0

    package init() {}

    mutating func merge(_ other: CampaignTotals) {
        units += other.units
        shows += other.shows
        clicks += other.clicks
        converted += other.converted
        outcomes += other.outcomes
        value += other.value
        qualified += other.qualified
    }
}
