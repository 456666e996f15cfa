package import Model

/// What was shown to somebody, by names.
package struct Exposure: Sendable {
    package var visitorID = ""
    package var accountID = ""
    package var decisionID = ""
    package var time: Timestamp
    package var placement = ""
    package var campaign = ""
    package var variant = ""
    package var experiment = ""
    package var arm = ""
    package var propensity = 0.0
    package var revision = ""
    /// Whether the click on an ad brought the page view on which its page was shown.
    package var isClick = false
    /// Whether the call named the account, rather than the visitor's profile or a link.
    package var hasOwnAccount = false
    /// Whether its decision's id holds this moment, so that it cannot have been told before.
    var isDecidedNow = false

    /// Something shown at a time.
    package init(
        visitorID: String = "", accountID: String = "", decisionID: String = "", time: Timestamp,
        placement: String = "", campaign: String = "", variant: String = "", experiment: String = "",
        arm: String = "", propensity: Double = 0, revision: String = "", isClick: Bool = false
    ) {
        (self.visitorID, self.accountID, self.decisionID) = (visitorID, accountID, decisionID)
        (self.time, self.placement, self.campaign, self.variant) = (time, placement, campaign, variant)
        (self.experiment, self.arm, self.propensity) = (experiment, arm, propensity)
        (self.revision, self.isClick) = (revision, isClick)
    }
}
