package import Model
internal import Profiles

extension BehaviourStore {
    /// Whether a visitor agrees to what something needs: by the request, as far as what is stored lets it, else by what is stored,
    /// else by default, which holds for accounts.
    package func isAgreed(
        _ gate: ConsentGate, _ needs: [ConsentGate.Need], asked: ConsentGate.Asked = [:], _ entity: Entity, _ id: String
    ) -> Bool {
        guard !needs.isEmpty else { return true }
        guard entity == .visitor, !id.isEmpty else { return gate.isAgreed(needs, asked: asked, stored: nil) }
        return withVisitor(id) { gate.isAgreed(needs, asked: asked, stored: $0) }
    }
}
