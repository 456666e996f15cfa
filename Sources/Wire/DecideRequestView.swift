internal import CBespokeProto
package import Model

/// A decoded `bespoke.v1.DecideRequest`, borrowed from the arena it was decoded into.
///
/// All text is valid UTF-8 without NUL; sizes are within the limits that the .proto states. Names are not resolved.
package struct DecideRequestView {
    package static let name: StaticString = "bespoke.v1.DecideRequest"

    /// The message as it came.
    package let bytes: UnsafeRawBufferPointer
    private let message: UnsafeMutablePointer<Bespoke__V1__DecideRequest>
    private let entries: AttributeEntries

    /// Decodes and checks one request.
    ///
    /// - Parameters:
    ///   - bytes: The message without framing; it must live as long as the view.
    ///   - arena: Where it is decoded; the view is valid until the arena's next reset.
    /// - Throws: `.malformed`, `.overBudget`, or `.invalid` with the field's path.
    package init(decoding bytes: UnsafeRawBufferPointer, into arena: Arena) throws(WireError) {
        self.bytes = bytes
        entries = try AttributeEntries(takenFrom: bytes, arena: arena)
        message = try arena.unpack(entries.rest, as: Self.name) { allocator, byteCount, bytes in
            bespoke__v1__decide_request__unpack(
                allocator.assumingMemoryBound(to: ProtobufCAllocator.self), byteCount, bytes)
        }
        try Self.checkIdentifier(message.pointee.visitor_id, "visitor_id")
        try Self.checkIdentifier(message.pointee.account_id, "account_id")
        try checkPage(arena)
        try checkNames()
    }

    /// Empty for an anonymous visitor.
    package var visitorID: BorrowedText { message.pointee.visitor_id.text }
    /// Empty when the visitor's profile says which account.
    package var accountID: BorrowedText { message.pointee.account_id.text }

    /// The time to decide for; nil for the daemon's clock.
    package var now: Timestamp? {
        get throws(WireError) {
            guard let now = message.pointee.now else { return nil }
            return try Timestamp(now.pointee, "now")
        }
    }

    /// The page view; absent fields are empty.
    package var page: PageView? { message.pointee.page.map(PageView.init) }

    /// Attributes that the request gives of one entity.
    package func attributeCount(_ entity: Entity) -> Int {
        entries[entity].count
    }

    /// - Parameter index: Below `attributeCount(entity)`.
    /// - Returns: Name and value as sent, the value checked; text and sets live in the arena. See `checkAttributeName`.
    /// - Throws: `.invalid` naming the attribute, `.overBudget`.
    package func attribute(
        _ entity: Entity, at index: Int, arena: Arena
    ) throws(WireError) -> (name: BorrowedText, value: Scalar) {
        let bytes = entries[entity][index]
        if let usual = AttributeEntry.usual(bytes) {
            guard usual.value.kind == .string else { return usual }
            let text = usual.value.text
            let checked = try AttributeEntry.checked(text, entity, usual.name, arena)
            return checked.start == text.start ? usual : (usual.name, Scalar(checked))
        }
        let entry: AttributeEntry
        do throws(AttributeEntry.Problem) {
            entry = try AttributeEntry(bytes, arena: arena)
        } catch {
            throw Self.error(error, entity, arena)
        }
        try Self.checkAttributeName(entry.name, entity)
        return (entry.name, try entry.value(of: entity, arena: arena))
    }

    /// To be called for a name that nobody declared, before it is spoken of: one that is declared needs no check.
    ///
    /// - Throws: `.invalid`.
    package static func checkAttributeName(_ name: BorrowedText, _ entity: Entity) throws(WireError) {
        if let problem = name.problem {
            throw .invalid(field: "\(entity.name): a name", problem: problem.rawValue)
        }
    }

    private static func error(_ problem: AttributeEntry.Problem, _ entity: Entity, _ arena: Arena) -> WireError {
        switch problem {
        case .malformed:
            .malformed(message: "\(name)")
        case .overBudget:
            .overBudget(message: "\(name)", budgetBytes: arena.budgetBytes)
        case .tooManyMembers(let count):
            .invalid(
                field: "\(entity.name): a set",
                problem: "has \(count) members; the limit is \(WireLimits.setMembersMax)")
        }
    }

    package var placementCount: Int { message.pointee.n_placements }

    /// - Parameter index: Below `placementCount`.
    package func placement(at index: Int) -> BorrowedText { message.pointee.placements[index].text }

    package var routeCount: Int { message.pointee.n_routes }

    /// - Parameter index: Below `routeCount`.
    package func route(at index: Int) -> BorrowedText { message.pointee.routes[index].text }

    /// Whether what is decided is recorded as shown.
    package var recordsExposure: Bool { message.pointee.record_exposure != 0 }

    /// What is forced, or nil.
    package var preview: PreviewView? { message.pointee.preview.map(PreviewView.init) }

    /// Whether the request says anything of consent.
    package var hasConsent: Bool { message.pointee.consent != nil }
    package var grantedCount: Int { message.pointee.consent?.pointee.n_granted ?? 0 }
    package var deniedCount: Int { message.pointee.consent?.pointee.n_denied ?? 0 }

    /// - Parameter index: Below `grantedCount`; likewise `denied(at:)`.
    package func granted(at index: Int) -> BorrowedText { message.pointee.consent.pointee.granted[index].text }
    /// The same for purposes that are denied.
    package func denied(at index: Int) -> BorrowedText { message.pointee.consent.pointee.denied[index].text }

    package var eventCount: Int { message.pointee.n_events }

    /// - Parameter index: Below `eventCount`.
    /// - Throws: `.invalid` for a negative count or a time out of range.
    package func event(
        at index: Int
    ) throws(WireError) -> (name: BorrowedText, count: Int64, last: Timestamp?) {
        let entry = message.pointee.events[index]!.pointee
        guard let summary = entry.value?.pointee else { return (entry.key.text, 0, nil) }
        guard summary.count >= 0 else {
            throw .invalid(field: "events[\"\(String(entry.key.text))\"].count", problem: "is negative")
        }
        guard let last = summary.last else { return (entry.key.text, summary.count, nil) }
        return (entry.key.text, summary.count, try Timestamp(last.pointee, "events.last"))
    }

    private static func checkIdentifier(_ id: ProtobufCBinaryData, _ field: StaticString) throws(WireError) {
        guard id.len <= WireLimits.identifierBytesMax else {
            throw .invalid(
                field: "\(field)", problem: "is \(id.len) bytes long; the limit is \(WireLimits.identifierBytesMax)")
        }
        if let problem = id.textProblem { throw .invalid(field: "\(field)", problem: problem.rawValue) }
    }

    private func checkPage(_ arena: Arena) throws(WireError) {
        guard let page = message.pointee.page else { return }
        try Self.checkPageText(&page.pointee.url, "page.url", arena)
        try Self.checkPageText(&page.pointee.referrer, "page.referrer", arena)
        try Self.checkPageText(&page.pointee.ip, "page.ip", arena)
        try Self.checkPageText(&page.pointee.country, "page.country", arena)
        try Self.checkPageText(&page.pointee.language, "page.language", arena)
        try Self.checkPageText(&page.pointee.device, "page.device", arena)
    }

    /// Leaves the text in its one form.
    @inline(__always)
    private static func checkPageText(
        _ text: inout ProtobufCBinaryData, _ field: StaticString, _ arena: Arena
    ) throws(WireError) {
        if text.len <= WireLimits.urlBytesMax, case .sound = text.text.form { return }
        try mendPageText(&text, field, arena)
    }

    @inline(never)
    private static func mendPageText(
        _ text: inout ProtobufCBinaryData, _ field: StaticString, _ arena: Arena
    ) throws(WireError) {
        guard text.len <= WireLimits.urlBytesMax else {
            throw .invalid(
                field: "\(field)", problem: "is \(text.len) bytes long; the limit is \(WireLimits.urlBytesMax)")
        }
        if let problem = text.textProblem { throw .invalid(field: "\(field)", problem: problem.rawValue) }
        guard let normal = text.text.normalised(in: arena) else {
            throw .overBudget(message: "\(name)", budgetBytes: arena.budgetBytes)
        }
        guard normal.start != text.text.start else { return }
        text.len = normal.count
        text.data = UnsafeMutablePointer(mutating: normal.start)
    }

    private func checkNames() throws(WireError) {
        guard message.pointee.n_placements <= WireLimits.placementsMax else {
            throw .invalid(
                field: "placements",
                problem: "names \(message.pointee.n_placements); the limit is \(WireLimits.placementsMax)")
        }
        for index in 0..<message.pointee.n_placements {
            _ = try message.pointee.placements[index].validatedText("placements[\(index)]")
        }
        guard message.pointee.n_routes <= WireLimits.routesMax else {
            throw .invalid(
                field: "routes", problem: "names \(message.pointee.n_routes); the limit is \(WireLimits.routesMax)")
        }
        for index in 0..<message.pointee.n_routes {
            _ = try message.pointee.routes[index].validatedText("routes[\(index)]")
        }
        for index in 0..<grantedCount {
            _ = try message.pointee.consent.pointee.granted[index].validatedText("consent.granted[\(index)]")
        }
        for index in 0..<deniedCount {
            _ = try message.pointee.consent.pointee.denied[index].validatedText("consent.denied[\(index)]")
        }
        if let preview = message.pointee.preview { try PreviewView(preview).check() }
        for index in 0..<message.pointee.n_events {
            _ = try message.pointee.events[index]!.pointee.key.validatedText("events: a name")
        }
    }
}

