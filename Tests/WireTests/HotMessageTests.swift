import Messages
import Model
import TestSupport
import Testing
import Wire

/// Requests and answers of Decide are read and written in place; protobuf-c is the oracle.
@Suite struct HotMessageTests {
    @Test func `A request is read as protobuf-c reads it`() throws {
        let bytes = try Samples.decideRequest.encoded()
        #expect(try read(bytes) == Samples.decideRequest)
    }

    @Test func `Entries come in any order and form`() throws {
        // The value before the name, lengths in two bytes, an unknown field, a value in two parts of which the later wins, a set
        // in two parts. `protoc --decode` reads them so; protobuf-c does not merge the parts.
        let entries: [[UInt8]] = [
            [0x12, 2, 0x10, 7, 0x0a, 1, 0x61],
            [0x0a, 0x81, 0, 0x62, 0x12, 0x82, 0, 0x10, 8],
            [0x0a, 1, 0x63, 0x12, 2, 0x10, 9, 0x50, 1],
            [0x0a, 1, 0x64, 0x12, 2, 0x10, 1, 0x12, 3, 0x22, 1, 0x78],
            [0x0a, 1, 0x65, 0x12, 5, 0x2a, 3, 0x0a, 1, 0x78, 0x12, 5, 0x2a, 3, 0x0a, 1, 0x79],
            [0x0a, 1, 0x66, 0x12, 11, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ]
        let message = try read(entries.flatMap { [0x1a, UInt8($0.count)] + $0 })
        #expect(
            message.visitor == [
                "a": .int(7), "b": .int(8), "c": .int(9), "d": .string("x"), "e": .strings(["x", "y"]), "f": .int(-1),
            ])
    }

    @Test func `Whatever bytes come, both readers agree`() throws {
        var generator = SeededGenerator(seed: 7)
        let bytes = try Samples.decideRequest.encoded()
        var accepted = 0
        for _ in 0..<40_000 {
            var mutant = bytes
            for _ in 0...Int.random(in: 0..<3, using: &generator) where !mutant.isEmpty {
                let index = mutant.indices.randomElement(using: &generator) ?? 0
                switch UInt8.random(in: 0..<4, using: &generator) {
                case 0: mutant[index] = .random(in: 0...255, using: &generator)
                case 1: mutant[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2: mutant.removeSubrange(index...)
                default: mutant.insert(.random(in: 0...255, using: &generator), at: index)
                }
            }
            let expected: DecideRequestMessage? = try? decodingBytes(mutant)
            let found = try? read(mutant)
            // The sample has no bool. Where a mutant has one, protobuf-c takes a field of any wire type for it.
            if found == nil, let expected, expected.hasBool { continue }
            #expect(found == expected, "\(mutant)")
            if found != nil { accepted += 1 }
        }
        #expect(accepted > 1_000)
    }

    @Test func `An answer has the bytes that protobuf-c gives it`() throws {
        try withDecision { decision in
            let arena = Arena(budgetBytes: 1 << 20)
            let bytes = [UInt8](
                try DecideResponseEncoder.encode(decision, decisionID: text("0123456789abcdef"), arena: arena))
            let message: DecideResponseMessage = try decodingBytes(bytes)
            #expect(try message.encoded() == bytes)
            #expect(message.persona?.objections.count == 2)
            #expect(message.placements.count == 200)
            #expect(message.placements.allSatisfy { $0.fields.count == 2 && $0.lackedConsent })
            #expect(message.icp?.fit == 87.5 && message.mql == .unknown)
            #expect(message.decidedAt == Samples.time)
            #expect(message.assignments.map(\.propensity) == [0.25, 0.25])
            #expect(message.isPreview && message.assignments.allSatisfy { $0.isForced })
        }
    }

    @Test func `An answer beyond the budget is refused`() throws {
        try withDecision { decision in
            #expect(throws: WireError.self) {
                _ = try DecideResponseEncoder.encode(
                    decision, decisionID: text("id"), arena: Arena(budgetBytes: 8 * 1_024))
            }
        }
    }

