package import Engine
package import GRPC
internal import Messages
internal import NIOCore

/// `grpc.health.v1.Health`: all services become ready together.
///
/// Source: github.com/grpc/grpc/blob/master/doc/health-checking.md
package struct HealthService: Sendable {
    private let readiness: Readiness
    private let services: Set<String>

    /// - Parameter services: Names that may be asked for; the empty name is the daemon as a whole.
    package init(readiness: Readiness, services: Set<String>) {
        (self.readiness, self.services) = (readiness, services)
    }

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        router.stream(Methods.Health.check, isVital: true) { stream in
            let request: HealthCheckRequest = try await stream.onlyMessage()
            guard services.contains(request.service) else {
                throw Status(.notFound, "no service \"\(request.service)\"; there are: \(services.sorted())")
            }
            let isReady = await readiness.isReady
            try await stream.send(HealthCheckResponse(status: isReady ? .serving : .notServing))
        }
        router.stream(Methods.Health.list, isVital: true) { stream in
            let _: HealthListRequest = try await stream.onlyMessage()
            let isReady = await readiness.isReady
            let status = HealthCheckResponse(status: isReady ? .serving : .notServing)
            try await stream.send(
                HealthListResponse(statuses: Dictionary(uniqueKeysWithValues: services.map { ($0, status) })))
        }
        router.stream(Methods.Health.watch, isVital: true) { stream in
            let request: HealthCheckRequest = try await stream.onlyMessage()
            guard services.contains(request.service) else {
                // The protocol wants the call kept open: the service might appear. Here it cannot, so the call ends at once.
                try await stream.send(HealthCheckResponse(status: .serviceUnknown))
                return
            }
            for await isReady in await readiness.changes() {
                try await stream.send(HealthCheckResponse(status: isReady ? .serving : .notServing))
            }
            try Task.checkCancellation()
            throw Status(.unavailable, "the daemon is shutting down")
        }
    }
}
