internal import Decisioning
internal import Model
internal import Profiles

/// Joins a question with what is known of its visitor and account, and decides it.
///
/// A class, made once for each rule set on a loop: what it holds is then borrowed, where a value put together for each question would
/// count a reference for every member, four in a hundred of a Decide.
final class Decider {
    let state: LoopState
    /// Where it is decided: that of the loop, or another.
    let workspace: DecisionWorkspace
    let snapshot: Snapshot
    let known: KnownState

    init(state: LoopState, workspace: DecisionWorkspace, snapshot: Snapshot, known: KnownState) {
        (self.state, self.workspace, self.snapshot, self.known) = (state, workspace, snapshot, known)
    }

    /// - Parameters:
    ///   - question: Its bytes go into the decision's id, beside revision, time and the versions of what is stored.
    ///   - previews: Who may preview.
    ///   - defaultNow: The time to decide for when the question names none.
    /// - Returns: Valid until the next question on the loop.
    /// - Throws: `DecideError` naming what in the question is wrong.
    func decided(
        _ question: Question, previews: PreviewAccess, defaultNow: Timestamp
    ) throws(DecideError) -> Answer {
        let prepared = try prepare(question, previews: previews, defaultNow: defaultNow)
        let decision = workspace.decide()
        guard !workspace.isOverBudget else { throw .tooMuchWork }
        count(decision, 1)
        return Answer(
            decision: decision,
            identifier: Answer.identifier(
                prepared.hash, isPreview: decision.pointee.isPreview, in: state.identifierRoom),
            visitorID: prepared.visitorID, accountID: prepared.accountID)
    }

    /// An answer that is worked out again does not count.
    func uncount(_ answer: Answer) { count(answer.decision, .max) }

    /// - Parameter step: 1, or `.max` to take it back.
    @inline(__always)
    private func count(_ decision: UnsafePointer<Decision>, _ step: UInt64) {
        let placements = decision.pointee.placements
        for index in placements.indices { state.reasonCounts[Int(placements[index].reason.rawValue)] &+= step }
    }

    /// What a decision's id is made of, under which id the visitor is kept, and whose account it was.
    struct Prepared {
        let hash: Hash.Wide
        let visitorID: BorrowedText
        let accountID: BorrowedText
    }

    /// Gives the workspace everything that the decision depends on.
    func prepare(
        _ question: Question, previews: PreviewAccess, defaultNow: Timestamp
    ) throws(DecideError) -> Prepared {
        let table = snapshot.table
        let now = question.now ?? defaultNow
        workspace.begin(table, now: now)

        let visitorID = known.aliases.find(question.visitorID.bytes) ?? question.visitorID
        // Consent before everything else: whatever is read asks for its purpose first.
        let visitor = storedBehaviour(ofVisitor: visitorID)
        if let visitor { applyConsent(stored: visitor) }
        try applyConsent(of: question)
        let (stored, accountID) = applyStored(question, visitorID, visitor, now: now)
        // Who has another id now is decided for as another.
        var versions = stored
        if visitorID.start != question.visitorID.start {
            versions ^= Hash.of(UnsafeRawBufferPointer(visitorID.bytes), seed: 2).low
        }
        try applyAttributes(of: question, .visitor)
        try applyAttributes(of: question, .account)
        try applyAttributes(of: question, .request)
        try applyPage(of: question)
        try applyEvents(of: question)
        try ask(of: question)
        try applyPreview(of: question, previews)
        return Prepared(
            hash: Hash.of(
                question.bytes, seed: snapshot.revisionHash ^ versions ^ UInt64(bitPattern: now.microseconds)),
            visitorID: visitorID,
            accountID: accountID)
    }

    /// Stored values first: what the request says itself comes later and wins.
    ///
    /// - Parameter visitorID: Under which the visitor is kept.
    /// - Returns: The versions of what was read, mixed, and the account.
    private func applyStored(
        _ question: Question, _ visitorID: BorrowedText, _ behaviour: BehaviourView?, now: Timestamp
    ) -> (versions: UInt64, accountID: BorrowedText) {
        var versions: UInt64 = 0
        var accountID = question.accountID
        let visitor = visitorID.count > 0 ? known.profiles.visitor(visitorID.bytes, at: now) : nil
        if let row = visitor {
            apply(row, state.visitorScratch, attributes: snapshot.visitorAttributes, now: now)
            versions = row.version
        }
        if accountID.count == 0, question.visitorID.count > 0, workspace.mayRead(snapshot.table.visitorPurposes),
            let row = visitor
        {
            accountID = row.account
        }
        if accountID.count == 0, let links = state.links {
            accountID = linkedAccount(links, question, visitorID, visitor)
            // Links are neither in the request nor in a profile, and the decision's id depends on them too.
            if accountID.count > 0 { versions ^= Hash.of(UnsafeRawBufferPointer(accountID.bytes), seed: 1).low }
        }
        if accountID.count > 0, let row = known.profiles.account(accountID.bytes, at: now) {
            apply(row, state.accountScratch, attributes: snapshot.accountAttributes, now: now)
            versions ^= row.version &* 0x9e37_79b9_7f4a_7c15
        }
        workspace.setUnits(visitorID: visitorID, accountID: accountID)
        versions ^= applyBehaviour(behaviour, visitorID: visitorID, accountID: accountID) ^ applyGoals()
        return (versions, accountID)
    }