/// The page view of a request; fields that were not sent are empty.
package struct PageView {
    package let url: BorrowedText
    package let referrer: BorrowedText
    package let ip: BorrowedText
    package let country: BorrowedText
    package let language: BorrowedText
    package let device: BorrowedText

    init(_ page: UnsafeMutablePointer<Bespoke__V1__Page>) {
        url = page.pointee.url.text
        referrer = page.pointee.referrer.text
        ip = page.pointee.ip.text
        country = page.pointee.country.text
        language = page.pointee.language.text
        device = page.pointee.device.text
    }
}

/// The requests of a `bespoke.v1.BatchDecideRequest`, each of which is decoded when it is taken.
package struct BatchDecideRequestView {
    private static let name: StaticString = "bespoke.v1.BatchDecideRequest"
    private static let requestsField: UInt32 = 1

    private let requests: UnsafeBufferPointer<BorrowedText>

    /// - Parameter bytes: The message without framing; it must live as long as the view.
    /// - Throws: `.malformed`, `.overBudget`, or `.invalid` for too many requests.
    package init(decoding bytes: UnsafeRawBufferPointer, into arena: Arena) throws(WireError) {
        var requests = ArenaList<BorrowedText>()
        var reader = ProtoReader(bytes)
        do throws(ProtoReader.Malformed) {
            while let field = try reader.next() {
                guard field.number == Self.requestsField else { continue }
                guard field.wireType == ProtoReader.delimited else { throw ProtoReader.Malformed() }
                guard requests.append(field.bytes, in: arena) else { break }
            }
        } catch {
            throw .malformed(message: "\(Self.name)")
        }
        guard !arena.isExhausted else {
            throw .overBudget(message: "\(Self.name)", budgetBytes: arena.budgetBytes)
        }
        guard requests.count <= WireLimits.batchRequestsMax else {
            throw .invalid(
                field: "requests", problem: "holds \(requests.count); the limit is \(WireLimits.batchRequestsMax)")
        }
        self.requests = requests.items
    }

    package var count: Int { requests.count }

    /// - Parameter index: Below `count`.
    package func request(at index: Int, into arena: Arena) throws(WireError) -> DecideRequestView {
        try DecideRequestView(decoding: UnsafeRawBufferPointer(requests[index].bytes), into: arena)
    }
}
