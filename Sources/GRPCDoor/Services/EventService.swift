internal import Engine
internal import GRPC
internal import GRPCDoor
internal import Messages
internal import Model
internal import NIOCore
internal import Profiles
internal import Store

/// `bespoke.v1.EventService`: what visitors and accounts did, were shown and agreed to.
struct EventService: Sendable {
    let behaviour: BehaviourStore
    let profiles: ProfileStore
    let retentionSeconds: Int64
    let pool: WorkPool

    func register(in router: inout ServiceRouter) {
        router.answer(Methods.Event.record) { request in try await record(request) }
        router.stream(Methods.Event.recordStream) { stream in
            var total = RecordResponse()
            for try await bytes in stream.messages {
                let answer = try await record(try RecordRequest(bytes))
                total.recorded += answer.recorded
                total.duplicates += answer.duplicates
                total.notAgreed += answer.notAgreed
            }
            try await stream.send(total)
        }
        router.stream(Methods.Event.setConsent) { stream in
            let request: SetConsentRequest = try await stream.onlyMessage()
            try await Self.mapping { () async throws(BehaviourError) in try await setConsent(request) }
            try await stream.send(SetConsentResponse())
        }
        router.answer(Methods.Event.getBehaviour) { request in try get(request) }
        router.stream(Methods.Event.exportEvents, on: pool) { stream in
            let request: ExportEventsRequest = try await stream.onlyMessage()
            try await EventExport(behaviour: behaviour, profiles: profiles).run(request, stream)
        }
    }

    private static func mapping<Result>(
        _ body: () async throws(BehaviourError) -> Result
    ) async throws(Status) -> Result {
        do throws(BehaviourError) { return try await body() } catch { throw Status(error) }
    }

    // MARK: Recording

    private func record(_ request: RecordRequest) async throws -> RecordResponse {
        try await Self.mapping { () async throws(BehaviourError) in
            try RecordChecks.check(itemCount: request.events.count + request.exposures.count)
            let checks = RecordChecks(now: Clock.now(), retentionSeconds: retentionSeconds)
            var events: [BehaviourRecorder.Event] = []
            for (index, event) in request.events.enumerated() {
                events.append(try Self.checked(event, "events[\(index)]", checks))
            }
            var exposures: [BehaviourRecorder.Exposure] = []
            for (index, exposure) in request.exposures.enumerated() {
                exposures.append(try Self.checked(exposure, "exposures[\(index)]", checks))
            }
            return try await behaviour.record { recorder throws(BehaviourError) in
                let asked = try recorder.rules.asked(request.consent)
                // Exposures first: what comes in one request with them follows from them.
                for (index, exposure) in exposures.enumerated() {
                    let told = withAccount(exposure, &recorder, asked)
                    try recorder.record(told, "exposures[\(index)]", asked)
                }
                for (index, event) in events.enumerated() {
                    let told = withAccount(event, &recorder, asked)
                    try recorder.record(told, "events[\(index)]", asked)
                }
                var response = RecordResponse()
                (response.recorded, response.duplicates) = (recorder.recorded, recorder.duplicates)
                response.notAgreed = recorder.notAgreed
                return response
            }
        }
    }

    private static func checked(
        _ event: EventMessage, _ field: String, _ checks: RecordChecks
    ) throws(BehaviourError) -> BehaviourRecorder.Event {
        try RecordChecks.check(
            eventID: event.id, visitorID: event.visitorID, accountID: event.accountID, decisionID: event.decisionID,
            value: event.value, field)
        return BehaviourRecorder.Event(
            id: event.id, visitorID: event.visitorID, accountID: event.accountID, name: event.name,
            time: try checks.time(event.time, field), value: event.value, decisionID: event.decisionID)
    }

