internal import CBespokeProto
package import Model
internal import Wire

/// One value of a profile: an entry of `bespoke.v1.Profile.features`.
package struct FeatureMessage: Sendable, Hashable {
    package var name: String
    package var value: AttributeValue
    /// When it was learnt; nil in a write for the time of the write.
    package var observedAt: Timestamp?

    package init(name: String, value: AttributeValue, observedAt: Timestamp? = nil) {
        self.name = name
        self.value = value
        self.observedAt = observedAt
    }
}

extension FeatureMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Profile__FeaturesEntry>) throws(WireError) {
        name = try raw.pointee.key.string("key")
        guard let feature = raw.pointee.value, let value = feature.pointee.value else {
            throw .invalid(field: name, problem: "has no value; set one member of bespoke.v1.Value")
        }
        self.value = try decoded(value, name)
        do throws(WireError) {
            observedAt = try decodedTime(feature.pointee.observed_at, "observed_at")
        } catch {
            throw error.within(name)
        }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Profile__FeaturesEntry> {
        let raw = try arena.make(bespoke__v1__profile__features_entry__init)
        let feature = try arena.make(bespoke__v1__feature__init)
        raw.pointee.key = try arena.text(name)
        raw.pointee.value = feature
        feature.pointee.value = try value.raw(in: arena)
        feature.pointee.observed_at = try arena.time(observedAt, "observed_at")
        return raw
    }
}

extension FeatureMessage: JSONWritable {
    package var json: JSON {
        var members: [JSON.Member] = [.init("value", value.json)]
        if let observedAt { members.append(.init("observedAt", .time(observedAt))) }
        return .object(members)
    }
}

extension ProfileKind {
    /// The word that commands and messages use.
    package var name: String {
        switch self {
        case .visitor: "visitor"
        case .account: "account"
        }
    }
}
