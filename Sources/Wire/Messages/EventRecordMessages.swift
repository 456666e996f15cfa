internal import CBespokeProto
package import Model

/// Which records are asked for: `bespoke.v1.ExportEventsRequest`.
package struct ExportEventsRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ExportEventsRequest", bespoke__v1__export_events_request__unpack)

    package var since: Timestamp?
    package var until: Timestamp?
    /// nil for exposures and events.
    package var kind: EventRecord.Kind?

    package init() {}
}

/// Some of the records: `bespoke.v1.ExportEventsResponse`.
package struct ExportEventsResponse: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.ExportEventsResponse", bespoke__v1__export_events_response__unpack)

    package var records: [EventRecord]
    /// Visitors of whom something was left out.
    package var notAgreed: UInt64

    package init(records: [EventRecord], notAgreed: UInt64 = 0) {
        self.records = records
        self.notAgreed = notAgreed
    }
}

extension EventRecord: WireMessage {
    /// `bespoke.v1.EventRecord`.
    package static let codec = WireCodec<Self>("bespoke.v1.EventRecord", bespoke__v1__event_record__unpack)
}

extension ExportEventsRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ExportEventsRequest>) throws(WireError) {
        self.init()
        since = try decodedTime(raw.pointee.since, "since")
        until = try decodedTime(raw.pointee.until, "until")
        if raw.pointee.kind != BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_UNSPECIFIED {
            kind = try EventRecord.Kind(raw.pointee.kind)
        }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ExportEventsRequest> {
        let raw = try arena.make(bespoke__v1__export_events_request__init)
        raw.pointee.since = try arena.time(since, "since")
        raw.pointee.until = try arena.time(until, "until")
        raw.pointee.kind = kind?.raw ?? BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_UNSPECIFIED
        return raw
    }
}

extension ExportEventsResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__ExportEventsResponse>) throws(WireError) {
        self.init(
            records: try decodedList(raw.pointee.records, raw.pointee.n_records, "records"),
            notAgreed: raw.pointee.not_agreed)
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__ExportEventsResponse> {
        let raw = try arena.make(bespoke__v1__export_events_response__init)
        (raw.pointee.n_records, raw.pointee.records) = (records.count, try arena.list(records))
        raw.pointee.not_agreed = notAgreed
        return raw
    }
}

extension EventRecord.Kind {
    init(_ raw: Bespoke__V1__EventRecordKind) throws(WireError) {
        switch raw {
        case BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_DECISION: self = .decision
        case BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_EXPOSURE: self = .exposure
        case BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_EVENT: self = .event
        case BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_CONSENT: self = .consent
        default: throw .invalid(field: "kind", problem: "is none that this version knows")
        }
    }

    var raw: Bespoke__V1__EventRecordKind {
        switch self {
        case .decision: BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_DECISION
        case .exposure: BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_EXPOSURE
        case .event: BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_EVENT
        case .consent: BESPOKE__V1__EVENT_RECORD_KIND__EVENT_RECORD_KIND_CONSENT
        }
    }
}

extension EventRecord: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__EventRecord>) throws(WireError) {
        let time = try decodedTime(raw.pointee.time, "time")
        self.init(
            try Kind(raw.pointee.kind), id: try raw.pointee.id.string("id"), at: time ?? Timestamp(microseconds: 0))
        visitorID = try raw.pointee.visitor_id.string("visitor_id")
        accountID = try raw.pointee.account_id.string("account_id")
        name = try raw.pointee.name.string("name")
        value = raw.pointee.value
        placement = try raw.pointee.placement.string("placement")
        campaign = try raw.pointee.campaign.string("campaign")
        variant = try raw.pointee.variant.string("variant")
        experiment = try raw.pointee.experiment.string("experiment")
        arm = try raw.pointee.arm.string("arm")
        propensity = raw.pointee.propensity
        isClick = raw.pointee.click != 0
        reason = try raw.pointee.reason.string("reason")
        icp = try raw.pointee.icp.string("icp")
        persona = try raw.pointee.persona.string("persona")
        decisionID = try raw.pointee.decision_id.string("decision_id")
        revision = try raw.pointee.revision.string("revision")
        source = try raw.pointee.source.string("source")
        textVersion = try raw.pointee.text_version.string("text_version")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__EventRecord> {
        let raw = try arena.make(bespoke__v1__event_record__init)
        raw.pointee.kind = kind.raw
        raw.pointee.id = try arena.text(id)
        raw.pointee.time = try arena.time(time, "time")
        raw.pointee.visitor_id = try arena.text(visitorID)
        raw.pointee.account_id = try arena.text(accountID)
        raw.pointee.name = try arena.text(name)
        raw.pointee.value = value
        raw.pointee.placement = try arena.text(placement)
        raw.pointee.campaign = try arena.text(campaign)
        raw.pointee.variant = try arena.text(variant)
        raw.pointee.experiment = try arena.text(experiment)
        raw.pointee.arm = try arena.text(arm)
        raw.pointee.propensity = propensity
        raw.pointee.click = isClick ? 1 : 0
        raw.pointee.reason = try arena.text(reason)
        raw.pointee.icp = try arena.text(icp)
        raw.pointee.persona = try arena.text(persona)
        raw.pointee.decision_id = try arena.text(decisionID)
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.source = try arena.text(source)
        raw.pointee.text_version = try arena.text(textVersion)
        return raw
    }
}
