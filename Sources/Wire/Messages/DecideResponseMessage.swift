internal import CBespokeProto
package import Model

/// A decision as a client reads it: `bespoke.v1.DecideResponse`. The server's side is `DecideResponseEncoder`.
package struct DecideResponseMessage: Sendable, WireMessage {
    package static let codec = WireCodec<Self>("bespoke.v1.DecideResponse", bespoke__v1__decide_response__unpack)

    package var decisionID = ""
    package var revision = ""
    package var decidedAt: Timestamp?
    package var segments: [String] = []
    package var icp: IcpMatchMessage?
    package var engagement = 0.0
    package var engagementLevel = ""
    package var grade = ""
    /// nil when the rule set does not say.
    package var mql: Truth?
    package var persona: PersonaMessage?
    package var role = ""
    package var stage = ""
    package var placements: [PlacementDecisionMessage] = []
    package var unreadPurposes: [String] = []
    package var assignments: [AssignmentMessage] = []
    /// Routes, each with the one who gets the lead; empty for nobody.
    package var routes: [TextEntry] = []
    /// Whether something was forced.
    package var isPreview = false
    /// Exposures that were not recorded for lack of consent.
    package var exposuresNotAgreed: UInt32 = 0

    package init() {}
}

/// The arm that a visitor or account has in one experiment: `bespoke.v1.Assignment`.
package struct AssignmentMessage: Sendable, Hashable {
    package var experiment: String
    package var arm: String
    /// The share of the experiment's units that get this arm.
    package var propensity: Double
    /// Whether a preview forced it.
    package var isForced: Bool

    package init(experiment: String, arm: String, propensity: Double, isForced: Bool = false) {
        self.experiment = experiment
        self.arm = arm
        self.propensity = propensity
        self.isForced = isForced
    }
}

