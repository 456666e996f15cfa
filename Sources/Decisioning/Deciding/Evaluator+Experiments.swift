internal import Conditions
internal import Experimentation
internal import Model

extension Evaluator {
    /// The arms of all experiments in whose scope the unit is. Nobody in the holdout gets one, nor anybody without an id, nor
    /// anybody to whom nothing may be shown.
    ///
    /// - Complexity: O(experiments); hashes once for each layer, then once for each experiment in scope.
    func assignments(isBlocked: Bool) -> UnsafeBufferPointer<AssignmentView> {
        state.pointee.assignmentCount = 0
        state.pointee.furtherCount = 0
        state.pointee.isHeldOut = isHeldOut()
        guard !state.pointee.isHeldOut, !isBlocked else { return UnsafeBufferPointer(start: nil, count: 0) }
        for index in 0..<table.pointee.experiments.count {
            guard isForced(index) || isInSlots(table.pointee.experimentSlots[index]) else { continue }
            let arm = arm(at: index)
            guard !arm.isNone else { continue }
            let row = table.pointee.experiments[index]
            let position = state.pointee.assignmentCount
            var assignment = AssignmentView()
            assignment.experiment = row.name
            assignment.arm = table.pointee.arms[arm].name
            assignment.isForced = isForced(index)
            assignment.propensity = assignment.isForced ? 0 : table.pointee.arms[arm].share
            state.pointee.assignments[position] = assignment
            state.pointee.assignedArms[position] = .init(
                experiment: Row(index), placement: row.placement, arm: arm)
            state.pointee.assignmentCount += 1
        }
        return UnsafeBufferPointer(start: state.pointee.assignments, count: state.pointee.assignmentCount)
    }

    /// Lays the fields of arms over what a placement shows, in file order: of experiments that change the same field only the
    /// first. In a preview those that are forced come before the others.
    func layArms(over decision: inout PlacementDecision, placement: Row<PlacementRow>) {
        if state.pointee.isPreview { layArms(over: &decision, placement, isForced: true) }
        layArms(over: &decision, placement, isForced: false)
    }

    private func layArms(over decision: inout PlacementDecision, _ placement: Row<PlacementRow>, isForced: Bool) {
        for position in 0..<state.pointee.assignmentCount {
            let assigned = state.pointee.assignedArms[position]
            let assignment = state.pointee.assignments[position]
            guard assigned.placement == placement, assignment.isForced == isForced, !hasLaidRival(assigned.experiment)
            else { continue }
            state.pointee.laidEpochs[assigned.experiment.position] = state.pointee.epoch
            note(assignment, in: &decision)
            if isForced { decision.reason = .forced }
            let arm = table.pointee.arms[assigned.arm]
            for index in arm.contents.indices { lay(table.pointee.contents[index], over: &decision) }
        }
    }

    private func hasLaidRival(_ experiment: Row<ExperimentRow>) -> Bool {
        for rival in rows(table.pointee.experiments[experiment].rivals)
        where state.pointee.laidEpochs[rival.position] == state.pointee.epoch { return true }
        return false
    }

    /// The first is named by the placement itself, the others behind it: one after the other, for one placement is finished
    /// before the next begins.
    private func note(_ assignment: AssignmentView, in decision: inout PlacementDecision) {
        guard decision.experiment.count > 0 else {
            decision.experiment = assignment.experiment
            decision.arm = assignment.arm
            return
        }
        let further = state.pointee.further + state.pointee.furtherCount
        further.pointee = assignment
        state.pointee.furtherCount += 1
        let count = decision.furtherExperiments.count
        decision.furtherExperiments = UnsafeBufferPointer(start: further - count, count: count + 1)
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
        state.pointee.isPreview && !state.pointee.forcedArms[experiment].isNone
    }

    private func isInSlots(_ row: SlotRow) -> Bool {
        guard !row.layer.isNone else { return true }
        let slot = slot(layer: row.layer)
        return row.firstSlot <= slot && slot < row.endSlot
    }

    /// - Precondition: The unit is in its slots, or the arm is forced.
    private func arm(at index: Int) -> Row<ArmRow> {
        if isForced(index) { return state.pointee.forcedArms[index] }
        let row = table.pointee.experiments[index]
        let now = state.pointee.now.microseconds
        let unit = row.unit == .account ? state.pointee.accountID : state.pointee.visitorID
        guard unit.count > 0, row.starts <= now, now < row.ends else { return .none }
        guard row.node.isNone || verdict(row.node).isYes else { return .none }
        let kept = state.pointee.keptArms[index]
        if kept >> 32 == UInt64(state.pointee.epoch) { return Row(UInt32(truncatingIfNeeded: kept)) }
        let position = row.contract.position(salt: row.salt, unit: unit, total: row.total)
        for index in row.bounds.indices where position < table.pointee.armBounds[index].upper {
            return table.pointee.armBounds[index].arm
        }
        return .none
    }

    /// The slot of the unit in a layer, beyond all of them for one in the layer's holdout. The layer's own unit counts, so that its experiments exclude each other.
    private func slot(layer index: Row<LayerRow>) -> UInt32 {
        let kept = state.pointee.layerSlots[index.position]
        if kept >> 32 == UInt64(state.pointee.epoch) { return UInt32(truncatingIfNeeded: kept) }
        let layer = table.pointee.layers[index]
        let unit = layer.unit == .account ? state.pointee.accountID : state.pointee.visitorID
        let isOut =
            unit.count == 0
            || layer.holdoutBuckets > 0
                && HashContract.bucket(salt: layer.holdoutSalt, unit: unit) < layer.holdoutBuckets
        let slot = isOut ? .max : HashContract.bucket(salt: layer.name, unit: unit)
        state.pointee.layerSlots[index.position] = UInt64(state.pointee.epoch) << 32 | UInt64(slot)
        return slot
    }
}
