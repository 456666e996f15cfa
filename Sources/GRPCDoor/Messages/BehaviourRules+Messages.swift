internal import Engine
internal import Messages

extension BehaviourRules {
    /// What a message says of consent itself.
    func asked(_ consent: ConsentMessage?) throws(BehaviourError) -> ConsentGate.Asked {
        try asked(granted: consent?.granted ?? [], denied: consent?.denied ?? [])
    }
}