    private func apply(
        _ row: ProfileRow, _ scratch: UnsafeMutableBufferPointer<BorrowedText>, attributes: [UInt16], now: Timestamp
    ) {
        let nowSeconds = now.microseconds / 1_000_000
        let table = snapshot.table
        row.forEach(scratch: scratch) { attribute, value, observedAtSeconds in
            guard Int(attribute) < attributes.count else { return }
            let index = attributes[Int(attribute)]
            guard index != Snapshot.unmapped else { return }
            let isStale =
                table.maximumAgeSeconds(AttributeIndex(rawValue: index)).map { nowSeconds - observedAtSeconds > $0 }
                ?? false
            workspace.set(AttributeIndex(rawValue: index), isStale ? .stale : value)
        }
    }

    private func applyAttributes(of question: Question, _ entity: Entity) throws(DecideError) {
        let table = snapshot.table
        for named in question[entity] {
            let value = named.value
            guard let index = table.attribute(entity, named.name.bytes) else {
                if let problem = named.name.textProblem { throw .attributeNameNotText(entity, problem) }
                throw .unknownAttribute(entity, String(named.name), table: table)
            }
            guard let converted = table.converted(value, to: index) else {
                throw .wrongType(index, value.kind, table: table)
            }
            guard let wrong = Self.notAllowed(converted, index, table) else {
                workspace.set(index, converted)
                continue
            }
            throw .valueNotAllowed(index, String(wrong), table: table)
        }
    }

    /// The first text that the attribute may not have.
    private static func notAllowed(_ value: Scalar, _ index: AttributeIndex, _ table: DecisionTable)
        -> BorrowedText?
    {
        switch value.kind {
        case .string: table.allows(value.text.bytes, in: index) ? nil : value.text
        case .strings: value.texts.first { !table.allows($0.bytes, in: index) }
        default: nil
        }
    }

    private func applyPage(of question: Question) throws(DecideError) {
        guard var page = question.page else { return }
        state.beginPage()
        page.ip = try normal(.ip, page.ip)
        page.country = try normal(.country, page.country)
        page.device = try normal(.device, page.device)
        workspace.setPage(page)
    }

    /// The text in the one form that conditions see.
    private func normal(_ field: PageForm.Field, _ text: BorrowedText?) throws(DecideError) -> BorrowedText? {
        guard let text, text.count > 0 else { return text }
        let state = state
        let normal = PageForm.normal(field, text) { state.takePageRoom(byteCount: $0) }
        guard let normal else { throw .notInForm(field, String(text)) }
        return normal
    }

    private func applyConsent(of question: Question) throws(DecideError) {
        for name in question.granted { try setConsent(name, granted: true) }
        // A purpose in both lists is denied.
        for name in question.denied { try setConsent(name, granted: false) }
    }

    private func setConsent(_ name: BorrowedText, granted: Bool) throws(DecideError) {
        guard let purpose = snapshot.table.purpose(name.bytes) else {
            throw .unknownPurpose(String(name), table: snapshot.table)
        }
        workspace.setConsent(purpose, granted: granted)
    }

    private func applyEvents(of question: Question) throws(DecideError) {
        for event in question.events {
            guard let index = snapshot.table.event(event.name.bytes) else {
                throw .unknownEvent(String(event.name), table: snapshot.table)
            }
            workspace.setEvent(index, count: event.count, last: event.last, score: nil)
        }
    }

    private func ask(of question: Question) throws(DecideError) {
        for name in question.placements {
            guard let placement = snapshot.table.placement(name.bytes) else {
                throw .unknownPlacement(String(name), table: snapshot.table)
            }
            workspace.ask(placement)
        }
        for name in question.routes {
            guard let route = snapshot.table.route(name.bytes) else {
                throw .unknownRoute(String(name), table: snapshot.table)
            }
            workspace.ask(route)
        }
    }
}