/// Two texts that belong together: an entry of a `map<string, string>`.
package struct TextEntry: Sendable, Hashable {
    package var name: String
    package var text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

/// The profile that matches: `bespoke.v1.IcpMatch`.
package struct IcpMatchMessage: Sendable {
    package var name = ""
    package var title = ""
    package var tier = ""
    package var fit = 0.0
    package var negative = false
    package var subscores: Subscores?

    package init() {}
}

/// How to speak to the visitor: `bespoke.v1.Persona`.
package struct PersonaMessage: Sendable, Hashable {
    package var name = ""
    package var title = ""
    package var goals: [String] = []
    package var motives: [String] = []
    package var pains: [String] = []
    package var fears: [String] = []
    /// Objection and the argument that answers it.
    package var objections: [TextEntry] = []
    package var outcome = ""
    package var formats: [String] = []

    package init() {}
}

/// What one placement shows, and why: `bespoke.v1.PlacementDecision`.
package struct PlacementDecisionMessage: Sendable, Hashable {
    package var placement = ""
    package var campaign = ""
    package var variant = ""
    /// In the order of the reply.
    package var fields: [TextEntry] = []
    package var promise = ""
    package var page = ""
    package var landingURL = ""
    package var experiment = ""
    package var arm = ""
    /// nil for a reason of a newer version.
    package var reason: DecisionReason?
    package var because = ""
    package var lackedData = false
    package var lackedConsent = false
    /// Those that laid their arms over it behind `experiment`.
    package var furtherExperiments: [AssignmentMessage] = []

    package init() {}
}

/// The answers to a batch: `bespoke.v1.BatchDecideResponse`.
package struct BatchDecideResponseMessage: Sendable, WireMessage, MappedMessage {
    package static let codec = WireCodec<Self>(
        "bespoke.v1.BatchDecideResponse", bespoke__v1__batch_decide_response__unpack)

    package var responses: [DecideResponseMessage]

    package init(responses: [DecideResponseMessage]) {
        self.responses = responses
    }

    init(_ raw: UnsafeMutablePointer<Bespoke__V1__BatchDecideResponse>) throws(WireError) {
        responses = try decodedList(raw.pointee.responses, raw.pointee.n_responses, "responses")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__BatchDecideResponse> {
        let raw = try arena.make(bespoke__v1__batch_decide_response__init)
        raw.pointee.n_responses = responses.count
        raw.pointee.responses = try arena.list(responses)
        return raw
    }
}

extension DecideResponseMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__DecideResponse>) throws(WireError) {
        decisionID = try raw.pointee.decision_id.string("decision_id")
        revision = try raw.pointee.revision.string("revision")
        decidedAt = try decodedTime(raw.pointee.decided_at, "decided_at")
        segments = try decodedTexts(raw.pointee.segments, raw.pointee.n_segments, "segments")
        if let raw = raw.pointee.icp { icp = try decoded(raw, "icp") }
        engagement = raw.pointee.engagement
        engagementLevel = try raw.pointee.engagement_level.string("engagement_level")
        grade = try raw.pointee.grade.string("grade")
        switch raw.pointee.mql {
        case BESPOKE__V1__TRISTATE__TRISTATE_FALSE: mql = .no
        case BESPOKE__V1__TRISTATE__TRISTATE_TRUE: mql = .yes
        case BESPOKE__V1__TRISTATE__TRISTATE_UNKNOWN: mql = .unknown
        default: mql = nil
        }
        if let raw = raw.pointee.persona { persona = try decoded(raw, "persona") }
        role = try raw.pointee.role.string("role")
        stage = try raw.pointee.stage.string("stage")
        placements = try decodedList(raw.pointee.placements, raw.pointee.n_placements, "placements")
        unreadPurposes = try decodedTexts(
            raw.pointee.unread_purposes, raw.pointee.n_unread_purposes, "unread_purposes")
        assignments = try decodedList(raw.pointee.assignments, raw.pointee.n_assignments, "assignments")
        isPreview = raw.pointee.preview != 0
        exposuresNotAgreed = raw.pointee.exposures_not_agreed
        for index in 0..<raw.pointee.n_routes {
            guard let entry = raw.pointee.routes[index]?.pointee else { continue }
            routes.append(
                TextEntry(name: try entry.key.string("routes: a name"), text: try entry.value.string("routes: a value"))
            )
        }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__DecideResponse> {
        let raw = try arena.make(bespoke__v1__decide_response__init)
        raw.pointee.decision_id = try arena.text(decisionID)
        raw.pointee.revision = try arena.text(revision)
        raw.pointee.decided_at = try arena.time(decidedAt, "decided_at")
        raw.pointee.n_segments = segments.count
        raw.pointee.segments = try arena.texts(segments)
        if let icp { raw.pointee.icp = try icp.raw(in: arena) }
        raw.pointee.engagement = engagement
        raw.pointee.engagement_level = try arena.text(engagementLevel)
        raw.pointee.grade = try arena.text(grade)
        switch mql {
        case .no: raw.pointee.mql = BESPOKE__V1__TRISTATE__TRISTATE_FALSE
        case .yes: raw.pointee.mql = BESPOKE__V1__TRISTATE__TRISTATE_TRUE
        case .unknown: raw.pointee.mql = BESPOKE__V1__TRISTATE__TRISTATE_UNKNOWN
        case nil: raw.pointee.mql = BESPOKE__V1__TRISTATE__TRISTATE_UNSPECIFIED
        }
        if let persona { raw.pointee.persona = try persona.raw(in: arena) }
        raw.pointee.role = try arena.text(role)
        raw.pointee.stage = try arena.text(stage)
        raw.pointee.n_placements = placements.count
        raw.pointee.placements = try arena.list(placements)
        raw.pointee.n_routes = routes.count
        raw.pointee.routes = try arena.makeArray(
            UnsafeMutablePointer<Bespoke__V1__DecideResponse__RoutesEntry>?.self, count: routes.count)
        for index in routes.indices {
            let entry = try arena.make(bespoke__v1__decide_response__routes_entry__init)
            entry.pointee.key = try arena.text(routes[index].name)
            entry.pointee.value = try arena.text(routes[index].text)
            raw.pointee.routes[index] = entry
        }
        raw.pointee.n_assignments = assignments.count
        raw.pointee.assignments = try arena.list(assignments)
        raw.pointee.preview = isPreview ? 1 : 0
        raw.pointee.exposures_not_agreed = exposuresNotAgreed
        raw.pointee.n_unread_purposes = unreadPurposes.count
        raw.pointee.unread_purposes = try arena.texts(unreadPurposes)
        return raw
    }
}

extension IcpMatchMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__IcpMatch>) throws(WireError) {
        name = try raw.pointee.name.string("name")
        title = try raw.pointee.title.string("title")
        tier = try raw.pointee.tier.string("tier")
        fit = raw.pointee.fit
        negative = raw.pointee.negative != 0
        if let raw = raw.pointee.subscores { subscores = Subscores(raw.pointee) }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__IcpMatch> {
        let raw = try arena.make(bespoke__v1__icp_match__init)
        raw.pointee.name = try arena.text(name)
        raw.pointee.title = try arena.text(title)
        raw.pointee.tier = try arena.text(tier)
        raw.pointee.fit = fit
        raw.pointee.negative = negative ? 1 : 0
        if let subscores { raw.pointee.subscores = try subscores.raw(in: arena) }
        return raw
    }
}

