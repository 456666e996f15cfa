internal import Engine
internal import Messages
internal import Model
internal import Profiles

extension BehaviourStore {
    /// Whether a visitor agrees to what something needs: by the request, else by what is stored, else by default, which holds for
    /// accounts.
    func isAgreed(
        _ gate: ConsentGate, _ needs: [ConsentGate.Need], asked: ConsentGate.Asked = [:], _ entity: Entity, _ id: String
    ) -> Bool {
        guard !needs.isEmpty else { return true }
        guard entity == .visitor, !id.isEmpty else { return gate.isAgreed(needs, asked: asked, stored: nil) }
        return withVisitor(id) { gate.isAgreed(needs, asked: asked, stored: $0) }
    }
}

extension BehaviourRules {
    /// What a message says of consent itself.
    func asked(_ consent: ConsentMessage?) throws(BehaviourError) -> ConsentGate.Asked {
        try asked(granted: consent?.granted ?? [], denied: consent?.denied ?? [])
    }
}
