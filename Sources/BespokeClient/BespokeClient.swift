internal import GRPC
internal import Messages
internal import Model

/// Asks a Bespoke daemon which version a visitor should see.
///
///     let client = try BespokeClient(address: "127.0.0.1:7878")
///     let decision = try await client.decide(.init(visitorID: "v1", page: .init(url: url)))
///     let headline = decision["landing_hero"]?.fields["headline"]
///
/// One client is enough for a whole program: it is safe to use from any task, keeps one HTTP/2 connection that all calls share,
/// makes it when it is first needed, and makes it anew after it broke.
public final class BespokeClient: Sendable {
    /// How a client calls.
    public struct Options: Sendable, Hashable {
        /// For a call with all its retries.
        public var deadline: Duration
        /// How often a question (not a write) is asked again when the daemon cannot be reached or is not ready. Between two
        /// attempts passes a random time, at most 20 ms, 40 ms, and so on up to one second.
        public var retriesMax: Int
        /// nil: the connection is not encrypted.
        public var tls: TLS?
        private var secret: Secret?
        /// Shown with each call; nil for none. Over a network only with `tls`. It is not printed with the options.
        public var token: String? {
            get { secret?.revealed() }
            set { secret = newValue.map { Secret($0) } }
        }

        /// Options with the usual values.
        public init(deadline: Duration = .seconds(2), retriesMax: Int = 2, tls: TLS? = nil, token: String? = nil) {
            secret = token.map { Secret($0) }
            self.deadline = deadline
            self.retriesMax = retriesMax
            self.tls = tls
        }
    }

    /// How the daemon proves who it is.
    public struct TLS: Sendable, Hashable {
        /// A PEM file with the authorities to trust; nil: those of the system.
        public var authorityPath: String?
        /// The name that the daemon's certificate must carry; nil: the host of the address.
        public var serverName: String?
        /// A PEM file with the certificate that this side shows, with its chain; nil for none.
        public var certificatePath: String?
        /// A PEM file with its private key.
        public var privateKeyPath: String?

        /// Authorities and name; without both, as for any web site.
        public init(
            authorityPath: String? = nil, serverName: String? = nil, certificatePath: String? = nil,
            privateKeyPath: String? = nil
        ) {
            (self.certificatePath, self.privateKeyPath) = (certificatePath, privateKeyPath)
            self.authorityPath = authorityPath
            self.serverName = serverName
        }
    }

    private let caller: Caller

    /// A client of one daemon. Nothing is sent yet.
    ///
    /// - Parameter address: `HOST:PORT`, `[IPV6]:PORT` or `unix:/path/of/the/socket`.
    /// - Throws: INVALID_ARGUMENT when the address is none, or a file of `options.tls` cannot be read.
    public init(address: String, options: Options = Options()) throws(BespokeError) {
        let target = try Address.parse(address)
        var tls: ClientTLS?
        if let wanted = options.tls {
            do {
                tls = try ClientTLS(
                    authorityPath: wanted.authorityPath, serverName: wanted.serverName,
                    certificatePath: wanted.certificatePath, privateKeyPath: wanted.privateKeyPath)
            } catch {
                throw BespokeError(.invalidArgument, PlainWords.of(error))
            }
        }
        if let token = options.token {
            guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw BespokeError(.invalidArgument, "the token is empty, or has characters that no token has")
            }
        }
        caller = Caller(
            target: target, tls: tls, token: options.token.map { Secret($0) }, deadline: options.deadline,
            retries: Retries(attemptsMax: max(0, options.retriesMax)))
    }

    /// Decides every placement of one page view.
    ///
    /// - Throws: INVALID_ARGUMENT for an attribute that is not declared or has another type; NOT_FOUND for a placement that the
    ///   rule set does not have; UNAVAILABLE when the daemon cannot be reached or has no rule set; DEADLINE_EXCEEDED.
    public func decide(_ request: DecisionRequest) async throws(BespokeError) -> Decision {
        let response: DecideResponseMessage = try await caller.call(
            Methods.Decision.decide, request.message, isIdempotent: true)
        return Decision(response)
    }

    /// Decides for many visitors with one rule set.
    ///
    /// - Parameter requests: At most 1,000.
    /// - Returns: One decision for each request, in their order.
    /// - Throws: As `decide`; the message names the index of the request that is wrong.
    public func batchDecide(_ requests: [DecisionRequest]) async throws(BespokeError) -> [Decision] {
        let response: BatchDecideResponseMessage = try await caller.call(
            Methods.Decision.batchDecide, BatchDecideRequestMessage(requests: requests.map(\.message)),
            isIdempotent: true)
        guard response.responses.count == requests.count else {
            throw BespokeError(
                .internalError, "\(response.responses.count) answers came for \(requests.count) requests")
        }
        return response.responses.map(Decision.init)
    }

    /// Adds to a profile, or makes it. Values named are replaced, the others stay. When it returns, the next decision sees it.
    ///
    /// - Parameters:
    ///   - remove: Attributes to forget.
    ///   - precondition: Makes the write depend on what is stored.
    /// - Returns: The version that the write made.
    /// - Throws: INVALID_ARGUMENT for a bad id or value; ABORTED when the precondition does not hold. A write is not repeated.
    @discardableResult
    public func putProfile(
        _ profile: Profile, remove: [String] = [], precondition: ProfilePrecondition = .none
    ) async throws(BespokeError) -> UInt64 {
        let expected: UInt64? =
            switch precondition {
            case .none: nil
            case .isAbsent: 0
            case .hasVersion(let version): version
            }
        let response: PutProfileResponse = try await caller.call(
            Methods.Profile.putProfile,
            PutProfileRequest(profile: profile.message, remove: remove, expectedVersion: expected), isIdempotent: false)
        return response.version
    }

    /// The stored profile.
    ///
    /// - Returns: nil when there is none.
    public func getProfile(_ kind: Profile.Kind, id: String) async throws(BespokeError) -> Profile? {
        do throws(BespokeError) {
            let message: ProfileMessage = try await caller.call(
                Methods.Profile.getProfile, GetProfileRequest(kind: kind.wire, id: id), isIdempotent: true)
            return Profile(message)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Deletes a profile.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    public func deleteProfile(_ kind: Profile.Kind, id: String) async throws(BespokeError) -> Bool {
        let response: DeleteProfileResponse = try await caller.call(
            Methods.Profile.deleteProfile, DeleteProfileRequest(kind: kind.wire, id: id), isIdempotent: false)
        return response.existed
    }

    /// Tells at sign-in that whoever had one id until now is the person who has another: from the next decision on they are one, whichever
    /// of the two is named. Repeating it changes nothing.
    ///
    /// - Parameters:
    ///   - aliasID: Such as that of a cookie.
    ///   - id: Under which everything is kept, such as that of a customer.
    /// - Returns: The id under which everything is kept: that of the person whose other id `id` is, if it is one.
    /// - Throws: FAILED_PRECONDITION when `aliasID` is somebody else's already, or the person has as many ids as can be;
    ///   INVALID_ARGUMENT for a bad id.
    @discardableResult
    public func alias(_ aliasID: String, of id: String) async throws(BespokeError) -> String {
        let response: MergeProfilesResponse = try await caller.call(
            Methods.Profile.alias, MergeProfilesRequest(aliasID: aliasID, id: id), isIdempotent: true)
        return response.id
    }

    /// Ends the connection; calls under way fail, and nothing can be called afterwards.
    public func close() async {
        await caller.close()
    }
}
