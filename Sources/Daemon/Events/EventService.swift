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

    private static let path = "/bespoke.v1.EventService/"
    private static let itemsMax = 1_000
    private static let sourceBytesMax = 64
    private static let valueMax = 1e15

    func register(in router: inout ServiceRouter) {
        router.stream(Self.path + "Record") { stream in
            let request: RecordRequest = try await stream.onlyMessage()
            try await stream.send(record(request))
        }
        router.stream(Self.path + "RecordStream") { stream in
            var total = RecordResponse()
            for try await bytes in stream.messages {
                let answer = try await record(try RecordRequest(bytes))
                total.recorded += answer.recorded
                total.duplicates += answer.duplicates
                total.notAgreed += answer.notAgreed
            }
            try await stream.send(total)
        }
        router.stream(Self.path + "SetConsent") { stream in
            let request: SetConsentRequest = try await stream.onlyMessage()
            try await Self.mapping { () async throws(BehaviourError) in try await setConsent(request) }
            try await stream.send(SetConsentResponse())
        }
        router.stream(Self.path + "GetBehaviour") { stream in
            let request: GetBehaviourRequest = try await stream.onlyMessage()
            try await stream.send(get(request))
        }
        router.stream(Self.path + "ExportEvents", on: pool) { stream in
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
            let count = request.events.count + request.exposures.count
            guard count <= Self.itemsMax else { throw .tooMany(count: count) }
            let times = Times(now: Clock.now(), retentionSeconds: retentionSeconds)
            var events: [BehaviourRecorder.Event] = []
            for (index, event) in request.events.enumerated() {
                events.append(try checked(event, "events[\(index)]", times))
            }
            var exposures: [BehaviourRecorder.Exposure] = []
            for (index, exposure) in request.exposures.enumerated() {
                exposures.append(try checked(exposure, "exposures[\(index)]", times))
            }
            return try await behaviour.record { recorder throws(BehaviourError) in
                let asked = try recorder.rules.asked(request.consent)
                // Exposures first: what comes in one request with them follows from them.
                for (index, exposure) in exposures.enumerated() {
                    try recorder.record(withAccount(exposure, recorder, asked), "exposures[\(index)]", asked)
                }
                for (index, event) in events.enumerated() {
                    try recorder.record(withAccount(event, recorder, asked), "events[\(index)]", asked)
                }
                var response = RecordResponse()
                (response.recorded, response.duplicates) = (recorder.recorded, recorder.duplicates)
                response.notAgreed = recorder.notAgreed
                return response
            }
        }
    }

    /// The times at which something may have happened.
    private struct Times {
        let now: Timestamp
        let earliest: Int64
        let latest: Int64

        /// Clocks of page servers may be ahead by that much.
        private static let aheadMicroseconds: Int64 = 300_000_000

        init(now: Timestamp, retentionSeconds: Int64) {
            self.now = now
            earliest = now.microseconds - retentionSeconds * 1_000_000
            latest = now.microseconds + Self.aheadMicroseconds
        }

        func checked(_ time: Timestamp?, _ field: String) throws(BehaviourError) -> Timestamp {
            guard let time else { return now }
            guard time.microseconds <= latest else {
                throw .invalid(field: field + ".time", problem: "lies in the future; look at the caller's clock")
            }
            guard time.microseconds >= earliest else {
                throw .invalid(field: field + ".time", problem: "is before what is retained (event_retention_days)")
            }
            return time
        }
    }

    private func checked(
        _ event: EventMessage, _ field: String, _ times: Times
    ) throws(BehaviourError) -> BehaviourRecorder.Event {
        try Self.check(id: event.id, field + ".id", isRequired: true)
        try Self.check(visitorID: event.visitorID, accountID: event.accountID, field)
        try Self.check(id: event.decisionID, field + ".decision_id", isRequired: false)
        guard event.value.magnitude <= Self.valueMax else {
            throw .invalid(field: field + ".value", problem: "is not a number of at most 10^15 in magnitude")
        }
        return BehaviourRecorder.Event(
            id: event.id, visitorID: event.visitorID, accountID: event.accountID, name: event.name,
            time: try times.checked(event.time, field), value: event.value, decisionID: event.decisionID)
    }

    private func checked(
        _ exposure: ExposureMessage, _ field: String, _ times: Times
    ) throws(BehaviourError) -> BehaviourRecorder.Exposure {
        try Self.check(visitorID: exposure.visitorID, accountID: exposure.accountID, field)
        try Self.check(id: exposure.decisionID, field + ".decision_id", isRequired: true)
        guard !exposure.decisionID.hasPrefix("\(Answer.previewPrefix)") else {
            throw .invalid(field: field + ".decision_id", problem: "is that of a preview, which is never an exposure")
        }
        try Self.check(id: exposure.revision, field + ".revision", isRequired: false)
        guard !exposure.placement.isEmpty || !exposure.experiment.isEmpty else {
            throw .invalid(field: field, problem: "names neither a placement nor an experiment; say what was shown")
        }
        guard (0...1).contains(exposure.propensity) else {
            throw .invalid(field: field + ".propensity", problem: "is not between 0 and 1")
        }
        return BehaviourRecorder.Exposure(
            visitorID: exposure.visitorID, accountID: exposure.accountID, decisionID: exposure.decisionID,
            time: try times.checked(exposure.time, field), placement: exposure.placement,
            campaign: exposure.campaign, variant: exposure.variant, experiment: exposure.experiment,
            arm: exposure.arm, propensity: exposure.propensity, revision: exposure.revision,
            isClick: exposure.isClick)
    }

    private static func check(visitorID: String, accountID: String, _ field: String) throws(BehaviourError) {
        guard !visitorID.isEmpty || !accountID.isEmpty else {
            throw .invalid(field: field, problem: "names neither visitor_id nor account_id; name one of them")
        }
        try check(id: visitorID, field + ".visitor_id", isRequired: false)
        try check(id: accountID, field + ".account_id", isRequired: false)
    }

    private static func check(id: String, _ field: String, isRequired: Bool) throws(BehaviourError) {
        let count = id.utf8.count
        guard count > 0 || !isRequired else { throw .invalid(field: field, problem: "is empty") }
        guard count <= ProfileLimits.idBytesMax else {
            throw .invalid(field: field, problem: "is \(count) bytes long; the limit is \(ProfileLimits.idBytesMax)")
        }
        guard !id.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .invalid(field: field, problem: "holds a control character")
        }
    }

    // MARK: Accounts

    private func withAccount(
        _ event: BehaviourRecorder.Event, _ recorder: BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> BehaviourRecorder.Event {
        var event = event
        event.accountID = accountID(event.accountID, ofVisitor: event.visitorID, recorder, asked)
        return event
    }

    private func withAccount(
        _ exposure: BehaviourRecorder.Exposure, _ recorder: BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> BehaviourRecorder.Exposure {
        var exposure = exposure
        exposure.accountID = accountID(exposure.accountID, ofVisitor: exposure.visitorID, recorder, asked)
        return exposure
    }

    private func accountID(
        _ given: String, ofVisitor visitorID: String, _ recorder: BehaviourRecorder, _ asked: ConsentGate.Asked
    ) -> String {
        guard given.isEmpty, recorder.rules.countsAccounts, !visitorID.isEmpty,
            recorder.isAgreed(recorder.rules.gate.needs(of: .visitor), visitorID, asked)
        else { return given }
        return profiles.get(.visitor, id: visitorID)?.account ?? ""
    }

    // MARK: Consent

    private func setConsent(_ request: SetConsentRequest) async throws(BehaviourError) {
        try Self.check(id: request.visitorID, "visitor_id", isRequired: true)
        guard request.source.utf8.count <= Self.sourceBytesMax else {
            throw .invalid(field: "source", problem: "is longer than \(Self.sourceBytesMax) bytes")
        }
        guard request.textVersion.utf8.count <= Self.sourceBytesMax else {
            throw .invalid(field: "text_version", problem: "is longer than \(Self.sourceBytesMax) bytes")
        }
        let times = Times(now: Clock.now(), retentionSeconds: Int64(Int32.max))
        let time = try times.checked(request.time, "consent")
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
        let parts = behaviour.name(show.creative).split(separator: "/").map(String.init)
        if parts.count == 3 { (shown.campaign, shown.placement, shown.variant) = (parts[0], parts[1], parts[2]) }
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
            let name = "\(exposure.campaign)/\(exposure.placement)/\(exposure.variant)"
            guard let number = rules.creatives[name] ?? book.known(.creative, name) else {
                throw .unknownCreative(field: field, name: name)
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
