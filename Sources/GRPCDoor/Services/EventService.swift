package import Engine
package import GRPC
internal import Messages
internal import Model
internal import NIOCore
internal import Profiles

/// `bespoke.v1.EventService`: what visitors and accounts did, were shown and agreed to.
package struct EventService: Sendable {
    private static let sentAtOnce = 500

    let recording: Recording
    let behaviour: BehaviourStore
    let profiles: ProfileStore
    let handovers: HandoverLog
    let pool: WorkPool

    /// - Parameters:
    ///   - handovers: Remembers exports.
    ///   - pool: Where exports run.
    package init(
        recording: Recording, behaviour: BehaviourStore, profiles: ProfileStore, handovers: HandoverLog, pool: WorkPool
    ) {
        (self.recording, self.behaviour, self.profiles, self.pool) = (recording, behaviour, profiles, pool)
        self.handovers = handovers
    }

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
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
            try await setConsent(request)
            try await stream.send(SetConsentResponse())
        }
        router.answer(Methods.Event.getBehaviour) { request in try get(request) }
        router.stream(Methods.Event.exportEvents, on: pool) { stream in
            let request: ExportEventsRequest = try await stream.onlyMessage()
            var count: UInt64 = 0
            var failure: (any Error)?
            do { try await export(request, &count, to: stream) } catch { failure = error }
            if failure == nil || count > 0 {
                await handovers.note(
                    request.kind.map { "events: \($0)" } ?? "events", by: stream.callerText, count: count,
                    at: profiles.clock.now())
            }
            if let failure { throw failure }
        }
    }

    // MARK: Recording

    private func record(_ request: RecordRequest) async throws -> RecordResponse {
        var report = Recording.Report()
        report.events = request.events.map { event in
            Recording.Given(
                Recording.Event(
                    id: event.id, visitorID: event.visitorID, accountID: event.accountID, name: event.name,
                    value: event.value, decisionID: event.decisionID),
                at: event.time)
        }
        report.exposures = request.exposures.map { message in
            Recording.Given(
                Exposure(
                    visitorID: message.visitorID, accountID: message.accountID, decisionID: message.decisionID,
                    time: Timestamp(microseconds: 0), placement: message.placement, campaign: message.campaign,
                    variant: message.variant, experiment: message.experiment, arm: message.arm,
                    propensity: message.propensity, revision: message.revision, isClick: message.isClick),
                at: message.time)
        }
        (report.granted, report.denied) = (request.consent?.granted ?? [], request.consent?.denied ?? [])
        let outcome = try await recording.record(report)
        var response = RecordResponse()
        (response.recorded, response.duplicates) = (outcome.recorded, outcome.duplicates)
        response.notAgreed = outcome.notAgreed
        return response
    }

    private func setConsent(_ request: SetConsentRequest) async throws {
        var choices = Recording.Choices(visitorID: request.visitorID)
        (choices.granted, choices.denied) = (request.granted, request.denied)
        (choices.source, choices.textVersion, choices.time) = (request.source, request.textVersion, request.time)
        try await recording.setConsent(choices)
    }

    // MARK: Exporting

    private func export(_ request: ExportEventsRequest, _ count: inout UInt64, to stream: ServerStream) async throws {
        guard request.kind != .decision else {
            throw Status(
                .invalidArgument, "kind: decisions are not kept; a sink gets them (settings sink and sink_decisions)")
        }
        if let since = request.since, let until = request.until, since >= until {
            throw Status(.invalidArgument, "since: is not before until, so nothing lies between them")
        }
        var question = EventExport.Question(request.kind)
        (question.since, question.until) = (request.since, request.until)
        var export = EventExport(question, behaviour, profiles)
        while let part = try export.next() {
            if part.notAgreed > 0 {
                try await stream.send(ExportEventsResponse(records: [], notAgreed: part.notAgreed))
            }
            for index in stride(from: 0, to: part.records.count, by: Self.sentAtOnce) {
                let some = part.records[index..<min(index + Self.sentAtOnce, part.records.count)]
                try await stream.send(ExportEventsResponse(records: Array(some)))
                count += UInt64(some.count)
            }
        }
    }

    // MARK: Reading

    private func get(_ request: GetBehaviourRequest) throws -> BehaviourMessage {
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

    private func history(of visitorID: String) throws(EngineError) -> [GivenConsentMessage] {
        try behaviour.consents(of: visitorID).map { entry in
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
