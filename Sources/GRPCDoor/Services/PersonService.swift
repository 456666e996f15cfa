package import Engine
package import GRPC
internal import Messages
internal import Model
internal import Profiles

/// The part of `bespoke.v1.ProfileService` that says which ids are one person's.
package struct PersonService: Sendable {
    let profiles: ProfileStore
    let behaviour: BehaviourStore

    package init(profiles: ProfileStore, behaviour: BehaviourStore) {
        (self.profiles, self.behaviour) = (profiles, behaviour)
    }

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        router.answer(Methods.Profile.alias) { request in
            try await apply(request.aliasID, .alias(of: request.id), target: request.id)
        }
        router.answer(Methods.Profile.mergeProfiles) { request in
            try await apply(request.aliasID, .merge(into: request.id), target: request.id)
        }
        router.answer(Methods.Profile.undoMerge) { request in try await apply(request.id, .undo, target: nil) }
    }

    private func apply(
        _ id: String, _ kind: PersonChange.Kind, target: String?
    ) async throws -> MergeProfilesResponse {
        try Self.check(id, target == nil ? "id" : "alias_id")
        if let target { try Self.check(target, "id") }
        let change = PersonChange(id: id, kind: kind, time: profiles.clock.now())
        let outcome = try await profiles.apply(change, to: behaviour)
        var response = MergeProfilesResponse()
        (response.id, response.otherIDs) = (outcome.id, outcome.others)
        (response.changed, response.undoableUntil) = (outcome.hasChanged, outcome.undoableUntil)
        return response
    }

    private static func check(_ id: String, _ field: String) throws(Status) {
        if let fault = ProfileID.fault(in: id) { throw Status(.invalidArgument, "\(field): \(fault.words)") }
    }
}
