package import Engine
internal import Access
package import GRPC
internal import Messages
internal import Model

/// The methods of `bespoke.v1.AdminService` about tokens. That only `admin` may call them is the gate's to see to.
package struct TokenService: Sendable {
    let tokens: TokenStore
    let clock: Clock

    /// - Parameter clock: By which tokens are dated.
    package init(tokens: TokenStore, clock: Clock) { (self.tokens, self.clock) = (tokens, clock) }

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        router.answer(Methods.Admin.createToken) { request in
            let (token, secret) = try await tokens.create(
                TokenWish(request.token ?? TokenMessage()), now: clock.seconds())
            return CreateTokenResponse(token: TokenMessage(token), secret: secret.revealed())
        }
        router.answer(Methods.Admin.listTokens) { _ in
            ListTokensResponse(tokens: tokens.book.tokens.map { TokenMessage($0.current) })
        }
        router.answer(Methods.Admin.revokeToken) { request in
            RevokeTokenResponse(revoked: UInt32(try await tokens.revoke(request.name, now: clock.seconds())))
        }
        router.answer(Methods.Admin.rotateToken) { request in
            let (token, secret) = try await tokens.rotate(
                request.name, graceSeconds: request.graceSeconds, now: clock.seconds())
            return CreateTokenResponse(token: TokenMessage(token), secret: secret.revealed())
        }
    }
}
