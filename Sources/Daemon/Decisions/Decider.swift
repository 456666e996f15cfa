internal import Decisioning
internal import Model
internal import Profiles
internal import Wire

/// Joins a request with what is known of its visitor and account, and decides it.
struct Decider {
    let state: LoopState
    /// Where it is decided: that of the loop, or another.
    let workspace: DecisionWorkspace
    let snapshot: Snapshot
    let profiles: ProfileReader
    let behaviour: BehaviourStore
    let previews: PreviewAccess

    private static let hexadecimalDigits = StaticString("0123456789abcdef")

    /// - Parameters:
    ///   - request: Its bytes go into the decision's id, beside revision, time and the versions of what is stored.
    ///   - defaultNow: The time to decide for when the request names none.
    /// - Returns: The encoded response, in the arena.
    /// - Throws: `DecideError` naming what in the request is wrong.
    func decide(
        _ request: DecideRequestView, defaultNow: Timestamp
    ) throws(DecideError) -> UnsafeRawBufferPointer {
        try encoded(try decided(request, defaultNow: defaultNow))
    }

    /// A decision with its id; valid until the loop's next decision.
    struct Decided {
        let decision: UnsafePointer<Decision>
        let identifier: BorrowedText
        let visitorID: BorrowedText
        let accountID: BorrowedText
    }

    func decided(_ request: DecideRequestView, defaultNow: Timestamp) throws(DecideError) -> Decided {
        let prepared = try prepare(request, defaultNow: defaultNow)
        let decision = workspace.decide()
        let placements = decision.pointee.placements
        for index in placements.indices { state.reasonCounts[Int(placements[index].reason.rawValue)] += 1 }
        do throws(WireError) {
            return Decided(
                decision: decision,
                identifier: try Self.identifier(
                    prepared.hash, isPreview: decision.pointee.isPreview, state.arena),
                visitorID: prepared.visitorID,
                accountID: prepared.accountID)
        } catch {
            throw .wire(error)
        }
    }

    func encoded(_ decided: Decided) throws(DecideError) -> UnsafeRawBufferPointer {
        let answer: UnsafeRawBufferPointer
        do throws(WireError) {
            answer = try DecideResponseEncoder.encode(
                decided.decision, decisionID: decided.identifier, arena: state.arena)
        } catch {
            throw .wire(error)
        }
        // A decision in the sink measures as an exposure does.
        if let tap = state.tap, !decided.decision.pointee.isPreview,
            workspace.isAgreed(snapshot.table.exposurePurposes)
        {
            tap.add(decided.visitorID, decided.accountID, answer: answer)
        }
        return answer
    }

    /// What a decision's id is made of, under which id the visitor is kept, and whose account it was.
    struct Prepared {
        let hash: Hash.Wide
        let visitorID: BorrowedText
        let accountID: BorrowedText
    }

    /// Gives the workspace everything that the decision depends on.
    ///
    func prepare(_ request: DecideRequestView, defaultNow: Timestamp) throws(DecideError) -> Prepared {
        let table = snapshot.table
        let now: Timestamp
        do throws(WireError) { now = try request.now ?? defaultNow } catch { throw .wire(error) }
        workspace.begin(table, now: now)

        let visitorID = behaviour.aliases.find(request.visitorID.bytes) ?? request.visitorID
        // Consent before everything else: whatever is read asks for its purpose first.
        let visitor = storedBehaviour(ofVisitor: visitorID)
        if let visitor { applyConsent(stored: visitor) }
        try applyConsent(of: request)
        let (stored, accountID) = applyStored(request, visitorID, visitor, now: now)
        // Who has another id now is decided for as another.
        var versions = stored
        if visitorID.start != request.visitorID.start {
            versions ^= Hash.of(UnsafeRawBufferPointer(visitorID.bytes), seed: 2).low
        }
        try applyAttributes(of: request, .visitor)
        try applyAttributes(of: request, .account)
        try applyAttributes(of: request, .request)
        try applyPage(of: request)
        try applyEvents(of: request)
        try ask(of: request)
        try applyPreview(of: request)
        return Prepared(
            hash: Hash.of(request.bytes, seed: snapshot.revisionHash ^ versions ^ UInt64(bitPattern: now.microseconds)),
            visitorID: visitorID,
            accountID: accountID)
    }

