internal import CBespokeProto
package import Model

/// Turns a decision into the bytes of `bespoke.v1.DecideResponse`, in the arena of its request.
package struct DecideResponseEncoder {
    private let arena: Arena
    /// An upper bound of the encoded size: adding it up while building is cheaper than protobuf-c's own sizing, which costs as
    /// much as packing.
    private var byteCountMax = 0

    /// Tag and length of a text field.
    private static let textOverhead = 12
    /// Tag and length of a message, and numbers within it.
    private static let messageOverhead = 24

    private init(_ arena: Arena) {
        self.arena = arena
    }

    /// - Parameters:
    ///   - decision: Its views must be valid during the call.
    ///   - decisionID: 32 hexadecimal digits.
    /// - Returns: The encoded message, valid until the arena's next reset.
    /// - Throws: `.overBudget`.
    package static func encode(
        _ decision: Decision, decisionID: BorrowedText, arena: Arena
    ) throws(WireError) -> UnsafeRawBufferPointer {
        var encoder = DecideResponseEncoder(arena)
        let message = try encoder.response(decision, decisionID: decisionID)
        guard let output = arena.allocate(byteCount: encoder.byteCountMax) else {
            throw .overBudget(message: "bespoke.v1.DecideResponse", budgetBytes: arena.budgetBytes)
        }
        let count = bespoke__v1__decide_response__pack(message, output.assumingMemoryBound(to: UInt8.self))
        precondition(count <= encoder.byteCountMax, "the size bound of a reply must hold")
        return UnsafeRawBufferPointer(start: output, count: count)
    }

    /// The head of one element of `bespoke.v1.BatchDecideResponse.responses`: field 1, length-delimited.
    ///
    /// - Parameters:
    ///   - byteCount: The size of the encoded response that follows.
    ///   - append: Called for each byte.
    package static func batchElementHead(byteCount: Int, append: (UInt8) -> Void) {
        append(0x0a)
        var rest = UInt64(byteCount)
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    private mutating func response(
        _ decision: Decision, decisionID: BorrowedText
    ) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__DecideResponse> {
        let message = try make(bespoke__v1__decide_response__init)
        message.pointee.decision_id = text(decisionID)
        message.pointee.revision = text(decision.revision)
        message.pointee.decided_at = try timestamp(decision.decidedAt)
        (message.pointee.n_segments, message.pointee.segments) = try texts(decision.segments)
        if let icp = decision.icp { message.pointee.icp = try verdict(icp) }
        message.pointee.engagement = decision.engagement
        message.pointee.engagement_level = text(decision.engagementLevel)
        message.pointee.grade = text(decision.grade)
        message.pointee.mql = tristate(decision.isMQL)
        if let persona = decision.persona { message.pointee.persona = try encoded(persona) }
        message.pointee.role = text(decision.role)
        message.pointee.stage = text(decision.stage)
        (message.pointee.n_unread_purposes, message.pointee.unread_purposes) = try texts(decision.unreadPurposes)

        let count = decision.placements.count
        message.pointee.n_placements = count
        message.pointee.placements = try arena.makeArray(
            UnsafeMutablePointer<Bespoke__V1__PlacementDecision>?.self, count: count)
        for index in 0..<count {
            message.pointee.placements[index] = try encoded(decision.placements[index])
        }
        return message
    }

    private mutating func verdict(
        _ icp: ICPVerdict
    ) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__IcpMatch> {
        let message = try make(bespoke__v1__icp_match__init)
        message.pointee.name = text(icp.name)
        message.pointee.title = text(icp.title)
        message.pointee.tier = text(icp.tier)
        message.pointee.fit = icp.fit
        message.pointee.negative = icp.isNegative ? 1 : 0
        let subscores = try make(bespoke__v1__subscores__init)
        byteCountMax += 7 * 9
        subscores.pointee.ready = icp.subscores.ready
        subscores.pointee.willing = icp.subscores.willing
        subscores.pointee.able = icp.subscores.able
        subscores.pointee.success = icp.subscores.success
        subscores.pointee.acquisition = icp.subscores.acquisition
        subscores.pointee.ascension = icp.subscores.ascension
        subscores.pointee.advocacy = icp.subscores.advocacy
        message.pointee.subscores = subscores
        return message
    }

    private mutating func encoded(
        _ persona: PersonaView
    ) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__Persona> {
        let message = try make(bespoke__v1__persona__init)
        message.pointee.name = text(persona.name)
        message.pointee.title = text(persona.title)
        (message.pointee.n_goals, message.pointee.goals) = try texts(persona.goals)
        (message.pointee.n_motives, message.pointee.motives) = try texts(persona.motives)
        (message.pointee.n_pains, message.pointee.pains) = try texts(persona.pains)
        (message.pointee.n_fears, message.pointee.fears) = try texts(persona.fears)
        (message.pointee.n_formats, message.pointee.formats) = try texts(persona.formats)
        message.pointee.outcome = text(persona.outcome)
        let count = persona.objections.count
        message.pointee.n_objections = count
        message.pointee.objections = try arena.makeArray(
            UnsafeMutablePointer<Bespoke__V1__Persona__ObjectionsEntry>?.self, count: count)
        for index in 0..<count {
            let entry = try make(bespoke__v1__persona__objections_entry__init)
            entry.pointee.key = text(persona.objections[index].name)
            entry.pointee.value = text(persona.objections[index].text)
            message.pointee.objections[index] = entry
        }
        return message
    }

    private mutating func encoded(
        _ placement: PlacementDecision
    ) throws(WireError) -> UnsafeMutablePointer<Bespoke__V1__PlacementDecision> {
        let message = try make(bespoke__v1__placement_decision__init)
        message.pointee.placement = text(placement.placement)
        message.pointee.campaign = text(placement.campaign)
        message.pointee.variant = text(placement.variant)
        message.pointee.promise = text(placement.promise)
        message.pointee.page = text(placement.page)
        message.pointee.landing_url = text(placement.landingURL)
        message.pointee.experiment = text(placement.experiment)
        message.pointee.arm = text(placement.arm)
        message.pointee.reason = Bespoke__V1__Reason(rawValue: numericCast(placement.reason.rawValue))
        message.pointee.because = text(placement.because)
        message.pointee.lacked_data = placement.lackedData ? 1 : 0
        message.pointee.lacked_consent = placement.lackedConsent ? 1 : 0
        let count = placement.fields.count
        message.pointee.n_fields = count
        message.pointee.fields = try arena.makeArray(
            UnsafeMutablePointer<Bespoke__V1__PlacementDecision__FieldsEntry>?.self, count: count)
        for index in 0..<count {
            let entry = try make(bespoke__v1__placement_decision__fields_entry__init)
            entry.pointee.key = text(placement.fields[index].name)
            entry.pointee.value = text(placement.fields[index].text)
            message.pointee.fields[index] = entry
        }
        return message
    }

    private mutating func make<Message>(
        _ initialise: (UnsafeMutablePointer<Message>?) -> Void
    ) throws(WireError) -> UnsafeMutablePointer<Message> {
        byteCountMax += Self.messageOverhead
        return try arena.make(initialise)
    }

    private mutating func text(_ text: BorrowedText) -> ProtobufCBinaryData {
        byteCountMax += text.count + Self.textOverhead
        return ProtobufCBinaryData(text)
    }

    private mutating func texts(
        _ texts: UnsafeBufferPointer<BorrowedText>
    ) throws(WireError) -> (Int, UnsafeMutablePointer<ProtobufCBinaryData>?) {
        let array = try arena.makeArray(ProtobufCBinaryData.self, count: texts.count)
        for index in 0..<texts.count {
            (array! + index).initialize(to: text(texts[index]))
        }
        return (texts.count, array)
    }

    private mutating func timestamp(
        _ timestamp: Timestamp
    ) throws(WireError) -> UnsafeMutablePointer<Google__Protobuf__Timestamp> {
        let message = try make(google__protobuf__timestamp__init)
        (message.pointee.seconds, message.pointee.nanos) = timestamp.secondsAndNanos
        return message
    }

    private func tristate(_ truth: Truth?) -> Bespoke__V1__Tristate {
        switch truth {
        case nil: BESPOKE__V1__TRISTATE__TRISTATE_UNSPECIFIED
        case .no: BESPOKE__V1__TRISTATE__TRISTATE_FALSE
        case .yes: BESPOKE__V1__TRISTATE__TRISTATE_TRUE
        case .unknown: BESPOKE__V1__TRISTATE__TRISTATE_UNKNOWN
        }
    }
}
