internal import Experimentation
internal import Model

extension Evaluator {
    /// The arms of all experiments in whose scope the unit is. Nobody in the holdout gets one, nor anybody without an id.
    ///
    /// - Complexity: O(experiments); hashes once for each layer, then once for each experiment in scope.
    func assignments() -> UnsafeBufferPointer<AssignmentView> {
        state.pointee.assignmentCount = 0
        state.pointee.isHeldOut = isHeldOut()
        guard !state.pointee.isHeldOut else { return UnsafeBufferPointer(start: nil, count: 0) }
        for index in 0..<table.pointee.experiments.count {
            guard isForced(index) || isInSlots(table.pointee.experimentSlots[index]) else { continue }
            let arm = arm(at: index)
            guard arm != noRow else { continue }
            let row = table.pointee.experiments[index]
            let position = state.pointee.assignmentCount
            var assignment = AssignmentView()
            assignment.experiment = row.name
            assignment.arm = table.pointee.arms[Int(arm)].name
            assignment.isForced = isForced(index)
            assignment.propensity = assignment.isForced ? 0 : table.pointee.arms[Int(arm)].share
            state.pointee.assignments[position] = assignment
            state.pointee.assignedArms[position] = .init(placement: row.placement, arm: arm)
            state.pointee.assignmentCount += 1
        }
        return UnsafeBufferPointer(start: state.pointee.assignments, count: state.pointee.assignmentCount)
    }

    /// Lays the fields of an arm over what a placement shows: that of a forced experiment, else of the first in file order that has
    /// one for it.
    func layArm(over decision: inout PlacementDecision, placement: UInt32) {
        guard let position = assignment(changing: placement) else { return }
        decision.experiment = state.pointee.assignments[position].experiment
        decision.arm = state.pointee.assignments[position].arm
        if state.pointee.assignments[position].isForced { decision.reason = .forced }
        let arm = table.pointee.arms[Int(state.pointee.assignedArms[position].arm)]
        for index in arm.contents.indices { lay(table.pointee.contents[index], over: &decision) }
    }

    private func assignment(changing placement: UInt32) -> Int? {
        var first: Int?
        for position in 0..<state.pointee.assignmentCount
        where state.pointee.assignedArms[position].placement == placement {
            if !state.pointee.isPreview || state.pointee.assignments[position].isForced { return position }
            first = first ?? position
        }
        return first
    }

    /// A field that the variant does not have comes behind its fields, which are the last of all contents so far.
    private func lay(_ row: ContentRow, over decision: inout PlacementDecision) {
        let text = row.pieces.count == 0 ? row.text : rendered(row)
        let pair = TextPair(name: row.name, text: text)
        let start =
            decision.fields.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
            ?? state.pointee.contents + state.pointee.contentCount
        for index in 0..<decision.fields.count where sameBytes(start[index].name, row.name) {
            start[index] = pair
            return
        }
        (start + decision.fields.count).initialize(to: pair)
        state.pointee.contentCount += 1
        decision.fields = UnsafeBufferPointer(start: start, count: decision.fields.count + 1)
    }

    private func isHeldOut() -> Bool {
        guard table.pointee.holdoutBuckets > 0, !state.pointee.isPreview, state.pointee.visitorID.count > 0 else {
            return false
        }
        let bucket = HashContract.bucket(salt: table.pointee.holdoutSalt, unit: state.pointee.visitorID)
        return bucket < table.pointee.holdoutBuckets
    }

    private func isForced(_ experiment: Int) -> Bool {
        state.pointee.isPreview && state.pointee.forcedArms[experiment] != noRow
    }

    private func isInSlots(_ row: SlotRow) -> Bool {
        guard row.layer != noRow else { return true }
        let slot = slot(layer: Int(row.layer))
        return row.firstSlot <= slot && slot < row.endSlot
    }

    /// - Precondition: The unit is in its slots, or the arm is forced.
    private func arm(at index: Int) -> UInt32 {
        if isForced(index) { return state.pointee.forcedArms[index] }
        let row = table.pointee.experiments[index]
        let now = state.pointee.now.microseconds
        let unit = row.unit == .account ? state.pointee.accountID : state.pointee.visitorID
        guard unit.count > 0, row.starts <= now, now < row.ends else { return noRow }
        guard row.node == noRow || verdict(row.node).isYes else { return noRow }
        let kept = state.pointee.keptArms[index]
        if kept >> 32 == UInt64(state.pointee.epoch) { return UInt32(truncatingIfNeeded: kept) }
        let position = row.contract.position(salt: row.salt, unit: unit, total: row.total)
        for index in row.bounds.indices where position < table.pointee.armBounds[index].upper {
            return table.pointee.armBounds[index].arm
        }
        return noRow
    }

    /// The slot of the unit in a layer, beyond all of them for one in the layer's holdout. The layer's own unit counts, so that its experiments exclude each other.
    private func slot(layer index: Int) -> UInt32 {
        let kept = state.pointee.layerSlots[index]
        if kept >> 32 == UInt64(state.pointee.epoch) { return UInt32(truncatingIfNeeded: kept) }
        let layer = table.pointee.layers[index]
        let unit = layer.unit == .account ? state.pointee.accountID : state.pointee.visitorID
        let isOut =
            unit.count == 0
            || layer.holdoutBuckets > 0
                && HashContract.bucket(salt: layer.holdoutSalt, unit: unit) < layer.holdoutBuckets
        let slot = isOut ? .max : HashContract.bucket(salt: layer.name, unit: unit)
        state.pointee.layerSlots[index] = UInt64(state.pointee.epoch) << 32 | UInt64(slot)
        return slot
    }
}