    /// Everything set, and longer than the writer's first piece of memory.
    private func withDecision(_ body: (UnsafePointer<Decision>) throws -> Void) throws {
        var persona = PersonaView()
        let texts = [text("one"), text(""), text("three")]
        let pairs = [TextPair(name: text("price"), text: text("cents")), TextPair(name: text("time"), text: text(""))]
        var placement = PlacementDecision()
        (placement.placement, placement.campaign, placement.variant) = (text("hero"), text("office"), text("speed"))
        (placement.promise, placement.page, placement.landingURL) = (text("p"), text("q"), text("https://x.example"))
        (placement.experiment, placement.arm, placement.because) = (text("e"), text("b"), text("why"))
        (placement.reason, placement.lackedConsent) = (.promise, true)
        var icp = ICPVerdict()
        (icp.name, icp.tier, icp.fit, icp.isNegative) = (text("mary"), text("a"), 87.5, true)
        (icp.subscores.ready, icp.subscores.advocacy) = (-12.5, 100)
        try texts.withUnsafeBufferPointer { texts in
            try pairs.withUnsafeBufferPointer { pairs in
                (persona.name, persona.goals, persona.formats, persona.objections) = (text("ann"), texts, texts, pairs)
                placement.fields = pairs
                try Array(repeating: placement, count: 200).withUnsafeBufferPointer { placements in
                    var decision = Decision()
                    (decision.revision, decision.decidedAt, decision.segments) = (text("r"), Samples.time, texts)
                    decision.placements = placements
                    (decision.engagement, decision.isMQL, decision.unreadPurposes) = (12.25, .unknown, texts)
                    decision.routes = pairs
                    (decision.role, decision.stage, decision.grade) = (text("champion"), text("task"), text("A1"))
                    var assignment = AssignmentView()
                    (assignment.experiment, assignment.arm, assignment.propensity) = (text("hero"), text("b"), 0.25)
                    (assignment.isForced, decision.isPreview) = (true, true)
                    try [assignment, assignment].withUnsafeBufferPointer { assignments in
                        decision.assignments = assignments
                        try withUnsafePointer(to: icp) { icp in
                            try withUnsafePointer(to: persona) { persona in
                                (decision.icp, decision.persona) = (icp, persona)
                                try withUnsafePointer(to: decision, body)
                            }
                        }
                    }
                }
            }
        }
    }

    private func text(_ text: StaticString) -> BorrowedText {
        BorrowedText(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// The request as the daemon sees it, put back into a message.
    private func read(_ bytes: [UInt8]) throws -> DecideRequestMessage {
        try bytes.withUnsafeBytes { bytes in
            let arena = Arena(budgetBytes: 1 << 20)
            let view = try DecideRequestView(decoding: bytes, into: arena)
            var message = DecideRequestMessage()
            (message.visitorID, message.accountID) = (String(view.visitorID), String(view.accountID))
            message.visitor = try attributes(of: .visitor, view, arena)
            message.account = try attributes(of: .account, view, arena)
            message.request = try attributes(of: .request, view, arena)
            if let read = view.page {
                var page = PageMessage()
                (page.url, page.referrer, page.ip) = (String(read.url), String(read.referrer), String(read.ip))
                (page.country, page.language) = (String(read.country), String(read.language))
                page.device = String(read.device)
                message.page = page
            }
            message.placements = (0..<view.placementCount).map { String(view.placement(at: $0)) }
            message.routes = (0..<view.routeCount).map { String(view.route(at: $0)) }
            message.recordsExposure = view.recordsExposure
            if let read = view.preview {
                var preview = PreviewMessage()
                preview.token = String(read.token)
                preview.segments = (0..<read.segmentCount).map { String(read.segment(at: $0)) }
                for index in 0..<read.armCount {
                    preview.arms[String(read.arm(at: index).name)] = String(read.arm(at: index).value)
                }
                for index in 0..<read.variantCount {
                    preview.variants[String(read.variant(at: index).name)] = String(read.variant(at: index).value)
                }
                message.preview = preview
            }
            message.now = try view.now
            if view.hasConsent {
                message.consent = ConsentMessage(
                    granted: (0..<view.grantedCount).map { String(view.granted(at: $0)) },
                    denied: (0..<view.deniedCount).map { String(view.denied(at: $0)) })
            }
            for index in 0..<view.eventCount {
                let event = try view.event(at: index)
                message.events[String(event.name)] = EventSummaryMessage(count: event.count, last: event.last)
            }
            return message
        }
    }

    private func attributes(
        of entity: Entity, _ view: DecideRequestView, _ arena: Arena
    ) throws -> [String: AttributeValue] {
        var attributes: [String: AttributeValue] = [:]
        for index in 0..<view.attributeCount(entity) {
            let (name, value) = try view.attribute(entity, at: index, arena: arena)
            try DecideRequestView.checkAttributeName(name, entity)
            attributes[String(name)] =
                switch value.kind {
                case .bool: .bool(value.bool)
                case .int: .int(value.int)
                case .double: .double(value.double)
                case .string: .string(String(value.text))
                case .strings: .strings(value.texts.map { String($0) })
                case .timestamp: .timestamp(value.timestamp)
                default: nil
                }
        }
        return attributes
    }
}

extension DecideRequestMessage {
    fileprivate var hasBool: Bool {
        [visitor, account, request].contains { attributes in
            attributes.values.contains { if case .bool = $0 { true } else { false } }
        }
    }
}

private func decodingBytes<Message: WireMessage>(_ bytes: [UInt8]) throws(WireError) -> Message {
    try decodingBytes(bytes, as: Message.self)
}
