/// What a creative is called: a variant of a campaign in a placement. With neither campaign nor variant, the placement's default.
package struct CreativeName: Sendable, Hashable {
    package let campaign: String
    package let placement: String
    package let variant: String

    /// - Precondition: No name holds a `/`, which the loader sees to.
    package init(campaign: String, placement: String, variant: String) {
        (self.campaign, self.placement, self.variant) = (campaign, placement, variant)
    }

    /// Reads `CAMPAIGN/PLACEMENT/VARIANT`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        self.init(campaign: String(parts[0]), placement: String(parts[1]), variant: String(parts[2]))
    }

    /// Reads `CAMPAIGN/VARIANT`, as it is called where the placement is known; nil for anything else.
    package init?(_ text: String, in placement: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        self.init(campaign: String(parts[0]), placement: placement, variant: String(parts[1]))
    }

    /// The default of a placement.
    package static func ofDefault(in placement: String) -> CreativeName {
        CreativeName(campaign: "", placement: placement, variant: "")
    }

    /// `CAMPAIGN/PLACEMENT/VARIANT`, under which what was shown is kept.
    package var text: String { "\(campaign)/\(placement)/\(variant)" }

    /// `CAMPAIGN/VARIANT`.
    package var textInPlacement: String { "\(campaign)/\(variant)" }
}
