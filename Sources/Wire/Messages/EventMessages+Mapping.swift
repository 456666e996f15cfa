internal import CBespokeProto
internal import Model

extension RecordRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__RecordRequest>) throws(WireError) {
        self.init()
        events = try decodedList(raw.pointee.events, raw.pointee.n_events, "events")
        exposures = try decodedList(raw.pointee.exposures, raw.pointee.n_exposures, "exposures")
        if let raw = raw.pointee.consent { consent = try decoded(raw, "consent") }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__RecordRequest> {
        let raw = try arena.make(bespoke__v1__record_request__init)
        (raw.pointee.n_events, raw.pointee.events) = (events.count, try arena.list(events))
        (raw.pointee.n_exposures, raw.pointee.exposures) = (exposures.count, try arena.list(exposures))
        if let consent { raw.pointee.consent = try consent.raw(in: arena) }
        return raw
    }
}

extension RecordResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__RecordResponse>) throws(WireError) {
        self.init()
        recorded = raw.pointee.recorded
        duplicates = raw.pointee.duplicates
        notAgreed = raw.pointee.not_agreed
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__RecordResponse> {
        let raw = try arena.make(bespoke__v1__record_response__init)
        raw.pointee.recorded = recorded
        raw.pointee.duplicates = duplicates
        raw.pointee.not_agreed = notAgreed
        return raw
    }
}

extension EventMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Event>) throws(WireError) {
        self.init()
        id = try raw.pointee.id.string("id")
        visitorID = try raw.pointee.visitor_id.string("visitor_id")
        accountID = try raw.pointee.account_id.string("account_id")
        name = try raw.pointee.name.string("name")
        time = try decodedTime(raw.pointee.time, "time")
        value = raw.pointee.value
        decisionID = try raw.pointee.decision_id.string("decision_id")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Event> {
        let raw = try arena.make(bespoke__v1__event__init)
        raw.pointee.id = try arena.text(id)
        raw.pointee.visitor_id = try arena.text(visitorID)
        raw.pointee.account_id = try arena.text(accountID)
        raw.pointee.name = try arena.text(name)
        raw.pointee.time = try arena.time(time, "time")
        raw.pointee.value = value
        raw.pointee.decision_id = try arena.text(decisionID)
        return raw
    }
}

extension ExposureMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Exposure>) throws(WireError) {
        self.init()
        visitorID = try raw.pointee.visitor_id.string("visitor_id")
        accountID = try raw.pointee.account_id.string("account_id")
        decisionID = try raw.pointee.decision_id.string("decision_id")
        time = try decodedTime(raw.pointee.time, "time")
        placement = try raw.pointee.placement.string("placement")
        campaign = try raw.pointee.campaign.string("campaign")
        variant = try raw.pointee.variant.string("variant")
        experiment = try raw.pointee.experiment.string("experiment")
        arm = try raw.pointee.arm.string("arm")
        propensity = raw.pointee.propensity
        revision = try raw.pointee.revision.string("revision")
        isClick = raw.pointee.click != 0
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Exposure> {
        let raw = try arena.make(bespoke__v1__exposure__init)
        raw.pointee.visitor_id = try arena.text(visitorID)
        raw.pointee.account_id = try arena.text(accountID)
        raw.pointee.decision_id = try arena.text(decisionID)
        raw.pointee.time = try arena.time(time, "time")
        raw.pointee.placement = try arena.text(placement)
        raw.pointee.campaign = try arena.text(campaign)
        raw.pointee.variant = try arena.text(variant)
        raw.pointee.experiment = try arena.text(experiment)
        raw.pointee.arm = try arena.text(arm)
        raw.pointee.propensity = propensity
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.click = isClick ? 1 : 0
        return raw
    }
}

extension SetConsentRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__SetConsentRequest>) throws(WireError) {
        self.init()
        visitorID = try raw.pointee.visitor_id.string("visitor_id")
        granted = try decodedTexts(raw.pointee.granted, raw.pointee.n_granted, "granted")
        denied = try decodedTexts(raw.pointee.denied, raw.pointee.n_denied, "denied")
        source = try raw.pointee.source.string("source")
        time = try decodedTime(raw.pointee.time, "time")
        textVersion = try raw.pointee.text_version.string("text_version")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__SetConsentRequest> {
        let raw = try arena.make(bespoke__v1__set_consent_request__init)
        raw.pointee.visitor_id = try arena.text(visitorID)
        (raw.pointee.n_granted, raw.pointee.granted) = (granted.count, try arena.texts(granted))
        (raw.pointee.n_denied, raw.pointee.denied) = (denied.count, try arena.texts(denied))
        raw.pointee.source = try arena.text(source)
        raw.pointee.time = try arena.time(time, "time")
        raw.pointee.text_version = try arena.text(textVersion)
        return raw
    }
}

extension SetConsentResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__SetConsentResponse>) throws(WireError) {
        self.init()
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__SetConsentResponse> {
        let raw = try arena.make(bespoke__v1__set_consent_response__init)
        return raw
    }
}

