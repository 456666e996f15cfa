internal import CBespokeProto

/// Which profiles are asked for: `bespoke.v1.ExportProfilesRequest`.
package struct ExportProfilesRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ExportProfilesRequest", bespoke__v1__export_profiles_request__unpack)

    package var kind: ProfileKind

    package init(kind: ProfileKind) {
        self.kind = kind
    }
}

extension ExportProfilesRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ExportProfilesRequest>) throws(WireError) {
        self.init(kind: try ProfileKind(raw.pointee.kind))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ExportProfilesRequest> {
        let raw = try arena.make(bespoke__v1__export_profiles_request__init)
        raw.pointee.kind = kind.raw
        return raw
    }
}

/// Some of the profiles: `bespoke.v1.ExportProfilesResponse`.
package struct ExportProfilesResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ExportProfilesResponse", bespoke__v1__export_profiles_response__unpack)

    package var profiles: [ProfileMessage]

    package init(profiles: [ProfileMessage]) {
        self.profiles = profiles
    }
}

extension ExportProfilesResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ExportProfilesResponse>) throws(WireError) {
        self.init(profiles: try decodedList(raw.pointee.profiles, raw.pointee.n_profiles, "profiles"))
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ExportProfilesResponse> {
        let raw = try arena.make(bespoke__v1__export_profiles_response__init)
        (raw.pointee.n_profiles, raw.pointee.profiles) = (profiles.count, try arena.list(profiles))
        return raw
    }
}
