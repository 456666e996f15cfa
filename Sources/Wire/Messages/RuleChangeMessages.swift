internal import CBespokeProto
package import Model

/// An experiment or an arm that ends with a push: `bespoke.v1.Ending`.
package struct EndingMessage: Sendable, Hashable, MappedMessage {
    package var experiment: String
    /// Empty for the whole experiment.
    package var arm: String
    /// Units that were exposed to it.
    package var units: UInt64

    package init(experiment: String, arm: String, units: UInt64) {
        (self.experiment, self.arm, self.units) = (experiment, arm, units)
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Ending>) throws(WireError) {
        experiment = try raw.pointee.experiment.string("experiment")
        arm = try raw.pointee.arm.string("arm")
        units = raw.pointee.units
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Ending> {
        let raw = try arena.make(bespoke__v1__ending__init)
        raw.pointee.experiment = try arena.text(experiment)
        raw.pointee.arm = try arena.text(arm)
        raw.pointee.units = units
        return raw
    }
}

/// An attribute with stored values that is not declared any more: `bespoke.v1.Orphan`.
package struct OrphanMessage: Sendable, Hashable, MappedMessage {
    /// Such as `visitor.age`.
    package var attribute: String
    /// Profiles with a value of it.
    package var profiles: UInt64
    /// A new attribute that may be the same; empty for none.
    package var renamed: String

    package init(attribute: String, profiles: UInt64, renamed: String) {
        (self.attribute, self.profiles, self.renamed) = (attribute, profiles, renamed)
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Orphan>) throws(WireError) {
        attribute = try raw.pointee.attribute.string("attribute")
        profiles = raw.pointee.profiles
        renamed = try raw.pointee.renamed.string("renamed")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Orphan> {
        let raw = try arena.make(bespoke__v1__orphan__init)
        raw.pointee.attribute = try arena.text(attribute)
        raw.pointee.profiles = profiles
        raw.pointee.renamed = try arena.text(renamed)
        return raw
    }
}

/// An experiment as it was when it ended: `bespoke.v1.EndedExperiment`.
package struct EndedExperimentMessage: Sendable, Hashable, MappedMessage {
    package var name: String
    package var title = ""
    /// `visitor`, `account` or `request`.
    package var unit = ""
    package var metrics: [String] = []
    package var arms: [EndedArmMessage] = []
    package var endedAt: Timestamp?
    /// The last revision that had it.
    package var revision = ""
    /// Who had which arm, as in `allocations.txt`; empty with another hash contract.
    package var allocation = ""
    /// Whether its shares followed the outcomes.
    package var steered = false

    package init(name: String) { self.name = name }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__EndedExperiment>) throws(WireError) {
        name = try raw.pointee.name.string("name")
        steered = raw.pointee.steered != 0
        title = try raw.pointee.title.string("title")
        unit = try raw.pointee.unit.string("unit")
        metrics = try decodedTexts(raw.pointee.metrics, raw.pointee.n_metrics, "metrics")
        arms = try decodedList(raw.pointee.arms, raw.pointee.n_arms, "arms")
        endedAt = try decodedTime(raw.pointee.ended_at, "ended_at")
        revision = try raw.pointee.revision.string("revision")
        allocation = try raw.pointee.allocation.string("allocation")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__EndedExperiment> {
        let raw = try arena.make(bespoke__v1__ended_experiment__init)
        raw.pointee.steered = steered ? 1 : 0
        raw.pointee.name = try arena.text(name)
        raw.pointee.title = try arena.text(title)
        raw.pointee.unit = try arena.text(unit)
        (raw.pointee.n_metrics, raw.pointee.metrics) = (metrics.count, try arena.texts(metrics))
        (raw.pointee.n_arms, raw.pointee.arms) = (arms.count, try arena.list(arms))
        raw.pointee.ended_at = try arena.time(endedAt, "ended_at")
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.allocation = try arena.text(allocation)
        return raw
    }
}

/// An arm of an experiment that has ended: `bespoke.v1.EndedArm`.
package struct EndedArmMessage: Sendable, Hashable, MappedMessage {
    package var name: String
    package var weight: Double

    package init(name: String, weight: Double) {
        (self.name, self.weight) = (name, weight)
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__EndedArm>) throws(WireError) {
        name = try raw.pointee.name.string("name")
        weight = raw.pointee.weight
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__EndedArm> {
        let raw = try arena.make(bespoke__v1__ended_arm__init)
        raw.pointee.name = try arena.text(name)
        raw.pointee.weight = weight
        return raw
    }
}