extension GetBehaviourRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GetBehaviourRequest>) throws(WireError) {
        self.init()
        visitorID = try raw.pointee.visitor_id.string("visitor_id")
        accountID = try raw.pointee.account_id.string("account_id")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GetBehaviourRequest> {
        let raw = try arena.make(bespoke__v1__get_behaviour_request__init)
        raw.pointee.visitor_id = try arena.text(visitorID)
        raw.pointee.account_id = try arena.text(accountID)
        return raw
    }
}

extension BehaviourMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Behaviour>) throws(WireError) {
        self.init()
        events = try decodedList(raw.pointee.events, raw.pointee.n_events, "events")
        shows = try decodedList(raw.pointee.shows, raw.pointee.n_shows, "shows")
        trials = try decodedList(raw.pointee.trials, raw.pointee.n_trials, "trials")
        consents = try decodedList(raw.pointee.consents, raw.pointee.n_consents, "consents")
        clicks = try decodedList(raw.pointee.clicks, raw.pointee.n_clicks, "clicks")
        id = try raw.pointee.id.string("id")
        otherIDs = try decodedTexts(raw.pointee.other_ids, raw.pointee.n_other_ids, "other_ids")
        consentHistory = try decodedList(
            raw.pointee.consent_history, raw.pointee.n_consent_history, "consent_history")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Behaviour> {
        let raw = try arena.make(bespoke__v1__behaviour__init)
        (raw.pointee.n_events, raw.pointee.events) = (events.count, try arena.list(events))
        (raw.pointee.n_shows, raw.pointee.shows) = (shows.count, try arena.list(shows))
        (raw.pointee.n_trials, raw.pointee.trials) = (trials.count, try arena.list(trials))
        (raw.pointee.n_consents, raw.pointee.consents) = (consents.count, try arena.list(consents))
        (raw.pointee.n_clicks, raw.pointee.clicks) = (clicks.count, try arena.list(clicks))
        raw.pointee.id = try arena.text(id)
        (raw.pointee.n_other_ids, raw.pointee.other_ids) = (otherIDs.count, try arena.texts(otherIDs))
        (raw.pointee.n_consent_history, raw.pointee.consent_history) = (
            consentHistory.count, try arena.list(consentHistory)
        )
        return raw
    }
}

extension EventCountMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__EventCount>) throws(WireError) {
        self.init()
        name = try raw.pointee.name.string("name")
        count = raw.pointee.count
        last = try decodedTime(raw.pointee.last, "last")
        weight = raw.pointee.weight
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__EventCount> {
        let raw = try arena.make(bespoke__v1__event_count__init)
        raw.pointee.name = try arena.text(name)
        raw.pointee.count = count
        raw.pointee.last = try arena.time(last, "last")
        raw.pointee.weight = weight
        return raw
    }
}

extension ShowMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Show>) throws(WireError) {
        self.init()
        campaign = try raw.pointee.campaign.string("campaign")
        placement = try raw.pointee.placement.string("placement")
        variant = try raw.pointee.variant.string("variant")
        time = try decodedTime(raw.pointee.time, "time")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Show> {
        let raw = try arena.make(bespoke__v1__show__init)
        raw.pointee.campaign = try arena.text(campaign)
        raw.pointee.placement = try arena.text(placement)
        raw.pointee.variant = try arena.text(variant)
        raw.pointee.time = try arena.time(time, "time")
        return raw
    }
}

extension TrialMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Trial>) throws(WireError) {
        self.init()
        experiment = try raw.pointee.experiment.string("experiment")
        arm = try raw.pointee.arm.string("arm")
        since = try decodedTime(raw.pointee.since, "since")
        outcomes = try decodedList(raw.pointee.outcomes, raw.pointee.n_outcomes, "outcomes")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Trial> {
        let raw = try arena.make(bespoke__v1__trial__init)
        raw.pointee.experiment = try arena.text(experiment)
        raw.pointee.arm = try arena.text(arm)
        raw.pointee.since = try arena.time(since, "since")
        (raw.pointee.n_outcomes, raw.pointee.outcomes) = (outcomes.count, try arena.list(outcomes))
        return raw
    }
}

extension OutcomeMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Outcome>) throws(WireError) {
        self.init()
        metric = try raw.pointee.metric.string("metric")
        count = raw.pointee.count
        value = raw.pointee.value
        countBefore = raw.pointee.count_before
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Outcome> {
        let raw = try arena.make(bespoke__v1__outcome__init)
        raw.pointee.metric = try arena.text(metric)
        raw.pointee.count = count
        raw.pointee.value = value
        raw.pointee.count_before = countBefore
        return raw
    }
}

extension GivenConsentMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__GivenConsent>) throws(WireError) {
        self.init()
        purpose = try raw.pointee.purpose.string("purpose")
        granted = raw.pointee.granted != 0
        time = try decodedTime(raw.pointee.time, "time")
        source = try raw.pointee.source.string("source")
        textVersion = try raw.pointee.text_version.string("text_version")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__GivenConsent> {
        let raw = try arena.make(bespoke__v1__given_consent__init)
        raw.pointee.purpose = try arena.text(purpose)
        raw.pointee.granted = granted ? 1 : 0
        raw.pointee.time = try arena.time(time, "time")
        raw.pointee.source = try arena.text(source)
        raw.pointee.text_version = try arena.text(textVersion)
        return raw
    }
}