    /// Stored values first: what the request says itself comes later and wins.
    ///
    /// - Parameter visitorID: Under which the visitor is kept.
    /// - Returns: The versions of what was read, mixed, and the account.
    private func applyStored(
        _ request: DecideRequestView, _ visitorID: BorrowedText, _ behaviour: BehaviourView?, now: Timestamp
    ) -> (versions: UInt64, accountID: BorrowedText) {
        var versions: UInt64 = 0
        var accountID = request.accountID
        let visitor = visitorID.count > 0 ? profiles.visitor(visitorID.bytes, at: now) : nil
        if let row = visitor {
            apply(row, state.visitorScratch, attributes: snapshot.visitorAttributes, now: now)
            versions = row.version
        }
        if accountID.count == 0, request.visitorID.count > 0, workspace.mayRead(snapshot.table.visitorPurposes),
            let row = visitor
        {
            accountID = row.account
        }
        if accountID.count == 0, let links = state.links {
            accountID = linkedAccount(links, request, visitorID, visitor)
            // Links are neither in the request nor in a profile, and the decision's id depends on them too.
            if accountID.count > 0 { versions ^= Hash.of(UnsafeRawBufferPointer(accountID.bytes), seed: 1).low }
        }
        if accountID.count > 0, let row = profiles.account(accountID.bytes, at: now) {
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

    private func applyAttributes(of request: DecideRequestView, _ entity: Entity) throws(DecideError) {
        let table = snapshot.table
        for position in 0..<request.attributeCount(entity) {
            let name: BorrowedText
            let value: FeatureValue
            do throws(WireError) {
                (name, value) = try request.attribute(entity, at: position, arena: state.arena)
            } catch {
                throw .wire(error)
            }
            guard let index = table.attribute(entity, name.bytes) else {
                do throws(WireError) {
                    try DecideRequestView.checkAttributeName(name, entity)
                } catch {
                    throw .wire(error)
                }
                throw .unknownAttribute(entity, String(name), table: table)
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
    private static func notAllowed(_ value: FeatureValue, _ index: AttributeIndex, _ table: DecisionTable)
        -> BorrowedText?
    {
        switch value.kind {
        case .string: table.allows(value.text.bytes, in: index) ? nil : value.text
        case .strings: value.texts.first { !table.allows($0.bytes, in: index) }
        default: nil
        }
    }

    private func applyPage(of request: DecideRequestView) throws(DecideError) {
        guard let page = request.page else { return }
        workspace.setPage(
            PageContext(
                url: page.url, referrer: page.referrer, ip: try normal(.ip, page.ip),
                country: try normal(.country, page.country), language: page.language,
                device: try normal(.device, page.device)))
    }

    /// The text in the one form that conditions see.
    private func normal(_ field: PageForm.Field, _ text: BorrowedText) throws(DecideError) -> BorrowedText {
        guard text.count > 0 else { return text }
        let arena = state.arena
        let normal = PageForm.normal(field, text) { arena.allocate(UInt8.self, count: $0)?.baseAddress }
        guard let normal else { throw .notInForm(field, String(text)) }
        return normal
    }

    private func applyConsent(of request: DecideRequestView) throws(DecideError) {
        guard request.hasConsent else { return }
        for position in 0..<request.grantedCount { try setConsent(request.granted(at: position), granted: true) }
        // A purpose in both lists is denied.
        for position in 0..<request.deniedCount { try setConsent(request.denied(at: position), granted: false) }
    }

    private func setConsent(_ name: BorrowedText, granted: Bool) throws(DecideError) {
        guard let purpose = snapshot.table.purpose(name.bytes) else {
            throw .unknownPurpose(String(name), table: snapshot.table)
        }
        workspace.setConsent(purpose, granted: granted)
    }

    private func applyEvents(of request: DecideRequestView) throws(DecideError) {
        for position in 0..<request.eventCount {
            let event: (name: BorrowedText, count: Int64, last: Timestamp?)
            do throws(WireError) { event = try request.event(at: position) } catch { throw .wire(error) }
            guard let index = snapshot.table.event(event.name.bytes) else {
                throw .unknownEvent(String(event.name), table: snapshot.table)
            }
            workspace.setEvent(index, count: event.count, last: event.last, score: nil)
        }
    }

    private func ask(of request: DecideRequestView) throws(DecideError) {
        for position in 0..<request.placementCount {
            let name = request.placement(at: position)
            guard let placement = snapshot.table.placement(name.bytes) else {
                throw .unknownPlacement(String(name), table: snapshot.table)
            }
            workspace.ask(placement)
        }
        for position in 0..<request.routeCount {
            let name = request.route(at: position)
            guard let route = snapshot.table.route(name.bytes) else {
                throw .unknownRoute(String(name), table: snapshot.table)
            }
            workspace.ask(route)
        }
    }

    /// What the id of a preview begins with: exposures that name one are refused.
    static let previewPrefix = StaticString("preview-")

    /// - Returns: 32 hexadecimal digits in the arena, behind the prefix for a preview.
    static func identifier(_ hash: Hash.Wide, isPreview: Bool, _ arena: Arena) throws(WireError) -> BorrowedText {
        let prefixCount = isPreview ? previewPrefix.utf8CodeUnitCount : 0
        guard let text = arena.allocate(UInt8.self, count: prefixCount + 32), let start = text.baseAddress else {
            throw .overBudget(message: "bespoke.v1.DecideResponse", budgetBytes: arena.budgetBytes)
        }
        start.update(from: previewPrefix.utf8Start, count: prefixCount)
        let digits = start + prefixCount
        for position in 0..<16 {
            let word = position < 8 ? hash.high : hash.low
            let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (position % 8)))
            digits[2 * position] = Self.hexadecimalDigits.utf8Start[Int(byte >> 4)]
            digits[2 * position + 1] = Self.hexadecimalDigits.utf8Start[Int(byte & 15)]
        }
        return BorrowedText(start: UnsafePointer(start), count: prefixCount + 32)
    }
}
