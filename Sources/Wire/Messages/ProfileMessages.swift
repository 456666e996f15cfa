internal import CBespokeProto
package import Model

/// Whose profile: `bespoke.v1.ProfileKind`.
package enum ProfileKind: Sendable, Hashable, CaseIterable {
    case visitor
    case account

    /// The word that commands and messages use.
    package var name: String {
        switch self {
        case .visitor: "visitor"
        case .account: "account"
        }
    }

    init(_ raw: Bespoke__V1__ProfileKind) throws(WireError) {
        try self.init(number: raw.rawValue)
    }

    /// - Parameter number: As on the wire; an enum of one byte or more there, of 32 bits here.
    init(number: some BinaryInteger) throws(WireError) {
        switch number {
        case 1: self = .visitor
        case 2: self = .account
        default:
            throw .invalid(field: "kind", problem: "must be PROFILE_KIND_VISITOR or PROFILE_KIND_ACCOUNT")
        }
    }

    var raw: Bespoke__V1__ProfileKind {
        switch self {
        case .visitor: BESPOKE__V1__PROFILE_KIND__PROFILE_KIND_VISITOR
        case .account: BESPOKE__V1__PROFILE_KIND__PROFILE_KIND_ACCOUNT
        }
    }
}

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

/// What is known of a visitor or an account: `bespoke.v1.Profile`.
package struct ProfileMessage: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.Profile", bespoke__v1__profile__unpack)

    package var kind: ProfileKind
    package var id: String
    /// For a visitor: the account they belong to; empty for none.
    package var accountID: String
    /// In the order sent; of a name that stands twice the last holds.
    package var features: [FeatureMessage]
    package var version: UInt64

    package init(
        kind: ProfileKind, id: String, accountID: String = "", features: [FeatureMessage] = [], version: UInt64 = 0
    ) {
        self.kind = kind
        self.id = id
        self.accountID = accountID
        self.features = features
        self.version = version
    }
}

extension ProfileMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Profile>) throws(WireError) {
        kind = try ProfileKind(raw.pointee.kind)
        id = try raw.pointee.id.string("id")
        accountID = try raw.pointee.account_id.string("account_id")
        features = try decodedList(raw.pointee.features, raw.pointee.n_features, "features")
        version = raw.pointee.version
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Profile> {
        let raw = try arena.make(bespoke__v1__profile__init)
        raw.pointee.kind = kind.raw
        raw.pointee.id = try arena.text(id)
        raw.pointee.account_id = try arena.text(accountID)
        raw.pointee.n_features = features.count
        raw.pointee.features = try arena.list(features)
        raw.pointee.version = version
        return raw
    }
}

/// Adds to a profile, or makes it.
package struct PutProfileRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.PutProfileRequest", bespoke__v1__put_profile_request__unpack)

    package var profile: ProfileMessage
    /// Attributes to forget.
    package var remove: [String]
    /// Write only if this version is stored; 0: only if there is no such profile; nil: in any case.
    package var expectedVersion: UInt64?

    package init(profile: ProfileMessage, remove: [String] = [], expectedVersion: UInt64? = nil) {
        self.profile = profile
        self.remove = remove
        self.expectedVersion = expectedVersion
    }
}

extension PutProfileRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__PutProfileRequest>) throws(WireError) {
        profile = try required(raw.pointee.profile, "profile")
        remove = try decodedTexts(raw.pointee.remove, raw.pointee.n_remove, "remove")
        let isSet = raw.pointee.precondition_case == BESPOKE__V1__PUT_PROFILE_REQUEST__PRECONDITION_EXPECTED_VERSION
        expectedVersion = isSet ? raw.pointee.expected_version : nil
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PutProfileRequest> {
        let raw = try arena.make(bespoke__v1__put_profile_request__init)
        raw.pointee.profile = try profile.raw(in: arena)
        raw.pointee.n_remove = remove.count
        raw.pointee.remove = try arena.texts(remove)
        if let expectedVersion {
            raw.pointee.precondition_case = BESPOKE__V1__PUT_PROFILE_REQUEST__PRECONDITION_EXPECTED_VERSION
            raw.pointee.expected_version = expectedVersion
        }
        return raw
    }
}

/// The version that a write made.
package struct PutProfileResponse: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.PutProfileResponse", bespoke__v1__put_profile_response__unpack)

    package var version: UInt64

    package init(version: UInt64) {
        self.version = version
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__PutProfileResponse>) throws(WireError) {
        version = raw.pointee.version
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PutProfileResponse> {
        let raw = try arena.make(bespoke__v1__put_profile_response__init)
        raw.pointee.version = version
        return raw
    }
}

/// Asks for one profile; the answer is a `ProfileMessage`.
package struct GetProfileRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.GetProfileRequest", bespoke__v1__get_profile_request__unpack)

    package var kind: ProfileKind
    package var id: String

    package init(kind: ProfileKind, id: String) {
        self.kind = kind
        self.id = id
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetProfileRequest>) throws(WireError) {
        kind = try ProfileKind(raw.pointee.kind)
        id = try raw.pointee.id.string("id")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetProfileRequest> {
        let raw = try arena.make(bespoke__v1__get_profile_request__init)
        raw.pointee.kind = kind.raw
        raw.pointee.id = try arena.text(id)
        return raw
    }
}

/// Deletes one profile.
package struct DeleteProfileRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.DeleteProfileRequest", bespoke__v1__delete_profile_request__unpack)

    package var kind: ProfileKind
    package var id: String

    package init(kind: ProfileKind, id: String) {
        self.kind = kind
        self.id = id
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__DeleteProfileRequest>) throws(WireError) {
        kind = try ProfileKind(raw.pointee.kind)
        id = try raw.pointee.id.string("id")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__DeleteProfileRequest> {
        let raw = try arena.make(bespoke__v1__delete_profile_request__init)
        raw.pointee.kind = kind.raw
        raw.pointee.id = try arena.text(id)
        return raw
    }
}

/// Whether there was a profile to delete.
package struct DeleteProfileResponse: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.DeleteProfileResponse", bespoke__v1__delete_profile_response__unpack)

    package var existed: Bool

    package init(existed: Bool) {
        self.existed = existed
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__DeleteProfileResponse>) throws(WireError) {
        existed = raw.pointee.existed != 0
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__DeleteProfileResponse> {
        let raw = try arena.make(bespoke__v1__delete_profile_response__init)
        raw.pointee.existed = existed ? 1 : 0
        return raw
    }
}
