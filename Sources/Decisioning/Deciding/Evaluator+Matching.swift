internal import Conditions
internal import Matching
internal import Model

extension Evaluator {
    /// Whether an index answers for its rows in this decision. Where a preview lets segments hold whatever their conditions say, and
    /// where somebody told that a value is withheld for reasons of their own, they are tested one by one.
    @inline(__always)
    func isIndexed(_ index: MatchIndex) -> Bool {
        index.isBuilt && !state.pointee.isPreview && !state.pointee.hasWithheldInput
    }

    /// The rows of a list that have to be asked, in order. Those passed over are known not to hold, and asking them would read
    /// nothing that is withheld and not known to be.
    ///
    /// - Parameter asksForLack: Whether it matters what rows lack that do not hold.
    func walk(_ index: MatchIndex, asksForLack: Bool) -> MatchWalk {
        let epoch = state.pointee.epoch
        let matching = table.pointee.matching
        for position in index.coders.indices {
            let coder = Int(matching.pointee.coderLists[position])
            guard state.pointee.codeEpochs[coder] != epoch else { continue }
            state.pointee.codeEpochs[coder] = epoch
            let row = matching.pointee.coders + coder
            state.pointee.codes[coder] = row.pointee.code(of: peek(row.pointee.slot))
        }
        var possible: UInt8 = 0
        if asksForLack {
            possible = Verdict.lacksData.bits
            for set in 0..<table.pointee.purposeSets.count where state.pointee.isDenied[set] {
                possible |= Verdict.lacksConsent.bits
            }
        }
        return MatchWalk(
            index, matching, codes: state.pointee.codes, isWithheld: state.pointee.isDenied,
            isUnread: state.pointee.isUnread, possible: possible, heap: state.pointee.cursors)
    }

    /// The value in a slot as `value` gives it, without noting that it is withheld: nobody has asked for it yet.
    private func peek(_ slot: Row<Slot>) -> Scalar {
        if state.pointee.isDenied[Int(table.pointee.slotPurposes[slot.position])] { return .unconsented }
        let value = state.pointee.slots[slot.position]
        return value.kind == .missing && !state.pointee.isURLTaken ? valueFromURL(slot) : value
    }
}
