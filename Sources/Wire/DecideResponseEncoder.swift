package import Model

/// Turns a decision into the bytes of `bespoke.v1.DecideResponse`, in the arena of its request. Field numbers are those of
/// decision.proto.
package struct DecideResponseEncoder {
    private var writer: ProtoWriter

    /// - Parameters:
    ///   - decision: It and its views must be valid during the call.
    ///   - decisionID: 32 hexadecimal digits.
    /// - Returns: The encoded message, valid until the arena's next reset.
    /// - Throws: `.overBudget`.
    package static func encode(
        _ decision: UnsafePointer<Decision>, decisionID: BorrowedText, arena: Arena
    ) throws(WireError) -> UnsafeRawBufferPointer {
        var encoder = DecideResponseEncoder(writer: try ProtoWriter(arena))
        try encoder.write(decision, decisionID: decisionID)
        return encoder.writer.bytes
    }

    /// The head of a message within another, as `BatchDecideResponse.responses` and the members of `ExplainResponse` are.
    ///
    /// - Parameters:
    ///   - number: Of the field, 1 to 15.
    ///   - byteCount: The size of the encoded message that follows.
    ///   - append: Called for each byte.
    package static func nestedHead(_ number: UInt8, byteCount: Int, append: (UInt8) -> Void) {
        // Length-delimited is wire type 2.
        append(number << 3 | 2)
        var rest = UInt64(byteCount)
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    private mutating func write(_ decision: UnsafePointer<Decision>, decisionID: BorrowedText) throws(WireError) {
        try writer.number(18, UInt64(decision.pointee.exposuresNotAgreed))
        try writer.number(17, decision.pointee.isPreview ? 1 : 0)
        try write(16, decision.pointee.routes)
        var assignment = decision.pointee.assignments.count
        while assignment > 0 {
            assignment -= 1
            try write(decision.pointee.assignments[assignment])
        }
        try writer.texts(14, decision.pointee.unreadPurposes)
        if let placements = decision.pointee.placements.baseAddress {
            var index = decision.pointee.placements.count
            while index > 0 {
                index -= 1
                try write(placements + index)
            }
        }
        try writer.text(12, decision.pointee.stage)
        try writer.text(11, decision.pointee.role)
        if let persona = decision.pointee.persona { try write(persona) }
        try writer.number(9, Self.tristate(decision.pointee.isMQL))
        try writer.text(8, decision.pointee.grade)
        try writer.text(7, decision.pointee.engagementLevel)
        try writer.double(6, decision.pointee.engagement)
        if let icp = decision.pointee.icp { try write(icp) }
        try writer.texts(4, decision.pointee.segments)
        let start = writer.byteCount
        let (seconds, nanos) = decision.pointee.decidedAt.secondsAndNanos
        try writer.number(2, UInt64(nanos))
        try writer.number(1, UInt64(bitPattern: seconds))
        try writer.message(3, since: start)
        try writer.text(2, decision.pointee.revision)
        try writer.text(1, decisionID)
    }

    private mutating func write(_ assignment: AssignmentView, _ field: UInt32 = 15) throws(WireError) {
        let start = writer.byteCount
        try writer.number(4, assignment.isForced ? 1 : 0)
        try writer.double(3, assignment.propensity)
        try writer.text(2, assignment.arm)
        try writer.text(1, assignment.experiment)
        try writer.message(field, since: start)
    }

    private mutating func write(_ icp: UnsafePointer<ICPVerdict>) throws(WireError) {
        let start = writer.byteCount
        let subscores = icp.pointee.subscores
        try writer.double(7, subscores.advocacy)
        try writer.double(6, subscores.ascension)
        try writer.double(5, subscores.acquisition)
        try writer.double(4, subscores.success)
        try writer.double(3, subscores.able)
        try writer.double(2, subscores.willing)
        try writer.double(1, subscores.ready)
        try writer.message(6, since: start)
        try writer.number(5, icp.pointee.isNegative ? 1 : 0)
        try writer.double(4, icp.pointee.fit)
        try writer.text(3, icp.pointee.tier)
        try writer.text(2, icp.pointee.title)
        try writer.text(1, icp.pointee.name)
        try writer.message(5, since: start)
    }

    private mutating func write(_ persona: UnsafePointer<PersonaView>) throws(WireError) {
        let start = writer.byteCount
        try writer.texts(9, persona.pointee.formats)
        try writer.text(8, persona.pointee.outcome)
        try write(7, persona.pointee.objections)
        try writer.texts(6, persona.pointee.fears)
        try writer.texts(5, persona.pointee.pains)
        try writer.texts(4, persona.pointee.motives)
        try writer.texts(3, persona.pointee.goals)
        try writer.text(2, persona.pointee.title)
        try writer.text(1, persona.pointee.name)
        try writer.message(10, since: start)
    }

    private mutating func write(_ placement: UnsafePointer<PlacementDecision>) throws(WireError) {
        let start = writer.byteCount
        for index in placement.pointee.furtherExperiments.indices.reversed() {
            try write(placement.pointee.furtherExperiments[index], 14)
        }
        try writer.number(13, placement.pointee.lackedConsent ? 1 : 0)
        try writer.number(12, placement.pointee.lackedData ? 1 : 0)
        try writer.text(11, placement.pointee.because)
        try writer.number(10, UInt64(placement.pointee.reason.rawValue))
        try writer.text(9, placement.pointee.arm)
        try writer.text(8, placement.pointee.experiment)
        try writer.text(7, placement.pointee.landingURL)
        try writer.text(6, placement.pointee.page)
        try writer.text(5, placement.pointee.promise)
        try write(4, placement.pointee.fields)
        try writer.text(3, placement.pointee.variant)
        try writer.text(2, placement.pointee.campaign)
        try writer.text(1, placement.pointee.placement)
        try writer.message(13, since: start)
    }

    /// The entries of a map.
    private mutating func write(_ number: UInt32, _ pairs: UnsafeBufferPointer<TextPair>) throws(WireError) {
        var index = pairs.count
        while index > 0 {
            index -= 1
            let start = writer.byteCount
            try writer.text(2, pairs[index].text)
            try writer.text(1, pairs[index].name)
            try writer.message(number, since: start)
        }
    }

    private static func tristate(_ truth: Truth?) -> UInt64 {
        switch truth {
        case nil: 0
        case .no: 1
        case .yes: 2
        case .unknown: 3
        }
    }
}