    private static func checked(
        _ message: ExposureMessage, _ field: String, _ checks: RecordChecks
    ) throws(BehaviourError) -> Exposure {
        var exposure = Exposure(
            visitorID: message.visitorID, accountID: message.accountID, decisionID: message.decisionID,
            time: checks.now, placement: message.placement, campaign: message.campaign, variant: message.variant,
            experiment: message.experiment, arm: message.arm, propensity: message.propensity,
            revision: message.revision, isClick: message.isClick)
        try RecordChecks.check(exposure, field)
        exposure.time = try checks.time(message.time, field)
        return exposure
    }

    // MARK: Accounts

    private func withAccount(
        _ event: BehaviourRecorder.Event, _ recorder: inout BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> BehaviourRecorder.Event {
        var event = event
        event.hasOwnAccount = !event.accountID.isEmpty
        event.accountID = accountID(event.accountID, ofVisitor: event.visitorID, &recorder, asked)
        return event
    }

    private func withAccount(
        _ exposure: BehaviourRecorder.Exposure, _ recorder: inout BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> BehaviourRecorder.Exposure {
        var exposure = exposure
        exposure.hasOwnAccount = !exposure.accountID.isEmpty
        exposure.accountID = accountID(exposure.accountID, ofVisitor: exposure.visitorID, &recorder, asked)
        return exposure
    }

    /// The account for which something counts: the one that the call names, else that of the profile, where it may be read. The sink
    /// is told of it also where nothing counts for accounts.
    private func accountID(
        _ given: String, ofVisitor visitorID: String, _ recorder: inout BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> String {
        recorder.profileAccountID = ""
        guard given.isEmpty, recorder.rules.countsAccounts || recorder.isTold, !visitorID.isEmpty,
            recorder.isAgreed(recorder.rules.gate.needs(of: .visitor), visitorID, asked)
        else { return given }
        recorder.profileAccountID = profiles.get(.visitor, id: visitorID)?.account ?? ""
        return recorder.rules.countsAccounts ? recorder.profileAccountID : given
    }

    // MARK: Consent

    private func setConsent(_ request: SetConsentRequest) async throws(BehaviourError) {
        try RecordChecks.check(
            consentOf: request.visitorID, source: request.source, textVersion: request.textVersion)
        let checks = RecordChecks(now: Clock.now(), retentionSeconds: Int64(Int32.max))
        let time = try checks.time(request.time, "consent")
        try await behaviour.record { recorder throws(BehaviourError) in
            let source = recorder.source(request.source)
            for (names, isGranted) in [(request.granted, true), (request.denied, false)] {
                for name in names {
                    guard let purpose = recorder.rules.purposes[name] else {
                        throw .unknownPurpose(name: name, known: Array(recorder.rules.purposes.keys).sorted())
                    }
                    try recorder.setConsent(
                        request.visitorID, purpose, isGranted: isGranted, source: source, at: time,
                        textVersion: request.textVersion)
                }
            }
        }
    }

    // MARK: Reading

    private func get(_ request: GetBehaviourRequest) throws(Status) -> BehaviourMessage {
        guard request.visitorID.isEmpty != request.accountID.isEmpty else {
            throw Status(.invalidArgument, "name either visitor_id or account_id")
        }
        let entity: Entity = request.visitorID.isEmpty ? .account : .visitor
        let id = entity == .visitor ? request.visitorID : request.accountID
        let ids = entity == .visitor ? profiles.aliases.ids(id) : [id]
        let found = behaviour.behaviour(entity, id)
        guard found != nil || ids.count > 1 else {
            throw Status(.notFound, "nothing is kept of the \(entity.name) \"\(id)\"")
        }
        var message = message(found ?? Behaviour())
        (message.id, message.otherIDs) = (ids[0], Array(ids.dropFirst()))
        if entity == .visitor { message.consentHistory = try history(of: id) }
        return message
    }

    private func history(of visitorID: String) throws(Status) -> [GivenConsentMessage] {
        let found: [ConsentEntry]
        do throws(StoreError) { found = try behaviour.consents(of: visitorID) } catch { throw Status(error) }
        return found.map { entry in
            var given = given(entry.choice)
            given.textVersion = entry.textVersion
            return given
        }
    }

    private func given(_ choice: Behaviour.Consent) -> GivenConsentMessage {
        var given = GivenConsentMessage()
        (given.purpose, given.granted) = (behaviour.name(choice.purpose), choice.isGranted)
        (given.time, given.source) = (choice.time, behaviour.name(choice.source))
        return given
    }

    private func shown(_ show: Behaviour.Show) -> ShowMessage {
        var shown = ShowMessage()
        if let name = CreativeName(behaviour.name(show.creative)) {
            (shown.campaign, shown.placement, shown.variant) = (name.campaign, name.placement, name.variant)
        }
        shown.time = show.time
        return shown
    }

    private func message(_ behaviour: Behaviour) -> BehaviourMessage {
        var message = BehaviourMessage()
        message.events = behaviour.events.map { event in
            var count = EventCountMessage()
            (count.name, count.count) = (self.behaviour.name(event.name), UInt64(event.count))
            (count.last, count.weight) = (event.last, event.weight)
            return count
        }
        message.shows = behaviour.shows.map(shown)
        message.clicks = behaviour.clicks.map(shown)
        message.trials = behaviour.trials.map { trial in
            var result = TrialMessage()
            result.experiment = self.behaviour.name(trial.experiment)
            result.arm = String(self.behaviour.name(trial.arm).split(separator: "/").last ?? "")
            result.since = trial.since
            result.outcomes = behaviour.outcomes.filter { $0.experiment == trial.experiment }.map { outcome in
                var shown = OutcomeMessage()
                (shown.metric, shown.value) = (self.behaviour.name(outcome.metric), outcome.value)
                (shown.count, shown.countBefore) = (UInt64(outcome.count), UInt64(outcome.countBefore))
                return shown
            }
            return result
        }
        message.consents = behaviour.consents.map(given)
        return message
    }
}

extension BehaviourRecorder {
    /// Resolves the event's name and counts it, if the visitor agrees.
    mutating func record(
        _ event: Event, _ field: String, _ asked: ConsentGate.Asked
    ) throws(BehaviourError) {
        guard let number = rules.events[event.name] else {
            throw .unknownEvent(field: field, name: event.name, known: Array(rules.events.keys).sorted())
        }
        guard noteAgreed(rules.gate.needs(ofEvent: number), event.visitorID, asked) else { return }
        try record(event, number: number)
    }

    /// Resolves the exposure's names and counts it. What a newer rule set no longer has still counts for nothing else.
    ///
    /// - Parameter asked: What the request says of consent; nil where it has been asked already.
    mutating func record(
        _ exposure: Exposure, _ field: String, _ asked: ConsentGate.Asked?
    ) throws(BehaviourError) {
        var creative: UInt32?
        if !exposure.campaign.isEmpty || !exposure.variant.isEmpty {
            let name = CreativeName(
                campaign: exposure.campaign, placement: exposure.placement, variant: exposure.variant)
            guard let number = rules.creatives[name] ?? book.known(.creative, name.text) else {
                throw .unknownCreative(field: field, name: name.text)
            }
            creative = number
        }
        guard !exposure.experiment.isEmpty else {
            guard isAgreed(exposure, asked) else { return }
            return try record(exposure, creative: creative, arm: nil)
        }
        let arm = "\(exposure.experiment)/\(exposure.arm)"
        guard let experiment = book.known(.experiment, exposure.experiment), let number = book.known(.arm, arm) else {
            throw .unknownArm(field: field, experiment: exposure.experiment, arm: exposure.arm)
        }
        guard isAgreed(exposure, asked) else { return }
        try record(exposure, creative: creative, arm: (experiment, number))
    }

    private mutating func isAgreed(_ exposure: Exposure, _ asked: ConsentGate.Asked?) -> Bool {
        asked.map { noteAgreed(rules.gate.exposures, exposure.visitorID, $0) } ?? true
    }
}