extension Subscores {
    init(_ raw: Bespoke__V1__Subscores) {
        self.init()
        ready = raw.ready
        willing = raw.willing
        able = raw.able
        success = raw.success
        acquisition = raw.acquisition
        ascension = raw.ascension
        advocacy = raw.advocacy
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Subscores> {
        let raw = try arena.make(bespoke__v1__subscores__init)
        raw.pointee.ready = ready
        raw.pointee.willing = willing
        raw.pointee.able = able
        raw.pointee.success = success
        raw.pointee.acquisition = acquisition
        raw.pointee.ascension = ascension
        raw.pointee.advocacy = advocacy
        return raw
    }
}

extension PersonaMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Persona>) throws(WireError) {
        name = try raw.pointee.name.string("name")
        title = try raw.pointee.title.string("title")
        goals = try decodedTexts(raw.pointee.goals, raw.pointee.n_goals, "goals")
        motives = try decodedTexts(raw.pointee.motives, raw.pointee.n_motives, "motives")
        pains = try decodedTexts(raw.pointee.pains, raw.pointee.n_pains, "pains")
        fears = try decodedTexts(raw.pointee.fears, raw.pointee.n_fears, "fears")
        for index in 0..<raw.pointee.n_objections {
            guard let entry = raw.pointee.objections[index]?.pointee else { continue }
            objections.append(
                TextEntry(
                    name: try entry.key.string("objections[\(index)]"),
                    text: try entry.value.string("objections[\(index)]")))
        }
        outcome = try raw.pointee.outcome.string("outcome")
        formats = try decodedTexts(raw.pointee.formats, raw.pointee.n_formats, "formats")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Persona> {
        let raw = try arena.make(bespoke__v1__persona__init)
        raw.pointee.name = try arena.text(name)
        raw.pointee.title = try arena.text(title)
        (raw.pointee.n_goals, raw.pointee.goals) = (goals.count, try arena.texts(goals))
        (raw.pointee.n_motives, raw.pointee.motives) = (motives.count, try arena.texts(motives))
        (raw.pointee.n_pains, raw.pointee.pains) = (pains.count, try arena.texts(pains))
        (raw.pointee.n_fears, raw.pointee.fears) = (fears.count, try arena.texts(fears))
        raw.pointee.n_objections = objections.count
        raw.pointee.objections = try arena.makeArray(
            UnsafeMutablePointer<Bespoke__V1__Persona__ObjectionsEntry>?.self, count: objections.count)
        for index in objections.indices {
            let entry = try arena.make(bespoke__v1__persona__objections_entry__init)
            entry.pointee.key = try arena.text(objections[index].name)
            entry.pointee.value = try arena.text(objections[index].text)
            raw.pointee.objections[index] = entry
        }
        raw.pointee.outcome = try arena.text(outcome)
        (raw.pointee.n_formats, raw.pointee.formats) = (formats.count, try arena.texts(formats))
        return raw
    }
}

