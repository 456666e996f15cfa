package import Model
internal import Profiles

/// Records what page servers report: events, exposures and consent, checked, each once.
package struct Recording: Sendable {
    /// Something reported, with its time where it came with one.
    package struct Given<Item: Sendable>: Sendable {
        package var item: Item
        package var time: Timestamp?

        package init(_ item: Item, at time: Timestamp?) { (self.item, self.time) = (item, time) }
    }

    /// Something that a visitor or account did.
    package typealias Event = BehaviourRecorder.Event

    /// What is reported at once.
    package struct Report: Sendable {
        package var events: [Given<Event>] = []
        package var exposures: [Given<Exposure>] = []
        /// Purposes to which the visitor agrees or not, whatever is stored.
        package var granted: [String] = []
        package var denied: [String] = []

        /// Nothing.
        package init() {}
    }

    /// What became of it.
    package struct Outcome: Sendable {
        package var recorded: UInt64 = 0
        package var duplicates: UInt64 = 0
        /// Not recorded for lack of consent.
        package var notAgreed: UInt64 = 0

        /// Nothing yet.
        package init() {}
    }

    /// A visitor's choices.
    package struct Choices: Sendable {
        package var visitorID: String
        package var granted: [String] = []
        package var denied: [String] = []
        /// Where they were made.
        package var source = ""
        /// Of the text that was shown.
        package var textVersion = ""
        /// Nil for now.
        package var time: Timestamp?

        /// None.
        package init(visitorID: String) { self.visitorID = visitorID }
    }

    let behaviour: BehaviourStore
    let profiles: ProfileStore
    let retentionSeconds: Int64

    /// - Parameter retentionSeconds: What is older is not kept, so it is not taken.
    package init(behaviour: BehaviourStore, profiles: ProfileStore, retentionSeconds: Int64) {
        (self.behaviour, self.profiles, self.retentionSeconds) = (behaviour, profiles, retentionSeconds)
    }

    /// Records all of it or, where anything is wrong, nothing; returns when it is on disk.
    package func record(_ report: Report) async throws(BehaviourError) -> Outcome {
        try RecordChecks.check(itemCount: report.events.count + report.exposures.count)
        let checks = RecordChecks(now: behaviour.clock.now(), retentionSeconds: retentionSeconds)
        var events: [Event] = []
        for (index, event) in report.events.enumerated() {
            events.append(try Self.checked(event, "events[\(index)]", checks))
        }
        var exposures: [Exposure] = []
        for (index, exposure) in report.exposures.enumerated() {
            exposures.append(try Self.checked(exposure, "exposures[\(index)]", checks))
        }
        return try await behaviour.record { recorder throws(BehaviourError) in
            let asked = try recorder.rules.asked(granted: report.granted, denied: report.denied)
            // Exposures first: what comes in one request with them follows from them.
            for (index, exposure) in exposures.enumerated() {
                let told = withAccount(exposure, &recorder, asked)
                try recorder.record(told, "exposures[\(index)]", asked)
            }
            for (index, event) in events.enumerated() {
                let told = withAccount(event, &recorder, asked)
                try recorder.record(told, "events[\(index)]", asked)
            }
            var outcome = Outcome()
            (outcome.recorded, outcome.duplicates) = (recorder.recorded, recorder.duplicates)
            outcome.notAgreed = recorder.notAgreed
            return outcome
        }
    }

    private static func checked(
        _ given: Given<Event>, _ field: String, _ checks: RecordChecks
    ) throws(BehaviourError) -> Event {
        var event = given.item
        try RecordChecks.check(
            eventID: event.id, visitorID: event.visitorID, accountID: event.accountID, decisionID: event.decisionID,
            value: event.value, field)
        event.time = try checks.time(given.time, field)
        return event
    }

    private static func checked(
        _ given: Given<Exposure>, _ field: String, _ checks: RecordChecks
    ) throws(BehaviourError) -> Exposure {
        var exposure = given.item
        try RecordChecks.check(exposure, field)
        exposure.time = try checks.time(given.time, field)
        return exposure
    }

    // MARK: Accounts

    private func withAccount(
        _ event: BehaviourRecorder.Event, _ recorder: inout BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> BehaviourRecorder.Event {
        var event = event
        event.hasOwnAccount = !event.accountID.isEmpty
        event.accountID = accountID(event.accountID, ofVisitor: event.visitorID, &recorder, asked)
        // What somebody did counts for the account of their profile, whatever page it was sent from: so it stands in one place.
        if event.hasOwnAccount, recorder.rules.countsAccounts {
            let named = profileAccount(ofVisitor: event.visitorID, recorder, asked)
            if named != event.accountID { event.countedAccountID = named }
        }
        return event
    }

    private func withAccount(
        _ exposure: Exposure, _ recorder: inout BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> Exposure {
        var exposure = exposure
        exposure.hasOwnAccount = !exposure.accountID.isEmpty
        exposure.accountID = accountID(exposure.accountID, ofVisitor: exposure.visitorID, &recorder, asked)
        return exposure
    }

    /// The account that is told with a record: the one that the call names, else that of the profile. The sink is told of it also
    /// where nothing counts for accounts.
    private func accountID(
        _ given: String, ofVisitor visitorID: String, _ recorder: inout BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> String {
        recorder.profileAccountID = ""
        guard given.isEmpty, recorder.rules.countsAccounts || recorder.isTold else { return given }
        recorder.profileAccountID = profileAccount(ofVisitor: visitorID, recorder, asked)
        return recorder.rules.countsAccounts ? recorder.profileAccountID : given
    }

    /// The account that a visitor's profile names, where it may be read; empty elsewhere.
    private func profileAccount(
        ofVisitor visitorID: String, _ recorder: BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> String {
        guard !visitorID.isEmpty, recorder.isAgreed(recorder.rules.gate.needs(of: .visitor), visitorID, asked) else {
            return ""
        }
        return profiles.get(.visitor, id: visitorID)?.account ?? ""
    }

    // MARK: Consent

    /// Keeps a visitor's choices; returns when they are on disk.
    package func setConsent(_ choices: Choices) async throws(BehaviourError) {
        try RecordChecks.check(
            consentOf: choices.visitorID, source: choices.source, textVersion: choices.textVersion)
        let checks = RecordChecks(now: behaviour.clock.now(), retentionSeconds: Int64(Int32.max))
        let time = try checks.time(choices.time, "consent")
        try await behaviour.record { recorder throws(BehaviourError) in
            let source = recorder.source(choices.source)
            for (names, isGranted) in [(choices.granted, true), (choices.denied, false)] {
                for name in names {
                    guard let purpose = recorder.rules.purposes[name] else {
                        throw .unknownPurpose(name: name, known: Array(recorder.rules.purposes.keys).sorted())
                    }
                    try recorder.setConsent(
                        choices.visitorID, purpose, isGranted: isGranted, source: source,
                        at: choices.time == nil ? nil : time, now: checks.now, textVersion: choices.textVersion)
                }
            }
        }
    }
}
