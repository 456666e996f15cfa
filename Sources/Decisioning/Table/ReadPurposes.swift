internal import Conditions
internal import Model

/// Which sets of purposes the values need that deciding a condition may read, one bit each, whatever else it asks on the way. More
/// than it reads is allowed, less is not. The empty set withholds nothing and has no bit.
struct ReadPurposes {
    private let nodes: NodeTable
    private let slots: [UInt16]
    private let person: TableCompiler.Person
    private let vetoes: [Row<ICPRow>]
    /// Of `request.product`, if declared.
    private let productSlot: Row<Slot>
    /// What may be read by what is not looked into.
    private let all: UInt64
    private var known: [UInt64?]
    private var knownICPs: [UInt64?]

    /// - Parameters:
    ///   - slots: The set of purposes of each slot, at most 64 of them.
    ///   - vetoes: ICPs that every positive one asks for.
    init(
        _ table: NodeTable, slots: [UInt16], productSlot: Row<Slot>, _ person: TableCompiler.Person,
        vetoes: [Row<ICPRow>]
    ) {
        (nodes, self.productSlot) = (table, productSlot)
        all = slots.reduce(0) { $0 | ReadPurposes.bit($1) }
        (self.slots, self.person, self.vetoes) = (slots, person, vetoes)
        known = Array(repeating: nil, count: table.nodes.count)
        knownICPs = Array(repeating: nil, count: person.icps.count)
    }

    private static func bit(_ set: UInt16) -> UInt64 { set == 0 ? 0 : 1 << UInt64(set) }

    func sets(ofSlot slot: Row<Slot>) -> UInt64 { ReadPurposes.bit(slots[slot.position]) }

    mutating func sets(ofNode row: Row<Node>) -> UInt64 {
        if let known = known[row.position] { return known }
        // Should a condition lead back to itself it may read anything.
        known[row.position] = all
        let sets = sets(of: nodes[row])
        known[row.position] = sets
        return sets
    }

    private mutating func sets(of node: Node) -> UInt64 {
        switch node.operation {
        case .verdict, .constant: 0
        case .all, .any: union(nodes.rows(Run(first: node.a, count: node.b)))
        case .not, .isTrue, .truth, .negate, .size, .toDouble, .isOneOf, .matches: sets(ofNode: Row(node.a))
        case .choose, .chooseScalar, .between: union([Row(node.a), Row(node.b), Row(node.c)])
        case .has, .slot, .textEquals, .textIsOneOf, .compareInt, .compareDouble: sets(ofSlot: Row(node.a))
        case .compare, .isMember, .hasPrefix, .hasSuffix, .contains, .add, .subtract, .multiply, .divide, .remainder:
            union([Row(node.a), Row(node.b)])
        case .inList: sets(ofNode: Row(node.b))
        case .segment: sets(ofNode: person.segments[Row(node.a)].node)
        case .icp, .fit: sets(ofICP: Row(node.a))
        case .engagement: engagement
        case .grade: engagement | allICPs()
        case .persona: union(person.personas.map(\.node)) | allICPs()
        case .role: union(person.roles.map(\.node))
        case .stage: union(person.stages.map(\.node))
        case .general: all
        }
    }

    private mutating func union(_ nodes: [Row<Node>]) -> UInt64 {
        nodes.reduce(0) { $0 | sets(ofNode: $1) }
    }

    private var engagement: UInt64 { person.events.reduce(0) { $0 | sets(ofSlot: $1.scoreSlot) } }

    private mutating func allICPs() -> UInt64 {
        person.icps.indices.reduce(0) { $0 | sets(ofICP: Row($1)) }
    }

    private mutating func sets(ofICP icp: Row<ICPRow>) -> UInt64 {
        if let known = knownICPs[icp.position] { return known }
        knownICPs[icp.position] = all
        let row = person.icps[icp]
        var sets = row.segment.isNone ? 0 : sets(ofNode: person.segments[row.segment].node)
        for run in [row.required, row.excluded] { sets |= union(nodes.rows(run)) }
        for criterion in row.criteria.indices { sets |= self.sets(ofNode: person.criteria[criterion].node) }
        if !row.product.isNone, !productSlot.isNone { sets |= self.sets(ofSlot: productSlot) }
        if !row.isNegative { for veto in vetoes { sets |= self.sets(ofICP: veto) } }
        knownICPs[icp.position] = sets
        return sets
    }
}
