internal import Profiles
internal import Model

extension BehaviourRecorder {
    /// Resolves the event's name and counts it, if the visitor agrees.
    mutating func record(
        _ event: Event, _ field: String, _ asked: ConsentGate.Asked
    ) throws(BehaviourError) {
        guard let number = rules.events[event.name] else {
            throw .unknownEvent(field: field, name: event.name, known: Array(rules.events.keys).sorted())
        }
        guard noteAgreed(rules.gate.needs(ofEvent: number), event.visitorID, asked) else { return }
        try record(event, number: number)
    }

    /// Resolves the exposure's names and counts it. What a newer rule set no longer has still counts for nothing else.
    ///
    /// - Parameter asked: What the request says of consent; nil where it has been asked already.
    mutating func record(
        _ exposure: Exposure, _ field: String, _ asked: ConsentGate.Asked?
    ) throws(BehaviourError) {
        var creative: UInt32?
        if !exposure.campaign.isEmpty || !exposure.variant.isEmpty {
            let name = CreativeName(
                campaign: exposure.campaign, placement: exposure.placement, variant: exposure.variant)
            guard let number = rules.creatives[name] ?? book.known(.creative, name.text) else {
                throw .unknownCreative(field: field, name: name.text)
            }
            creative = number
        }
        guard !exposure.experiment.isEmpty else {
            guard isAgreed(exposure, asked) else { return }
            return try record(exposure, creative: creative, arm: nil)
        }
        let arm = "\(exposure.experiment)/\(exposure.arm)"
        guard let experiment = book.known(.experiment, exposure.experiment), let number = book.known(.arm, arm) else {
            throw .unknownArm(field: field, experiment: exposure.experiment, arm: exposure.arm)
        }
        guard isAgreed(exposure, asked) else { return }
        try record(exposure, creative: creative, arm: (experiment, number))
    }

    private mutating func isAgreed(_ exposure: Exposure, _ asked: ConsentGate.Asked?) -> Bool {
        asked.map { noteAgreed(rules.gate.exposures, exposure.visitorID, $0) } ?? true
    }
}
