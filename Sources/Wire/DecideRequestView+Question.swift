package import Model

extension DecideRequestView {
    /// The request as the engine takes it.
    ///
    /// - Parameter arena: That of the view; the question is valid until its next reset.
    /// - Throws: `.invalid` for a time, an attribute or an event, `.malformed` for an attribute, `.overBudget`.
    package func question(in arena: Arena) throws(WireError) -> Question {
        var question = Question(bytes: bytes)
        (question.visitorID, question.accountID) = (visitorID, accountID)
        question.now = try now
        if let page {
            question.page = PageContext(
                url: page.url, referrer: page.referrer, ip: page.ip, country: page.country, language: page.language,
                device: page.device)
        }
        question.visitor = try attributes(of: .visitor, in: arena)
        question.account = try attributes(of: .account, in: arena)
        question.request = try attributes(of: .request, in: arena)
        if hasConsent {
            question.granted = try Self.list(grantedCount, in: arena) { granted(at: $0) }
            question.denied = try Self.list(deniedCount, in: arena) { denied(at: $0) }
        }
        question.events = try events(in: arena)
        question.placements = try Self.list(placementCount, in: arena) { placement(at: $0) }
        question.routes = try Self.list(routeCount, in: arena) { route(at: $0) }
        question.recordsExposure = recordsExposure
        if let preview { question.preview = try Self.wishes(preview, in: arena) }
        return question
    }

    private func attributes(
        of entity: Entity, in arena: Arena
    ) throws(WireError) -> UnsafeBufferPointer<NamedValue> {
        let count = attributeCount(entity)
        guard count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
        let room = try Self.room(NamedValue.self, count, in: arena)
        for index in 0..<count {
            let (name, value) = try attribute(entity, at: index, arena: arena)
            room.initializeElement(at: index, to: NamedValue(name: name, value: value))
        }
        return UnsafeBufferPointer(room)
    }

    private func events(in arena: Arena) throws(WireError) -> UnsafeBufferPointer<EventSummary> {
        guard eventCount > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
        let room = try Self.room(EventSummary.self, eventCount, in: arena)
        for index in 0..<eventCount {
            let (name, count, last) = try event(at: index)
            room.initializeElement(at: index, to: EventSummary(name: name, count: count, last: last))
        }
        return UnsafeBufferPointer(room)
    }

    private static func wishes(_ preview: PreviewView, in arena: Arena) throws(WireError) -> PreviewWishes {
        var wishes = PreviewWishes()
        wishes.token = preview.token
        wishes.segments = try list(preview.segmentCount, in: arena) { preview.segment(at: $0) }
        wishes.arms = try list(preview.armCount, in: arena) {
            let pair = preview.arm(at: $0)
            return TextPair(name: pair.name, text: pair.value)
        }
        wishes.variants = try list(preview.variantCount, in: arena) {
            let pair = preview.variant(at: $0)
            return TextPair(name: pair.name, text: pair.value)
        }
        return wishes
    }

    @inline(__always)
    private static func list<Item: BitwiseCopyable>(
        _ count: Int, in arena: Arena, _ item: (Int) -> Item
    ) throws(WireError) -> UnsafeBufferPointer<Item> {
        guard count > 0 else { return UnsafeBufferPointer(start: nil, count: 0) }
        let room = try room(Item.self, count, in: arena)
        for index in 0..<count { room.initializeElement(at: index, to: item(index)) }
        return UnsafeBufferPointer(room)
    }

    @inline(__always)
    private static func room<Item: BitwiseCopyable>(
        _ type: Item.Type, _ count: Int, in arena: Arena
    ) throws(WireError) -> UnsafeMutableBufferPointer<Item> {
        guard let room = arena.allocate(type, count: count) else {
            throw .overBudget(message: "\(name)", budgetBytes: arena.budgetBytes)
        }
        return room
    }
}
