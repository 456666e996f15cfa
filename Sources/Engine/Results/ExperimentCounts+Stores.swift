internal import Profiles

extension ExperimentCounts {
    /// Counts what these stores hold, with so many tasks.
    package init(behaviour: BehaviourStore, profiles: ProfileStore, lanes: Int) {
        self.init(
            ExperimentRecords(
                visitors: behaviour.visitors, accounts: behaviour.accounts, gate: { behaviour.rules?.gate },
                book: { behaviour.withBook { $0 } },
                attribute: { name, entity, id in
                    profiles.get(entity, id: id)?.values.first { $0.name == name }?.value
                },
                lanes: lanes))
    }
}
