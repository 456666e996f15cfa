internal import CBespokeProto

/// Which profiles are asked for: `bespoke.v1.ExportProfilesRequest`.
package struct ExportProfilesRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ExportProfilesRequest", bespoke__v1__export_profiles_request__unpack)

    package var kind: ProfileKind
    /// Whether values are wanted whose purposes are not agreed to.
    package var includesNotAgreed: Bool
    /// What everybody agrees to; nil for what is stored.
    package var consent: ConsentMessage?

    package init(kind: ProfileKind, includesNotAgreed: Bool = false) {
        self.kind = kind
        self.includesNotAgreed = includesNotAgreed
    }
}

extension ExportProfilesRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ExportProfilesRequest>) throws(WireError) {
        self.init(kind: try ProfileKind(raw.pointee.kind), includesNotAgreed: raw.pointee.not_agreed != 0)
        if let raw = raw.pointee.consent { consent = try decoded(raw, "consent") }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ExportProfilesRequest> {
        let raw = try arena.make(bespoke__v1__export_profiles_request__init)
        raw.pointee.kind = kind.raw
        raw.pointee.not_agreed = includesNotAgreed ? 1 : 0
        if let consent { raw.pointee.consent = try consent.raw(in: arena) }
        return raw
    }
}

/// Some of the profiles: `bespoke.v1.ExportProfilesResponse`.
package struct ExportProfilesResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ExportProfilesResponse", bespoke__v1__export_profiles_response__unpack)

    package var profiles: [ProfileMessage]
    /// Profiles of which something was left out.
    package var notAgreed: UInt64

    package init(profiles: [ProfileMessage], notAgreed: UInt64 = 0) {
        self.profiles = profiles
        self.notAgreed = notAgreed
    }
}

extension ExportProfilesResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ExportProfilesResponse>) throws(WireError) {
        self.init(
            profiles: try decodedList(raw.pointee.profiles, raw.pointee.n_profiles, "profiles"),
            notAgreed: raw.pointee.not_agreed)
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ExportProfilesResponse> {
        let raw = try arena.make(bespoke__v1__export_profiles_response__init)
        (raw.pointee.n_profiles, raw.pointee.profiles) = (profiles.count, try arena.list(profiles))
        raw.pointee.not_agreed = notAgreed
        return raw
    }
}
