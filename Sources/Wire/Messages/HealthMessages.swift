internal import CBespokeProto

/// Asks for the state of a service: `grpc.health.v1.HealthCheckRequest`.
package struct HealthCheckRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "grpc.health.v1.HealthCheckRequest", grpc__health__v1__health_check_request__unpack)

    /// Empty for the daemon as a whole.
    package var service: String

    package init(service: String = "") {
        self.service = service
    }

    init(_ raw: UnsafeMutablePointer<Grpc__Health__V1__HealthCheckRequest>) throws(WireError) {
        service = try raw.pointee.service.string("service")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Grpc__Health__V1__HealthCheckRequest> {
        let raw = try arena.make(grpc__health__v1__health_check_request__init)
        raw.pointee.service = try arena.text(service)
        return raw
    }
}

/// The state of a service: `grpc.health.v1.HealthCheckResponse`.
package struct HealthCheckResponse: Sendable, Hashable, WireMessage {
    /// Whether a service can be called. The raw values are those on the wire.
    package enum ServingStatus: UInt32, Sendable, Hashable {
        case unknown = 0
        case serving = 1
        case notServing = 2
        /// Used by Watch only.
        case serviceUnknown = 3
    }

    package static let codec = WireCodec<Self>(
        "grpc.health.v1.HealthCheckResponse", grpc__health__v1__health_check_response__unpack)

    package var status: ServingStatus

    package init(status: ServingStatus) {
        self.status = status
    }
}

extension HealthCheckResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Grpc__Health__V1__HealthCheckResponse>) throws(WireError) {
        status = ServingStatus(rawValue: UInt32(truncatingIfNeeded: raw.pointee.status.rawValue)) ?? .unknown
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Grpc__Health__V1__HealthCheckResponse> {
        let raw = try arena.make(grpc__health__v1__health_check_response__init)
        raw.pointee.status = Grpc__Health__V1__HealthCheckResponse__ServingStatus(
            rawValue: numericCast(status.rawValue))
        return raw
    }
}

/// Asks for the states of all services: `grpc.health.v1.HealthListRequest`.
package struct HealthListRequest: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "grpc.health.v1.HealthListRequest", grpc__health__v1__health_list_request__unpack)

    package init() {}

    init(_ raw: UnsafeMutablePointer<Grpc__Health__V1__HealthListRequest>) throws(WireError) {}

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Grpc__Health__V1__HealthListRequest> {
        try arena.make(grpc__health__v1__health_list_request__init)
    }
}

/// The states of all services: `grpc.health.v1.HealthListResponse`.
package struct HealthListResponse: Sendable, Hashable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "grpc.health.v1.HealthListResponse", grpc__health__v1__health_list_response__unpack)

    /// By the names of the services; the empty name is the daemon as a whole.
    package var statuses: [String: HealthCheckResponse]

    package init(statuses: [String: HealthCheckResponse]) {
        self.statuses = statuses
    }

    init(_ raw: UnsafeMutablePointer<Grpc__Health__V1__HealthListResponse>) throws(WireError) {
        statuses = [:]
        for index in 0..<raw.pointee.n_statuses {
            guard let entry = raw.pointee.statuses[index], let value = entry.pointee.value else { continue }
            let name = try entry.pointee.key.string("statuses[\(index)].key")
            statuses[name] = try decoded(value, "statuses[\(index)].value")
        }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Grpc__Health__V1__HealthListResponse> {
        let raw = try arena.make(grpc__health__v1__health_list_response__init)
        raw.pointee.n_statuses = statuses.count
        raw.pointee.statuses = try arena.makeArray(
            UnsafeMutablePointer<Grpc__Health__V1__HealthListResponse__StatusesEntry>?.self, count: statuses.count)
        // Sorted, so that equal messages have equal bytes.
        for (index, (name, status)) in statuses.sorted(by: { $0.key < $1.key }).enumerated() {
            let entry = try arena.make(grpc__health__v1__health_list_response__statuses_entry__init)
            entry.pointee.key = try arena.text(name)
            entry.pointee.value = try status.raw(in: arena)
            raw.pointee.statuses[index] = entry
        }
        return raw
    }
}
