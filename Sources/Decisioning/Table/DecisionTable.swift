internal import CEL
internal import Conditions
package import Experimentation
package import Model
package import Ruleset

/// A rule set made ready to decide: immutable, shared by all event loops, freed when the last has let go of it.
package final class DecisionTable: @unchecked Sendable {
    // Sendable: nothing changes after `init`. `view` and what it points to are written by `init` alone, belong to
    // `storage`, and die with this object.

    /// By `AttributeIndex`, in file order.
    package let attributes: [AttributeInfo]
    /// By `PlacementIndex`, in file order.
    package let placementNames: [String]
    /// By `PurposeIndex`: those of the policies in file order, then those that only attributes and events name.
    package let purposeNames: [String]
    /// By `EventIndex`, in file order.
    package let eventNames: [String]
    /// By `RouteIndex`, in file order.
    package let routeNames: [String]

    /// By `CreativeIndex`.
    package let creativeNames: [CreativeName]
    let creatives: [Creative]
    /// By experiment in file order: its arms in file order.
    package let arms: [[ArmIndex]]
    /// In file order; likewise `segmentNames`.
    package let experimentNames: [String]
    /// The names of the arms, by experiment.
    package let armNames: [[String]]
    package let segmentNames: [String]

    /// Rows of the offer.
    struct Creative {
        let campaign: Row<CampaignRow>
        let placement: Row<PlacementRow>
        let variant: Row<VariantRow>
    }

    let view: UnsafePointer<TableView>
    /// Conditions for the general evaluator.
    let programs: [Program]
    let generalNames: GeneralNames
    /// Keeps what `view` refers to.
    private let patterns: [RegularExpression]
    private let storage: TableStorage

    /// Compiles a rule set.
    ///
    /// - Parameters:
    ///   - ruleSet: Checked: names are resolved and conditions typed. What it refers to and does not define decides nothing.
    ///   - allocations: Which buckets belong to which arm, by experiment, for those of Bespoke's own hash contract; where it
    ///     has none, the arms stand one behind the other.
    ///   - indexing: Which lists of conditions get an index; what is decided is the same.
    /// - Precondition: At most 65,535 attributes, placements, purposes and events each.
    /// - Complexity: O(n log n) in the rule set's size.
    package init(_ ruleSet: RuleSet, allocations: [String: Allocation] = [:], indexing: Indexing = .bySize) {
        let compiled = TableCompiler.compile(ruleSet, allocations: allocations, indexing: indexing)
        attributes = compiled.attributes
        placementNames = ruleSet.placements.map(\.name)
        purposeNames = compiled.purposes
        eventNames = ruleSet.events.map(\.name)
        routeNames = ruleSet.routes.map(\.name)
        segmentNames = ruleSet.segments.map(\.name)
        experimentNames = ruleSet.experiments.map(\.name)
        armNames = ruleSet.experiments.map { $0.arms.map(\.name) }
        view = compiled.view
        (creativeNames, creatives) = DecisionTable.creatives(compiled.view)
        arms = DecisionTable.arms(compiled.view)
        programs = compiled.programs
        generalNames = compiled.generalNames
        patterns = compiled.patterns
        storage = compiled.storage
    }

    private static func creatives(_ view: UnsafePointer<TableView>) -> ([CreativeName], [Creative]) {
        var names: [CreativeName] = []
        var creatives: [Creative] = []
        for (placement, row) in view.pointee.placements.enumerated() {
            for candidate in row.candidates.indices.map({ view.pointee.candidates[$0] }) {
                let campaign = view.pointee.campaigns[candidate.campaign].name.string
                for variant in candidate.variants.indices {
                    names.append(
                        CreativeName(
                            campaign: campaign, placement: row.name.string,
                            variant: view.pointee.variants[variant].name.string))
                    creatives.append(
                        Creative(
                            campaign: candidate.campaign, placement: Row(placement), variant: Row(variant)))
                }
            }
        }
        return (names, creatives)
    }

    private static func arms(_ view: UnsafePointer<TableView>) -> [[ArmIndex]] {
        view.pointee.experiments.enumerated().map { index, experiment in
            experiment.arms.indices.map { ArmIndex(experiment: Row(index), row: Row($0)) }
        }
    }

    /// Whether anything is capped, so that what was shown matters.
    package var hasCaps: Bool { view.pointee.caps.count > 0 }

    /// How many campaigns have a goal: those, in file order, are the goals by index.
    package var goalCount: Int { view.pointee.goals.count }

    /// - Returns: How much of a goal is to be delivered by a time, from an even share of the whole.
    /// - Precondition: The index is below `goalCount`.
    package func due(goal: Int, at time: Timestamp) -> UInt64 { view.pointee.goals[goal].due(at: time.microseconds) }

    /// The rule set's revision: 32 hexadecimal digits.
    package var revision: BorrowedText { view.pointee.revision }

    /// How many placements the rule set has.
    package var placementCount: Int { view.pointee.placements.count }

    /// - Parameter name: Without the entity's prefix.
    /// - Returns: The declared attribute of that name, or nil. Allocates nothing; likewise the look-ups below.
    package func attribute(_ entity: Entity, _ name: UnsafeBufferPointer<UInt8>) -> AttributeIndex? {
        view.pointee.attributeNames[Int(entity.rawValue)][BorrowedText(name)]
            .map { AttributeIndex(rawValue: UInt16($0)) }
    }

    /// - Returns: The placement of that name, or nil.
    package func placement(_ name: UnsafeBufferPointer<UInt8>) -> PlacementIndex? {
        view.pointee.placementNames[BorrowedText(name)].map { PlacementIndex(rawValue: UInt16($0)) }
    }

    /// - Returns: The consent purpose of that name, or nil.
    package func purpose(_ name: UnsafeBufferPointer<UInt8>) -> PurposeIndex? {
        view.pointee.purposeNames[BorrowedText(name)].map { PurposeIndex(rawValue: UInt16($0)) }
    }

    /// What an attribute needs: the purpose that it names, and those that cover its entity.
    package func purposes(of attribute: AttributeIndex) -> PurposeSetIndex {
        PurposeSetIndex(rawValue: view.pointee.slotPurposes[Int(attribute.rawValue)])
    }

    /// What an event needs, likewise.
    package func purposes(of event: EventIndex) -> PurposeSetIndex {
        let slot = view.pointee.events[Int(event.rawValue)].firstSlot
        return PurposeSetIndex(rawValue: view.pointee.slotPurposes[slot.position])
    }

    /// What a visitor as a whole needs: the account that its profile names.
    package var visitorPurposes: PurposeSetIndex { PurposeSetIndex(rawValue: view.pointee.visitorPurposes) }

    /// What every event needs, also one that the rules do not declare.
    package var eventPurposes: PurposeSetIndex { PurposeSetIndex(rawValue: view.pointee.eventPurposes) }

    /// What it needs to keep and read what was shown.
    package var exposurePurposes: PurposeSetIndex { PurposeSetIndex(rawValue: view.pointee.exposurePurposes) }

    /// Whether what was shown, clicked or assigned before can make a difference.
    package var readsExposures: Bool {
        view.pointee.caps.count > 0 || view.pointee.promises.count > 0 || view.pointee.experiments.count > 0
    }

    /// The purposes of a set, each with whether it is granted to those who have said nothing.
    package func members(of set: PurposeSetIndex) -> [(purpose: PurposeIndex, isGrantedByDefault: Bool)] {
        view.pointee.purposeSets[Int(set.rawValue)].indices.map { position in
            let purpose = view.pointee.purposeSetMembers[position]
            return (PurposeIndex(rawValue: purpose), view.pointee.purposeDefaults[Int(purpose)])
        }
    }

    /// - Returns: The event of that name, or nil.
    package func event(_ name: UnsafeBufferPointer<UInt8>) -> EventIndex? {
        view.pointee.eventNames[BorrowedText(name)].map { EventIndex(rawValue: UInt16($0)) }
    }

    /// - Returns: The route of that name, or nil.
    package func route(_ name: UnsafeBufferPointer<UInt8>) -> RouteIndex? {
        view.pointee.routeNames[BorrowedText(name)].map { RouteIndex(rawValue: UInt16($0)) }
    }

    /// - Returns: The declared type, without touching the array of `attributes`.
    package func type(of attribute: AttributeIndex) -> AttributeType {
        guard let type = AttributeType(view.pointee.attributeKinds[Int(attribute.rawValue)]) else {
            preconditionFailure("An attribute has values of one of the types.")
        }
        return type
    }

    /// - Returns: After how many seconds a value counts as unknown; nil is never.
    package func maximumAgeSeconds(_ attribute: AttributeIndex) -> Int64? {
        let seconds = view.pointee.maximumAges[Int(attribute.rawValue)]
        return seconds == .max ? nil : seconds
    }

    /// - Returns: The value in the type of the attribute: unchanged, or the equal number; nil when it has none. What is
    ///   missing, stale or unconsented stays so.
    package func converted(_ value: Scalar, to attribute: AttributeIndex) -> Scalar? {
        let kind = view.pointee.attributeKinds[Int(attribute.rawValue)]
        guard value.isKnown, value.kind != kind else { return value }
        switch (value.kind, kind) {
        case (.int, .double): return Double(exactly: value.int).map { Scalar($0) }
        case (.double, .int): return Int64(exactly: value.double).map { Scalar($0) }
        default: return nil
        }
    }

    /// - Returns: Whether the attribute may have the text as its value, or as a member of its value.
    package func allows(_ text: UnsafeBufferPointer<UInt8>, in attribute: AttributeIndex) -> Bool {
        view.pointee.allowedValues[Int(attribute.rawValue)].allows(BorrowedText(text))
    }

    /// - Returns: A view that lives as long as the table.
    package func placementName(_ placement: PlacementIndex) -> BorrowedText {
        view.pointee.placements[Int(placement.rawValue)].name
    }

    /// - Returns: A view that lives as long as the table.
    package func purposeName(_ purpose: PurposeIndex) -> BorrowedText {
        view.pointee.purposes[Int(purpose.rawValue)]
    }
}

extension BorrowedText {
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.init(start: bytes.baseAddress, count: bytes.count)
    }
}
