internal import Conditions
internal import Model

/// Which sets of purposes the values need that deciding a condition may read, one bit each, whatever else it asks on the way. More
/// than it reads is allowed, less is not. The empty set withholds nothing and has no bit.
struct ReadPurposes {
    private let nodes: [Node]
    private let children: [UInt32]
    private let slots: [UInt16]
    private let person: TableCompiler.Person
    private let vetoes: [UInt32]
    /// Of `request.product`, or `noRow`.
    private let productSlot: UInt32
    /// What may be read by what is not looked into.
    private let all: UInt64
    private var known: [UInt64?]
    private var knownICPs: [UInt64?]

    /// - Parameters:
    ///   - slots: The set of purposes of each slot, at most 64 of them.
    ///   - vetoes: ICPs that every positive one asks for.
    init(
        _ table: NodeTable, slots: [UInt16], productSlot: UInt32, _ person: TableCompiler.Person, vetoes: [UInt32]
    ) {
        (nodes, children, self.productSlot) = (table.nodes, table.children, productSlot)
        all = slots.reduce(0) { $0 | ReadPurposes.bit($1) }
        (self.slots, self.person, self.vetoes) = (slots, person, vetoes)
        known = Array(repeating: nil, count: table.nodes.count)
        knownICPs = Array(repeating: nil, count: person.icps.count)
    }

    private static func bit(_ set: UInt16) -> UInt64 { set == 0 ? 0 : 1 << UInt64(set) }

    func sets(ofSlot slot: UInt32) -> UInt64 { ReadPurposes.bit(slots[Int(slot)]) }

    mutating func sets(ofNode index: UInt32) -> UInt64 {
        if let known = known[Int(index)] { return known }
        // Should a condition lead back to itself it may read anything.
        known[Int(index)] = all
        let sets = sets(of: nodes[Int(index)])
        known[Int(index)] = sets
        return sets
    }

    private mutating func sets(of node: Node) -> UInt64 {
        switch node.operation {
        case .verdict, .constant: 0
        case .all, .any: union(children[Int(node.a)..<Int(node.a + node.b)])
        case .not, .isTrue, .truth, .negate, .size, .toDouble, .isOneOf, .matches: sets(ofNode: node.a)
        case .choose, .chooseScalar, .between: union([node.a, node.b, node.c])
        case .has, .slot, .textEquals, .textIsOneOf, .compareInt, .compareDouble: sets(ofSlot: node.a)
        case .compare, .isMember, .hasPrefix, .hasSuffix, .contains, .add, .subtract, .multiply, .divide, .remainder:
            union([node.a, node.b])
        case .inList: sets(ofNode: node.b)
        case .segment: sets(ofNode: person.segments[Int(node.a)].node)
        case .icp, .fit: sets(ofICP: node.a)
        case .engagement: engagement
        case .grade: engagement | allICPs()
        case .persona: union(person.personas.map(\.node)) | allICPs()
        case .role: union(person.roles.map(\.node))
        case .stage: union(person.stages.map(\.node))
        case .general: all
        }
    }

    private mutating func union(_ nodes: some Sequence<UInt32>) -> UInt64 {
        nodes.reduce(0) { $0 | sets(ofNode: $1) }
    }

    private var engagement: UInt64 { person.events.reduce(0) { $0 | sets(ofSlot: $1.firstSlot + 2) } }

    private mutating func allICPs() -> UInt64 {
        (0..<UInt32(person.icps.count)).reduce(0) { $0 | sets(ofICP: $1) }
    }

    private mutating func sets(ofICP index: UInt32) -> UInt64 {
        if let known = knownICPs[Int(index)] { return known }
        knownICPs[Int(index)] = all
        let row = person.icps[Int(index)]
        var sets = row.segment == noRow ? 0 : sets(ofNode: person.segments[Int(row.segment)].node)
        for run in [row.required, row.excluded] { sets |= union(children[run.indices]) }
        for criterion in row.criteria.indices { sets |= self.sets(ofNode: person.criteria[criterion].node) }
        if row.product != noRow, productSlot != noRow { sets |= self.sets(ofSlot: productSlot) }
        if !row.isNegative { for veto in vetoes { sets |= self.sets(ofICP: veto) } }
        knownICPs[Int(index)] = sets
        return sets
    }
}
