internal import Access
internal import GRPC
internal import GRPCDoor
internal import Messages
internal import Model

/// The methods of `bespoke.v1.AdminService` about tokens. That only `admin` may call them is the gate's to see to.
struct TokenService: Sendable {
    let tokens: TokenStore

    func register(in router: inout ServiceRouter) {
        router.answer(Methods.Admin.createToken) { request in
            let (token, secret) = try await tokens.create(request.token ?? TokenMessage(), now: Clock.seconds())
            return CreateTokenResponse(token: token, secret: secret.revealed())
        }
        router.answer(Methods.Admin.listTokens) { _ in
            ListTokensResponse(tokens: tokens.book.tokens.map { TokenMessage($0.current) })
        }
        router.answer(Methods.Admin.revokeToken) { request in
            RevokeTokenResponse(revoked: UInt32(try await tokens.revoke(request.name, now: Clock.seconds())))
        }
        router.answer(Methods.Admin.rotateToken) { request in
            let (token, secret) = try await tokens.rotate(
                request.name, graceSeconds: request.graceSeconds, now: Clock.seconds())
            return CreateTokenResponse(token: token, secret: secret.revealed())
        }
    }
}
