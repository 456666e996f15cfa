import BespokeClient
import Foundation
import GRPC
import Messages
import Model
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite struct BespokeClientTests {
    private static let decide = "/bespoke.v1.DecisionService/Decide"
    private static let put = "/bespoke.v1.ProfileService/PutProfile"
    private static let get = "/bespoke.v1.ProfileService/GetProfile"

    @Test func `A decision comes back as plain values`() async throws {
        let daemon = try await Scripted { _, _, request in
            let asked = try DecideRequestMessage(decoding: request)
            var response = DecideResponseMessage()
            response.segments = [asked.visitorID, asked.page?.url ?? "", asked.consent?.granted.first ?? ""]
            var placement = PlacementDecisionMessage()
            placement.placement = "hero"
            placement.reason = .noVariant
            placement.fields = [TextEntry(name: "headline", text: "\(asked.visitor["age"]?.type.name ?? "")")]
            response.placements = [placement]
            response.mql = .unknown
            return try response.encoded()
        }
        let client = try BespokeClient(address: daemon.address, options: .init(deadline: .seconds(60)))
        let decision = try await client.decide(
            .init(
                visitorID: "v1", visitor: ["age": 33], page: .init(url: "https://example.com"),
                consent: .init(granted: ["ads"])))
        #expect(decision.segments == ["v1", "https://example.com", "ads"])
        #expect(decision["hero"]?.fields["headline"] == "int")
        #expect(decision["hero"]?.reason == .noVariant && decision["hero"]?.campaign == nil)
        #expect(decision["other"] == nil && decision.icp == nil && decision.isQualifiedLead == .unknown)
        await client.close()
        await daemon.stop()
    }

    @Test func `A question is asked again while the daemon is not ready`() async throws {
        let daemon = try await Scripted { _, count, _ in
            guard count > 2 else { throw Status(.unavailable, "no rule set is loaded yet") }
            return try DecideResponseMessage().encoded()
        }
        let client = try BespokeClient(address: daemon.address, options: .init(deadline: .seconds(60), retriesMax: 2))
        _ = try await client.decide(.init())
        #expect(daemon.count(Self.decide) == 3)
        await client.close()
        await daemon.stop()
    }

    @Test func `A write is sent once, whatever comes of it`() async throws {
        let daemon = try await Scripted { _, _, _ in throw Status(.unavailable, "busy") }
        let client = try BespokeClient(address: daemon.address, options: .init(deadline: .seconds(60), retriesMax: 5))
        await #expect {
            try await client.putProfile(Profile(.visitor, id: "v1", features: ["age": .init(33)]))
        } throws: { error in
            (error as? BespokeError)?.code == .unavailable && (error as? BespokeError)?.isUnreachable == false
        }
        #expect(daemon.count(Self.put) == 1)
        await client.close()
        await daemon.stop()
    }

    @Test func `What the daemon refuses is not asked again, and its words come through`() async throws {
        let daemon = try await Scripted { _, _, _ in throw Status(.invalidArgument, "visitor.agé: is no attribute") }
        let client = try BespokeClient(address: daemon.address, options: .init(deadline: .seconds(60)))
        await #expect {
            try await client.decide(.init())
        } throws: { error in
            (error as? BespokeError)?.description == "INVALID_ARGUMENT: visitor.agé: is no attribute"
        }
        #expect(daemon.count(Self.decide) == 1)
        await client.close()
        await daemon.stop()
    }

    @Test func `A profile that is not there is nil`() async throws {
        let daemon = try await Scripted { path, _, request in
            guard path == Self.get, try GetProfileRequest(decoding: request).id == "there" else {
                throw Status(.notFound, "there is none")
            }
            return try ProfileMessage(
                kind: .account, id: "there", features: [FeatureMessage(name: "sites", value: .int(3))], version: 7
            ).encoded()
        }
        let client = try BespokeClient(address: daemon.address, options: .init(deadline: .seconds(60)))
        let profile = try await client.getProfile(.account, id: "there")
        #expect(profile?.version == 7 && profile?.features["sites"]?.value == 3)
        #expect(try await client.getProfile(.account, id: "elsewhere") == nil)
        await client.close()
        await daemon.stop()
    }

    @Test func `A daemon out of reach is named with the system's reason`() async throws {
        let path = Scripted.newPath()
        let client = try BespokeClient(address: "unix:\(path)")
        await #expect {
            try await client.decide(.init())
        } throws: { error in
            guard let error = error as? BespokeError else { return false }
            return error.code == .unavailable && error.isUnreachable && error.message.contains(path)
                && error.message.contains("No such file or directory")
        }
        await client.close()
    }

    @Test func `A date out of range is refused before anything is sent`() async throws {
        let client = try BespokeClient(address: "unix:\(Scripted.newPath())")
        await #expect {
            try await client.decide(.init(now: Date(timeIntervalSince1970: 1e15)))
        } throws: { error in
            (error as? BespokeError)?.code == .invalidArgument
        }
        await client.close()
    }

    @Test func `After closing nothing can be called`() async throws {
        let daemon = try await Scripted { _, _, _ in try DecideResponseMessage().encoded() }
        let client = try BespokeClient(address: daemon.address, options: .init(deadline: .seconds(60)))
        _ = try await client.decide(.init())
        await client.close()
        await #expect(throws: BespokeError.self) { try await client.decide(.init()) }
        await daemon.stop()
    }
}

/// A server whose answers a test gives.
private final class Scripted: Sendable {
    private let path: String
    private let server: GRPCServer
    private let calls: Calls

    /// How often each method was called.
    private final class Calls: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        func next(_ path: String) -> Int {
            counts.withLock { counts in
                counts[path, default: 0] += 1
                return counts[path, default: 0]
            }
        }

        func count(_ path: String) -> Int { counts.withLock { $0[path, default: 0] } }
    }

    /// - Parameter answer: Gets the method's path, which call of it this is (from 1), and the request.
    init(_ answer: @escaping @Sendable (String, Int, UnsafeRawBufferPointer) throws -> [UInt8]) async throws {
        path = Self.newPath()
        let calls = Calls()
        self.calls = calls
        server = GRPCServer(
            group: MultiThreadedEventLoopGroup.singleton, limits: ServerLimits(), tls: nil
        ) { _ in
            var router = ServiceRouter()
            for path in [
                "/bespoke.v1.DecisionService/Decide", "/bespoke.v1.ProfileService/PutProfile",
                "/bespoke.v1.ProfileService/GetProfile",
            ] {
                router.unary(path) { _, request, reply in
                    do {
                        reply.writeBytes(try answer(path, calls.next(path), request))
                        return nil
                    } catch {
                        return error as? Status ?? Status(.internalError, "\(error)")
                    }
                }
            }
            return router
        }
        try await server.bind(unixPath: path, mode: 0o600)
    }

    static func newPath() -> String { "/tmp/bespoke-\(UUID().uuidString).sock" }

    var address: String { "unix:\(path)" }

    func count(_ path: String) -> Int { calls.count(path) }

    func stop() async {
        await server.shutDownGracefully(withinMilliseconds: 1_000)
        unlink(path)
    }
}
