package import Engine
package import GRPC
internal import Messages
internal import Model
internal import Ruleset

/// The method of `bespoke.v1.AdminService` that says what is kept of persons, what for, how long, and who got it.
package struct PrivacyService: Sendable {
    /// What the settings say of it.
    package struct Terms: Sendable {
        let eventDays: Int
        let visitorDays: Int
        let accountDays: Int
        let sink: String?
        let requestsReopen: Bool

        /// - Parameters:
        ///   - eventDays: How long single events are kept; of profiles 0 is without end.
        ///   - sink: Where records are sent, without any secret.
        package init(eventDays: Int, visitorDays: Int, accountDays: Int, sink: String?, requestsReopen: Bool) {
            (self.eventDays, self.visitorDays, self.accountDays) = (eventDays, visitorDays, accountDays)
            (self.sink, self.requestsReopen) = (sink, requestsReopen)
        }
    }

    /// What it asks.
    package struct Sources: Sendable {
        let rules: RuleStore
        let profiles: ProfileStore
        let behaviour: BehaviourStore
        let backups: BackupKeeper
        let handovers: HandoverLog

        package init(
            rules: RuleStore, profiles: ProfileStore, behaviour: BehaviourStore, backups: BackupKeeper,
            handovers: HandoverLog
        ) {
            (self.rules, self.profiles, self.behaviour) = (rules, profiles, behaviour)
            (self.backups, self.handovers) = (backups, handovers)
        }
    }

    let sources: Sources
    let terms: Terms
    let pool: WorkPool

    /// - Parameter pool: Where it is counted.
    package init(_ sources: Sources, terms: Terms, pool: WorkPool) {
        (self.sources, self.terms, self.pool) = (sources, terms, pool)
    }

    /// Adds its method.
    package func register(in router: inout ServiceRouter) {
        router.answer(Methods.Admin.getPrivacyReport, on: pool) { request in
            var report = PrivacyReportMessage()
            report.at = sources.profiles.clock.now()
            report.recipients = try await recipients()
            if !request.recipientsOnly { try await fill(&report) }
            return report
        }
    }

    private func recipients() async throws -> [RecipientMessage] {
        var found: [RecipientMessage] = []
        if let sink = terms.sink { found.append(RecipientMessage("sink", sink)) }
        for handover in try sources.handovers.all() {
            var recipient = RecipientMessage("export", handover.what)
            (recipient.by, recipient.at, recipient.count) = (handover.by, handover.at, handover.count)
            found.append(recipient)
        }
        for generation in try await sources.backups.known() {
            var recipient = RecipientMessage("backup", "\(generation.directory)/generation-\(generation.number)")
            recipient.at = generation.takenAt
            found.append(recipient)
        }
        return found
    }

    private func fill(_ report: inout PrivacyReportMessage) async throws {
        guard let active = await sources.rules.active else {
            throw Status(.notFound, "no rule set is loaded; push one with `bespokectl rules push DIR`")
        }
        let counts = try PrivacyCounts(sources.behaviour, sources.profiles)
        let rules = active.ruleSet
        report.revision = rules.revision.digest
        (report.visitors, report.accounts) = await sources.profiles.counts
        (report.eventDays, report.visitorDays) = (UInt32(terms.eventDays), UInt32(terms.visitorDays))
        (report.accountDays, report.erased) = (UInt32(terms.accountDays), counts.erased)
        report.requestsReopen = terms.requestsReopen
        report.keepsObjections = rules.policies.keepsObjections
        let numbers = sources.behaviour.rules
        report.purposes = Self.purposes(rules).map { purpose in
            var purpose = purpose
            let chosen = numbers?.purposes[purpose.name].flatMap { counts.choices[$0] } ?? (0, 0)
            (purpose.granted, purpose.denied) = chosen
            return purpose
        }
        report.attributes = rules.attributes.filter { $0.entity != .request }.map {
            PrivacyAttributeMessage($0, profiles: counts.attributes["\($0.entity.name).\($0.name)"] ?? 0)
        }
        report.events = rules.events.map { PrivacyEventMessage($0) }
        let named = Set(report.events.map(\.name))
        report.events += BehaviourRules.builtInEvents.filter { !named.contains($0) }.map { name in
            var event = PrivacyEventMessage()
            (event.name, event.legalBasis) = (name, LegalBasis.consent.rawValue)
            return event
        }
        for index in report.events.indices {
            let counted = numbers?.events[report.events[index].name].flatMap { counts.events[$0] } ?? (0, 0)
            (report.events[index].visitors, report.events[index].count) = counted
        }
    }

    /// Those with a policy, and those that something names without one.
    private static func purposes(_ rules: RuleSet) -> [PrivacyPurposeMessage] {
        var found = rules.policies.consent.map { consent in
            var purpose = PrivacyPurposeMessage()
            (purpose.name, purpose.grantedByDefault) = (consent.purpose, consent.isGrantedByDefault)
            purpose.covers = consent.covers
            return purpose
        }
        for name in rules.attributes.compactMap(\.purpose) + rules.events.compactMap(\.purpose)
        where !found.contains(where: { $0.name == name }) {
            var purpose = PrivacyPurposeMessage()
            purpose.name = name
            found.append(purpose)
        }
        return found
    }
}

extension RecipientMessage {
    fileprivate init(_ kind: String, _ name: String) {
        self.init()
        (self.kind, self.name) = (kind, name)
    }
}

extension PrivacyAttributeMessage {
    fileprivate init(_ attribute: Attribute, profiles: UInt64) {
        self.init()
        (entity, name, type) = (attribute.entity.name, attribute.name, attribute.type.name)
        (purpose, source) = (attribute.purpose ?? "", attribute.source ?? "")
        (sensitive, description) = (attribute.isSensitive, attribute.description ?? "")
        (maxAgeSeconds, self.profiles) = (UInt64(attribute.maximumAgeSeconds ?? 0), profiles)
    }
}

extension PrivacyEventMessage {
    fileprivate init(_ event: Event) {
        self.init()
        (name, purpose, legalBasis) = (event.name, event.purpose ?? "", event.legalBasis.rawValue)
    }
}
