internal import Decisioning
internal import Model
internal import Profiles

extension Decider {
    /// Gives the workspace what is kept of visitor and account; what the request says itself comes later and wins.
    ///
    /// - Returns: The versions of what was read, mixed.
    func applyBehaviour(_ visitor: BehaviourView?, visitorID: BorrowedText, accountID: BorrowedText) -> UInt64 {
        var versions: UInt64 = 0
        let table = snapshot.table
        let readsShown =
            visitorID.count > 0 && table.readsExposures && workspace.mayRead(table.exposurePurposes)
        if let view = visitor {
            apply(view, of: .visitor, events: true, shown: readsShown)
            versions = UInt64(view.version) &* 0xc2b2_ae3d_27d4_eb4f
        }
        if accountID.count > 0, let view = view(known.accounts, accountID) {
            // What the account's visitors did is the account's; a visitor's own is their own.
            apply(view, of: .account, events: visitorID.count == 0, shown: true)
            versions ^= UInt64(view.version) &* 0x1656_67b1_9e37_79f9
        }
        return versions
    }

    /// Gives the workspace what the goals of campaigns have delivered.
    ///
    /// - Returns: Which of them wait, mixed.
    func applyGoals() -> UInt64 {
        var waiting: UInt64 = 0
        for index in 0..<snapshot.goals.count
        where workspace.setDelivered(snapshot.goals[index].delivered, ofGoal: index) {
            waiting = (waiting ^ UInt64(index + 1)) &* 0xff51_afd7_ed55_8ccd
        }
        return waiting
    }

    /// What is kept of the question's visitor.
    func storedBehaviour(ofVisitor id: BorrowedText) -> BehaviourView? {
        guard id.count > 0 else { return nil }
        return view(known.visitors, id) ?? known.objections.find(id.bytes)
    }

    /// Gives the workspace what the visitor has chosen before; what the request says comes later, and opens nothing that is denied here.
    func applyConsent(stored view: BehaviourView) {
        for index in 0..<view.consentCount {
            let consent = view.consent(index)
            if let purpose = snapshot.behaviour.purpose(consent.purpose) {
                workspace.setConsent(purpose, granted: consent.isGranted)
                if !consent.isGranted, !known.requestsReopen { workspace.hold(purpose) }
            }
        }
    }

    private func view(_ table: RecordTable, _ id: BorrowedText) -> BehaviourView? {
        table.find(id.bytes).flatMap { BehaviourView($0.payload) }
    }

    private func apply(_ view: BehaviourView, of entity: Entity, events: Bool, shown: Bool) {
        let map = snapshot.behaviour
        if entity == .account, map.readsAccountEvents {
            for index in 0..<view.eventCount {
                let event = view.event(index)
                guard let index = map.event(event.name) else { continue }
                workspace.setAccountEvent(index, count: Int64(event.count), last: event.last, weight: event.weight)
            }
        }
        if events {
            for index in 0..<view.eventCount {
                let event = view.event(index)
                guard let index = map.event(event.name) else { continue }
                workspace.setEvent(index, count: Int64(event.count), last: event.last, weight: event.weight)
            }
        }
        guard shown else { return }
        if snapshot.table.hasCaps {
            for index in 0..<view.showCount {
                let show = view.show(index)
                guard let creative = map.creative(show.creative) else { continue }
                workspace.addShow(to: entity, creative, at: show.time)
            }
        }
        if events {
            for index in 0..<view.clickCount {
                let click = view.click(index)
                guard let creative = map.creative(click.creative) else { continue }
                workspace.keepPromise(creative, since: click.time)
            }
        }
        for index in 0..<view.trialCount {
            let trial = view.trial(index)
            if let arm = map.arms[trial.arm] {
                workspace.keepArm(arm, withSlot: trial.isKept)
            } else if trial.isKept, let arm = map.otherArms[trial.arm] {
                workspace.keepArm(arm, withSlot: true)
            }
        }
    }
}
