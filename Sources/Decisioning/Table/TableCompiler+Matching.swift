internal import Conditions
internal import Matching
internal import Model
internal import Ruleset

/// Which lists of conditions get an index.
package enum Indexing: Sendable {
    /// Those with so many rows that testing one by one takes longer.
    case bySize
    case all
    /// None: the evaluator tests each, which is what an index is held against.
    case none

    private static let rowCountMin = 48

    func includes(_ rowCount: Int) -> Bool {
        switch self {
        case .bySize: rowCount >= Indexing.rowCountMin
        case .all: rowCount > 0
        case .none: false
        }
    }
}

extension TableCompiler {
    /// The indexes of a table.
    struct Matching {
        let table: MatchTable
        /// By placement.
        let placements: [MatchIndex]
    }

    /// - Precondition: All conditions are compiled.
    func compileMatching(_ person: Person, _ offer: Offer, productSlot: Row<Slot>) -> Matching {
        let now = Row<Slot>(SlotMap.firstBuiltIn(ruleSet) + BuiltIn.now.rawValue)
        var builder = MatchTableBuilder(conditions.nodes, matchNames(person), nowSlot: now)
        // A set of purposes is a bit of a word there.
        let indexing = purposes.sets.count <= UInt64.bitWidth ? indexing : .none
        var reads = ReadPurposes(
            conditions.nodes, slots: conditions.slots.purposeSets, productSlot: productSlot, person,
            vetoes: vetoes)
        let placements = offer.placements.map { placement -> Int? in
            guard indexing.includes(Int(placement.candidates.count)) else { return nil }
            return builder.add(
                placement.candidates.indices.map { row(offer.campaigns[offer.candidates[$0].campaign], &reads) })
        }
        let (table, indexes) = builder.build(in: storage)
        return Matching(table: table, placements: placements.map { $0.map { indexes[$0] } ?? .none })
    }

    private func row(_ campaign: CampaignRow, _ reads: inout ReadPurposes) -> MatchRow {
        let schedule = campaign.schedule.isNone ? nil : schedules[campaign.schedule]
        let zoneSlot = schedule?.zoneSlot ?? Row.none
        return MatchRow(
            node: campaign.node, starts: campaign.starts, ends: campaign.ends,
            // Of a schedule in the visitor's time zone it may be unknown whether it is open.
            asksForMore: schedule?.zone.isNone ?? false,
            purposeSets: (campaign.node.isNone ? 0 : reads.sets(ofNode: campaign.node))
                | (zoneSlot.isNone ? 0 : reads.sets(ofSlot: zoneSlot)))
    }

    private func matchNames(_ person: Person) -> MatchNames {
        let icps = person.icps.map { icp in
            (icp.segment.isNone ? [] : [person.segments[icp.segment].node]) + conditions.nodes.rows(icp.required)
        }
        return MatchNames(segments: person.segments.map(\.node), icps: icps, kinds: slotKinds())
    }

    /// What a known value of each slot is.
    private func slotKinds() -> [Scalar.Kind?] {
        var kinds = [Scalar.Kind?](repeating: .string, count: conditions.slots.count)
        for (slot, attribute) in ruleSet.attributes.enumerated() { kinds[slot] = attribute.type.kind }
        let firstBuiltIn = SlotMap.firstBuiltIn(ruleSet)
        for slot in stride(from: ruleSet.attributes.count, to: firstBuiltIn, by: SlotMap.slotsOfEvent) {
            (kinds[slot], kinds[slot + 1], kinds[slot + 2]) = (.int, .timestamp, .double)
        }
        kinds[firstBuiltIn + BuiltIn.now.rawValue] = .timestamp
        return kinds
    }
}