extension PlacementDecisionMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__PlacementDecision>) throws(WireError) {
        placement = try raw.pointee.placement.string("placement")
        campaign = try raw.pointee.campaign.string("campaign")
        variant = try raw.pointee.variant.string("variant")
        for index in 0..<raw.pointee.n_fields {
            guard let entry = raw.pointee.fields[index]?.pointee else { continue }
            fields.append(
                TextEntry(
                    name: try entry.key.string("fields[\(index)]"), text: try entry.value.string("fields[\(index)]")))
        }
        promise = try raw.pointee.promise.string("promise")
        page = try raw.pointee.page.string("page")
        landingURL = try raw.pointee.landing_url.string("landing_url")
        experiment = try raw.pointee.experiment.string("experiment")
        arm = try raw.pointee.arm.string("arm")
        reason = UInt8(exactly: raw.pointee.reason.rawValue).flatMap(DecisionReason.init)
        because = try raw.pointee.because.string("because")
        lackedData = raw.pointee.lacked_data != 0
        lackedConsent = raw.pointee.lacked_consent != 0
        furtherExperiments = try decodedList(
            raw.pointee.further_experiments, raw.pointee.n_further_experiments, "further_experiments")
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PlacementDecision> {
        let raw = try arena.make(bespoke__v1__placement_decision__init)
        raw.pointee.placement = try arena.text(placement)
        raw.pointee.campaign = try arena.text(campaign)
        raw.pointee.variant = try arena.text(variant)
        raw.pointee.n_fields = fields.count
        raw.pointee.fields = try arena.makeArray(
            UnsafeMutablePointer<Bespoke__V1__PlacementDecision__FieldsEntry>?.self, count: fields.count)
        for index in fields.indices {
            let entry = try arena.make(bespoke__v1__placement_decision__fields_entry__init)
            entry.pointee.key = try arena.text(fields[index].name)
            entry.pointee.value = try arena.text(fields[index].text)
            raw.pointee.fields[index] = entry
        }
        raw.pointee.promise = try arena.text(promise)
        raw.pointee.page = try arena.text(page)
        raw.pointee.landing_url = try arena.text(landingURL)
        raw.pointee.experiment = try arena.text(experiment)
        raw.pointee.arm = try arena.text(arm)
        raw.pointee.reason = Bespoke__V1__Reason(rawValue: numericCast(reason?.rawValue ?? 0))
        raw.pointee.because = try arena.text(because)
        raw.pointee.lacked_data = lackedData ? 1 : 0
        raw.pointee.lacked_consent = lackedConsent ? 1 : 0
        (raw.pointee.n_further_experiments, raw.pointee.further_experiments) = (
            furtherExperiments.count, try arena.list(furtherExperiments)
        )
        return raw
    }
}

extension AssignmentMessage: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Bespoke__V1__Assignment>) throws(WireError) {
        experiment = try raw.pointee.experiment.string("experiment")
        arm = try raw.pointee.arm.string("arm")
        propensity = raw.pointee.propensity
        isForced = raw.pointee.forced != 0
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Assignment> {
        let raw = try arena.make(bespoke__v1__assignment__init)
        raw.pointee.experiment = try arena.text(experiment)
        raw.pointee.arm = try arena.text(arm)
        raw.pointee.propensity = propensity
        raw.pointee.forced = isForced ? 1 : 0
        return raw
    }
}
