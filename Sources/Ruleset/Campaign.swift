package import Model

/// What is shown to whom, and with which priority.
package struct Campaign: Sendable {
    /// How often something may be shown within a time.
    package struct Cap: Sendable {
        package var per: Entity = .visitor
        package var shows: Int
        package var withinSeconds: Int64
        /// Name of the placement it is limited to; nil counts shows in all.
        package var placement: String?

        package init(shows: Int, withinSeconds: Int64) {
            self.shows = shows
            self.withinSeconds = withinSeconds
        }
    }

    /// What is to be delivered evenly from the campaign's start to its end.
    package struct Goal: Sendable, Hashable {
        /// What is counted.
        package enum Measure: String, Sendable, CaseIterable {
            /// Recorded exposures of what the campaign shows.
            case shows
            /// Recorded exposures of its pages to which a click on one of its ads led.
            case clicks
        }

        package var measure: Measure
        package var count: Int
        /// Name of the placement that is paced; nil is all.
        package var placement: String?

        package init(measure: Measure, count: Int, placement: String? = nil) {
            (self.measure, self.count, self.placement) = (measure, count, placement)
        }
    }

    package var name: String
    package var title: String?
    package var priority: Int = 0
    package var condition: Condition?
    package var excluded: [Condition] = []
    package var starts: Timestamp?
    package var ends: Timestamp?
    package var schedule: Schedule?
    /// Whether the promise of a clicked ad asks for `condition` too; otherwise the click is enough.
    package var keepsPromiseIfEligible = false
    package var caps: [Cap] = []
    /// With `starts` and `ends`.
    package var goal: Goal?
    /// Ads and pages; a placement's kind says which. File order within a placement.
    package var variants: [Variant] = []
    package var position: SourcePosition

    package init(name: String, position: SourcePosition) {
        self.name = name
        self.position = position
    }
}

/// What a placement shows.
package struct Variant: Sendable {
    package var name: String
    /// Name of the placement.
    package var placement: String
    package var promise: String?
    package var condition: Condition?
    package var schedule: Schedule?
    package var caps: [Campaign.Cap] = []
    package var fields: [(name: String, content: Template)] = []
    /// The click that this ad causes.
    package var utm: UTM?
    /// Name of the page variant to which this ad leads.
    package var page: String?
    package var position: SourcePosition

    package init(name: String, placement: String, position: SourcePosition) {
        self.name = name
        self.placement = placement
        self.position = position
    }
}

/// The five UTM values of a landing URL; nil is absent.
package struct UTM: Sendable, Hashable {
    package var source: String?
    package var medium: String?
    package var campaign: String?
    package var term: String?
    package var content: String?

    package init() {}
}

/// When something is open.
package struct Schedule: Sendable, Hashable {
    /// Whose clock counts.
    package enum TimeZoneChoice: Sendable, Hashable {
        /// That of `visitor.timezone`.
        case visitor
        /// An IANA name.
        case named(String)
    }

    package var timeZone: TimeZoneChoice
    /// Bit 0 is Monday; all seven bits when every day is open.
    package var days: UInt8 = 0b111_1111
    /// Minutes from local midnight, lower included, upper excluded; beyond 1,440 on the day after; nil is all day.
    package var minutes: Range<Int>?
    /// What a campaign's start and end say without an offset, on the visitor's clock: seconds since 1970-01-01T00:00:00 there.
    package var localStarts: Int64?
    package var localEnds: Int64?

    package init(timeZone: TimeZoneChoice) {
        self.timeZone = timeZone
    }
}
